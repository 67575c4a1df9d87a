"""Tokens of API clients: shown once, kept as a keyed hash, each with its scopes and area."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.refusals import AccountRefused, Why
from storage.safety.vault import Vault
from storage.tables.api import ApiToken

PREFIX = "ccs_"
"""The beginning of each token, so that people and secret scanners recognise a leaked one."""
LONGEST_NAME = 80
_TOKEN = "api token"


class Scope(StrEnum):
    """What a token may do, in its area and without sensitive concerns."""

    CONCERNS = "concerns:read"
    COMMITTEES = "committees:read"
    WEBHOOKS = "webhooks:manage"


def create_token(
    transaction: Transaction, vault: Vault, name: str, scopes: Sequence[Scope], area: str, now: datetime
) -> str:
    """Creates and returns a token, which is shown only now. Raises `AccountRefused` if the name cannot be used."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountRefused(Why.TOKEN_NAME, most=LONGEST_NAME)
    if transaction.scalars(select(ApiToken.id).where(ApiToken.name == name)).first():
        raise AccountRefused(Why.TOKEN_TAKEN, name=name)
    token = PREFIX + secrets.token_urlsafe(32)
    hashed = vault.hash(_TOKEN, token)
    transaction.add(ApiToken(name=name, token_hash=hashed, scopes=sorted(set(scopes)), area=area, created_at=now))
    transaction.flush()
    return token


def find_token(transaction: Transaction, vault: Vault, token: str) -> ApiToken | None:
    """The row of a token; None if it is unknown or revoked."""
    query = select(ApiToken).where(ApiToken.token_hash.in_(vault.hashes(_TOKEN, token)), ApiToken.revoked_at.is_(None))
    return transaction.scalars(query).first()


def note_use(vault: Vault, kept: ApiToken, token: str, now: datetime) -> bool:
    """Records a use; returns whether it is the first of its day. Then the token is hashed again with the newest key, so
    that it stays valid when its older key is dropped."""
    if kept.used_on == now.date():
        return False
    kept.used_on, kept.token_hash = now.date(), vault.hash(_TOKEN, token)
    return True


def list_tokens(transaction: Transaction) -> Sequence[ApiToken]:
    """All tokens, the revoked ones too, ordered by name."""
    return transaction.scalars(select(ApiToken).order_by(ApiToken.name)).all()


def revoke_token(transaction: Transaction, name: str, now: datetime) -> ApiToken:
    """Revokes a token and its webhooks at once. Raises `AccountRefused` if no token has this name."""
    token = transaction.scalars(select(ApiToken).where(ApiToken.name == name.strip()).with_for_update()).first()
    if token is None:
        raise AccountRefused(Why.TOKEN_UNKNOWN, name=name[:60])
    token.revoked_at = token.revoked_at or now
    return token
