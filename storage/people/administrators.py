"""Who may use the web queue: argon2 passwords, roles, areas, and a lock after wrong codes.

`password_is_right` and `hash_password` compute a hash: they refuse to run inside a write transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import AccountState, Role
from storage.people.password_hashes import PASSWORD, hash_secret, is_secret
from storage.refusals import AccountRefused, Why
from storage.tables.people import Administrator

MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$Lrcyz2Q9WJ/CHJsiJoCTgA$ndJvBLRzYRi8BYsT4oUU6rXFHCi9/XfB3pYTF21E4/o"
"""The hash of a random, unknown password, with the cost of `PASSWORD`. Computing it here would slow every start."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may do, always within the account's area."""

    act: bool
    see_sensitive: bool
    manage: bool
    """May change the registry, the budgets and the announcements."""
    audit: bool = False
    """May read the audit, and nothing else."""
    own_committee: bool = False
    """Sees the concerns of the committee of their area, not those of the committees below it."""


RIGHTS = {
    Role.OBSERVER: Rights(act=False, see_sensitive=False, manage=False),
    Role.SECRETARY: Rights(act=True, see_sensitive=False, manage=False, own_committee=True),
    Role.COORDINATOR: Rights(act=True, see_sensitive=False, manage=False),
    Role.ADMINISTRATOR: Rights(act=True, see_sensitive=True, manage=True),
    Role.AUDITOR: Rights(act=False, see_sensitive=False, manage=False, audit=True),
}


def add_administrator(
    transaction: Transaction, email: str, password_hash: str, role: Role, area: str, now: datetime
) -> Administrator:
    """Adds an account; with an empty hash nobody can sign in yet. Raises `AccountRefused`."""
    email = email.strip().lower()
    if email.count("@") != 1 or len(email) < 3 or len(email) > 254 or " " in email:
        raise AccountRefused(Why.ADDRESS_MALFORMED)
    if find_administrator(transaction, email):
        raise AccountRefused(Why.ADDRESS_TAKEN, email=email)
    administrator = Administrator(email=email, password_hash=password_hash, role=role, area=area, created_at=now)
    transaction.add(administrator)
    transaction.flush()
    return administrator


def find_administrator(transaction: Transaction, email: str, locks: bool = False) -> Administrator | None:
    """The account with this e-mail address; `locks` locks its row until the transaction ends."""
    query = select(Administrator).where(Administrator.email == email.strip().lower())
    return transaction.scalars(query.with_for_update() if locks else query).first()


def accounts_of_phone(transaction: Transaction, contact_id: int, area: str) -> Sequence[Administrator]:
    """Locks and returns the active accounts that follow a secretary's role by phone in an area."""
    query = select(Administrator).where(Administrator.contact_id == contact_id, Administrator.area == area)
    return transaction.scalars(query.where(Administrator.disabled_at.is_(None)).with_for_update()).all()


def change_password(transaction: Transaction, administrator: Administrator, kept_hash: str, new_hash: str) -> bool:
    """Sets a password unless somebody changed it meanwhile; returns whether it was set. Ends all sessions."""
    transaction.refresh(administrator, with_for_update=True)
    if administrator.password_hash != kept_hash:
        return False
    administrator.password_hash = new_hash
    end_sessions(administrator)
    return True


def end_sessions(administrator: Administrator) -> None:
    """Ends every session of this account, so that its holder must sign in again."""
    administrator.session_version += 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What a password is compared with; `administrator` is None if nobody may sign in with the address."""

    administrator: int | None
    email: str
    password_hash: str


def kept_password(transaction: Transaction, email: str) -> Kept:
    """The password hash of an address. An unknown, invited or disabled one gets a hash too: all take as long."""
    administrator = find_administrator(transaction, email)
    if administrator is None:
        return Kept(None, "nobody", _NOBODY)
    if administrator.state is not AccountState.ACTIVE:
        return Kept(None, administrator.email, _NOBODY)
    return Kept(administrator.id, administrator.email, administrator.password_hash)


def password_is_right(kept: Kept, password: str) -> bool:
    """Whether a password is right; it takes as long for an unknown address. Raises `HashedWhileWriting`."""
    return is_secret(kept.password_hash, password, PASSWORD) and kept.administrator is not None


def hash_password(new: str) -> str:
    """The argon2 hash of a new password. Raises `ValueError` if it is too short, and `HashedWhileWriting`."""
    if len(new) < SHORTEST_PASSWORD:
        raise ValueError(f"a password must have {SHORTEST_PASSWORD} characters or more")
    return hash_secret(new, PASSWORD)


def let_in(
    transaction: Transaction, kept: Kept, now: datetime, code_is_right: Callable[[Administrator], bool]
) -> Administrator | None:
    """The administrator, if the code is right as well as the password. Five wrong codes lock the account for 15 min.

    The caller has checked the password, so nobody can lock an account by guessing passwords.
    """
    administrator = transaction.get(Administrator, kept.administrator, with_for_update=True)
    if (
        administrator is None
        or administrator.state is not AccountState.ACTIVE
        or administrator.password_hash != kept.password_hash
        or (administrator.locked_until and administrator.locked_until > now)
    ):
        return None
    if code_is_right(administrator):
        administrator.failed_tries, administrator.locked_until = 0, None
        return administrator
    administrator.failed_tries += 1
    if administrator.failed_tries >= MOST_TRIES:
        administrator.failed_tries, administrator.locked_until = 0, now + LOCKED_FOR
    return None
