"""Who may use the web queue: argon2 passwords, roles, areas, and a lock after wrong codes.

`password_is_right` and `hash_password` compute a hash: they refuse to run inside a write transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import Role
from storage.people.password_hashes import PASSWORD, hash_secret, is_secret
from storage.tables.people import Administrator

MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$Lrcyz2Q9WJ/CHJsiJoCTgA$ndJvBLRzYRi8BYsT4oUU6rXFHCi9/XfB3pYTF21E4/o"
"""The hash of a random password that nobody knows, at the cost of `PASSWORD`; made here, it would slow every start."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may do; nobody sees more than their area."""

    act: bool
    see_sensitive: bool
    manage: bool
    """Keeps the registry, the budgets and the announcements."""
    audit: bool = False
    """Reads who saw and did what, and nothing else."""


RIGHTS = {
    Role.OBSERVER: Rights(act=False, see_sensitive=False, manage=False),
    Role.COORDINATOR: Rights(act=True, see_sensitive=False, manage=False),
    Role.ADMINISTRATOR: Rights(act=True, see_sensitive=True, manage=True),
    Role.AUDITOR: Rights(act=False, see_sensitive=False, manage=False, audit=True),
}


def add_administrator(
    transaction: Transaction, email: str, password_hash: str, role: Role, area: str, now: datetime
) -> Administrator:
    """Raises `ValueError` when the address is taken or malformed."""
    email = email.strip().lower()
    if email.count("@") != 1 or len(email) < 3 or len(email) > 254 or " " in email:
        raise ValueError("an administrator's address must look like name@example.org")
    if transaction.scalars(select(Administrator).where(Administrator.email == email)).first():
        raise ValueError(f"{email} is an administrator already")
    administrator = Administrator(email=email, password_hash=password_hash, role=role, area=area, created_at=now)
    transaction.add(administrator)
    transaction.flush()
    return administrator


def change_password(transaction: Transaction, administrator: Administrator, kept_hash: str, new_hash: str) -> bool:
    """Whether it was changed: not if somebody changed it meanwhile. Ends the sessions that the old one opened."""
    transaction.refresh(administrator, with_for_update=True)
    if administrator.password_hash != kept_hash:
        return False
    administrator.password_hash = new_hash
    end_sessions(administrator)
    return True


def end_sessions(administrator: Administrator) -> None:
    """Whoever is signed in to this account has to sign in again."""
    administrator.session_version += 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What a password is held against; `administrator` is None where the address is nobody's."""

    administrator: int | None
    email: str
    password_hash: str


def kept_password(transaction: Transaction, email: str) -> Kept:
    """An address that is nobody's gets a hash too: it takes as long as one that is."""
    administrator = transaction.scalars(
        select(Administrator).where(Administrator.email == email.strip().lower())
    ).first()
    return (
        Kept(administrator.id, administrator.email, administrator.password_hash)
        if administrator
        else Kept(None, "nobody", _NOBODY)
    )


def password_is_right(kept: Kept, password: str) -> bool:
    return is_secret(kept.password_hash, password, PASSWORD) and kept.administrator is not None


def hash_password(new: str) -> str:
    """Raises `ValueError` for one that is too short."""
    if len(new) < SHORTEST_PASSWORD:
        raise ValueError(f"a password must have {SHORTEST_PASSWORD} characters or more")
    return hash_secret(new, PASSWORD)


def let_in(
    transaction: Transaction, kept: Kept, now: datetime, code_is_right: Callable[[Administrator], bool]
) -> Administrator | None:
    """The administrator whose password was right, if the code is too; after five wrong codes nobody for 15 minutes.

    Who gets here knows the password: this lock is nobody's to set who only guesses.
    """
    administrator = transaction.get(Administrator, kept.administrator, with_for_update=True)
    if (
        administrator is None
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
