"""Links with which an invited person chooses a password. An account has one link, valid once, for two days."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from storage.people.administrators import end_sessions
from storage.safety.vault import Vault
from storage.tables.people import AccountInvitation, Administrator

INVITED_FOR = timedelta(hours=48)
_TOKEN = "account invitation"


def invite_account(transaction: Transaction, vault: Vault, administrator: Administrator, now: datetime) -> str:
    """Creates a link, which replaces an older one, and returns its token. The account's password and sessions end."""
    administrator.password_hash = ""
    end_sessions(administrator)
    transaction.flush()
    token = secrets.token_urlsafe(24)
    drop_invitation(transaction, administrator)
    hashed = vault.hash(_TOKEN, token)
    transaction.add(
        AccountInvitation(administrator_id=administrator.id, token_hash=hashed, expires_at=now + INVITED_FOR)
    )
    transaction.flush()
    return token


def invited_by(
    transaction: Transaction, vault: Vault, token: str, now: datetime, locks: bool = False
) -> Administrator | None:
    """The account of a link; None if the link is unknown, used or too old, or if the account is disabled.

    `locks` locks the account's row until the transaction ends.
    """
    query = (
        select(Administrator)
        .join(AccountInvitation, AccountInvitation.administrator_id == Administrator.id)
        .where(AccountInvitation.token_hash.in_(vault.hashes(_TOKEN, token)), AccountInvitation.expires_at > now)
        .where(Administrator.disabled_at.is_(None))
    )
    return transaction.scalars(query.with_for_update(of=Administrator) if locks else query).first()


def take_invitation(
    transaction: Transaction, vault: Vault, token: str, password_hash: str, now: datetime
) -> Administrator | None:
    """Sets the password of the invited account and uses up the link. Of two tries at once, the second returns None."""
    administrator = invited_by(transaction, vault, token, now, locks=True)
    if administrator:
        administrator.password_hash = password_hash
        administrator.failed_tries, administrator.locked_until = 0, None
        drop_invitation(transaction, administrator)
    return administrator


def drop_invitation(transaction: Transaction, administrator: Administrator) -> None:
    """Deletes the link of an account, if it has one."""
    transaction.execute(delete(AccountInvitation).where(AccountInvitation.administrator_id == administrator.id))


def invited_until(transaction: Transaction, administrators: list[int]) -> dict[int, datetime]:
    """When the links of these accounts expire, by account id."""
    query = select(AccountInvitation.administrator_id, AccountInvitation.expires_at)
    return dict(transaction.execute(query.where(AccountInvitation.administrator_id.in_(administrators))).all())
