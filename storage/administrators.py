"""Who may use the web queue: argon2 passwords, roles, areas, and a lock after wrong tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Administrator
from storage.states import Role

MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


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
    session: Session, email: str, password: str, role: Role, area: str, now: datetime
) -> Administrator:
    """Raises `ValueError` when the address is taken or malformed, or the password too short."""
    email = email.strip().lower()
    if email.count("@") != 1 or len(email) < 3 or len(email) > 254 or " " in email:
        raise ValueError("an administrator's address must look like name@example.org")
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password must have {SHORTEST_PASSWORD} characters or more")
    if session.scalars(select(Administrator).where(Administrator.email == email)).first():
        raise ValueError(f"{email} is an administrator already")
    administrator = Administrator(
        email=email, password_hash=_hasher.hash(password), role=role, area=area, created_at=now
    )
    session.add(administrator)
    session.flush()
    return administrator


def change_password(one: Administrator, old: str, new: str) -> bool:
    """Whether the old one was right. Ends the sessions that it opened. Raises `ValueError` for one too short."""
    if len(new) < SHORTEST_PASSWORD:
        raise ValueError(f"a password must have {SHORTEST_PASSWORD} characters or more")
    if not _verify(one.password_hash, old):
        return False
    one.password_hash = _hasher.hash(new)
    return True


def log_in(
    session: Session, email: str, password: str, now: datetime, code_is_right: Callable[[Administrator], bool]
) -> Administrator | None:
    """The administrator of that address, password and code, or None; after five wrong tries nobody for 15 minutes.

    An address that is nobody's takes as long as one that is.
    """
    one = session.scalars(
        select(Administrator).where(Administrator.email == email.strip().lower()).with_for_update()
    ).first()
    right = _verify(one.password_hash if one else _NOBODY, password)
    if one is None or (one.locked_until and one.locked_until > now):
        return None
    if right and code_is_right(one):
        one.failed_tries, one.locked_until = 0, None
        return one
    one.failed_tries += 1
    if one.failed_tries >= MOST_TRIES:
        one.failed_tries, one.locked_until = 0, now + LOCKED_FOR
    return None


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password[:1000])
    except (VerificationError, InvalidHashError):
        return False
