"""Manages the accounts of the web queue: invites, changes and disables them, and resets passwords and codes.

Each act writes one line to the audit and takes effect at once: whoever is signed in has to sign in again.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.triage.spelling import key
from gateway.runtime.deployment import Deployment
from storage.committees.committees import is_secretary
from storage.enumerations import AccountState, Role
from storage.people import administrators
from storage.people.account_invitations import drop_invitation, invite_account, take_invitation
from storage.people.administrators import end_sessions, find_administrator
from storage.refusals import AccountRefused, Why
from storage.safety.audit import write_line
from storage.tables.committees import Committee, Pin, Secretary
from storage.tables.people import Administrator, Contact


def area_named(pack: Pack, given: str) -> str:
    """Returns the code of an area, given its code or a name that only one area has. Raises `AccountRefused`."""
    given = given.strip()
    if given in pack.areas:
        return given
    named = [area.code for area in pack.areas.values() if key(area.name) == key(given)]
    if len(named) != 1:
        raise AccountRefused(Why.AREA_UNKNOWN, text=given[:60])
    return named[0]


def list_people(deployment: Deployment, transaction: Transaction) -> list[dict[str, object]]:
    """Lists who may act, as rows with the same keys: accounts by address, then secretaries by committee."""
    pack = deployment.pack
    rows: list[dict[str, object]] = [
        {"who": account.email, "role": account.role, "area": account.area, "state": account.state,
         "codes": account.totp_sealed is not None, "since": account.created_at}
        for account in transaction.scalars(select(Administrator).order_by(Administrator.email))
    ]  # fmt: skip
    secretaries = select(Secretary, Pin.contact_id).outerjoin(Pin, Pin.contact_id == Secretary.contact_id)
    rows += [
        {"who": f"secretary {secretary.contact_id}", "role": "secretary (phone)",
         "area": pack.committees[secretary.committee].area if secretary.committee in pack.committees else None,
         "state": "active" if pin else "no PIN yet", "codes": None, "since": secretary.created_at}
        for secretary, pin in transaction.execute(secretaries.order_by(Secretary.committee, Secretary.contact_id))
    ]  # fmt: skip
    return rows


def account_of(transaction: Transaction, email: str) -> Administrator:
    """Returns the account of an address, locked until the transaction ends. Raises `AccountRefused`."""
    account = find_administrator(transaction, email, locks=True)
    if account is None:
        raise AccountRefused(Why.ACCOUNT_UNKNOWN)
    return account


def add_administrator(
    deployment: Deployment, transaction: Transaction, email: str, password_hash: str, role: Role, area: str, actor: str
) -> Administrator:
    """Adds an account whose password is already chosen. Raises `AccountRefused`, also for the role of secretary."""
    if role is Role.SECRETARY:
        raise AccountRefused(Why.ACCOUNT_OF_A_SECRETARY)
    now = deployment.now()
    added = administrators.add_administrator(transaction, email, password_hash, role, area, now)
    write_line(transaction, now, actor, "administrator_added", account=added.email, role=role.value, area=area)
    return added


def invite(deployment: Deployment, transaction: Transaction, email: str, role: Role, area: str, actor: str) -> str:
    """Invites a new person, or one whose account is disabled. Raises `AccountRefused`.

    Returns the token of the link with which this person chooses a password.
    """
    if role is Role.SECRETARY:
        raise AccountRefused(Why.ACCOUNT_OF_A_SECRETARY)
    account = _invited(deployment, transaction, email, role, area)
    return _send(deployment, transaction, account, actor, "administrator_invited")


def invite_secretary(
    deployment: Deployment, transaction: Transaction, email: str, committee: Committee, contact: Contact | None,
    actor: str,
) -> str:  # fmt: skip
    """Invites the secretary of a committee, like `invite`; the account ends with the role. Raises `AccountRefused`."""
    if contact is None or not is_secretary(transaction, committee.code, contact):
        raise AccountRefused(Why.SECRETARY_UNKNOWN, committee=committee.name)
    account = _invited(deployment, transaction, email, Role.SECRETARY, committee.area)
    account.contact_id = contact.id
    return _send(deployment, transaction, account, actor, "administrator_invited")


def _invited(deployment: Deployment, transaction: Transaction, email: str, role: Role, area: str) -> Administrator:
    account = find_administrator(transaction, email, locks=True)
    if account is None:
        return administrators.add_administrator(transaction, email, "", role, area, deployment.now())
    if account.state is not AccountState.DISABLED:
        raise AccountRefused(Why.ADDRESS_TAKEN, email=account.email)
    account.role, account.area, account.disabled_at, account.contact_id = role, area, None, None
    return account


def disable(deployment: Deployment, transaction: Transaction, account: Administrator, actor: str) -> None:
    """Disables an account: its password and any open invitation link no longer work."""
    account.disabled_at = account.disabled_at or deployment.now()
    end_sessions(account)
    drop_invitation(transaction, account)
    write_line(transaction, deployment.now(), actor, "administrator_disabled", account=account.email)


def set_role(
    deployment: Deployment, transaction: Transaction, account: Administrator, role: Role, area: str, actor: str
) -> None:
    """Gives an account another role or area. Raises `AccountRefused` for a secretary: the account follows the phone."""
    if Role.SECRETARY in (role, account.role):
        raise AccountRefused(Why.ACCOUNT_OF_A_SECRETARY)
    account.role, account.area = role, area
    end_sessions(account)
    detail = {"account": account.email, "role": role.value, "area": area}
    write_line(transaction, deployment.now(), actor, "administrator_changed", **detail)


def reset_password(deployment: Deployment, transaction: Transaction, account: Administrator, actor: str) -> str:
    """Makes the password invalid and returns the token of a link for a new one.

    Raises `AccountRefused` if the account is disabled.
    """
    if account.state is AccountState.DISABLED:
        raise AccountRefused(Why.ACCOUNT_DISABLED)
    return _send(deployment, transaction, account, actor, "password_reset")


def reset_codes(deployment: Deployment, transaction: Transaction, account: Administrator, actor: str) -> None:
    """Removes the one-time codes (TOTP) from an account, until its owner sets them up again."""
    account.totp_sealed = account.totp_used = None
    end_sessions(account)
    write_line(transaction, deployment.now(), actor, "codes_reset", account=account.email)


def join(deployment: Deployment, transaction: Transaction, token: str, password_hash: str) -> Administrator | None:
    """Stores the password that a person chose with their link. Returns None if the link is no longer valid."""
    account = take_invitation(transaction, deployment.vault, token, password_hash, deployment.now())
    if account:
        write_line(transaction, deployment.now(), account.email, "password_chosen")
    return account


def _send(deployment: Deployment, transaction: Transaction, account: Administrator, actor: str, what: str) -> str:
    token = invite_account(transaction, deployment.vault, account, deployment.now())
    detail = {"account": account.email, "role": account.role.value, "area": account.area}
    write_line(transaction, deployment.now(), actor, what, **detail)
    return token
