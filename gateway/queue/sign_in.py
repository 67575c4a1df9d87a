"""Sign-in: how often a password may be tried, and what the audit keeps of it.

The rule: after five wrong tries at one account within 15 minutes, that caller waits. After twenty wrong tries at all
accounts, that caller waits for every account. Wrong passwords never lock an account for its owner: other callers are
not affected, and a browser in which the owner has signed in before counts as a caller of its own, from any address.
Wrong codes after the right password do lock the account (`storage/people/administrators.py`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from flask import Request, current_app
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from gateway.runtime.addresses import counted_as
from gateway.runtime.current import caller
from gateway.runtime.deployment import Deployment
from gateway.runtime.hash_slots import Busy, HashSlots
from gateway.runtime.rate_limits import RateLimit
from storage.people.administrators import Kept, kept_password, let_in, password_is_right
from storage.people.sign_in_codes import take_code
from storage.safety.audit import write_line
from storage.tables.people import Administrator

QUARTER = 15 * 60
MOST_AT_ONE_ACCOUNT = 5
MOST_AT_ALL = 20
TOLD_AT = (1, 10, 100, 1000, 10_000, 100_000)
"""The counts of wrong tries at one account within an hour that get a line of audit.

A line for each would let a guesser fill the audit.
"""
DEVICE = "ccs_device"
DEVICE_KEPT = 180 * 24 * 3600


class Outcome(StrEnum):
    """The result of a try: signed in, wrong, too many tries, or too many people at once."""

    IN = "in"
    WRONG = "wrong"
    WAIT = "wait"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Try:
    """An address and a password, tried by `caller`.

    `device` is set if its owner has signed in with this browser before.
    """

    email: str
    password: str
    code: str
    caller: str
    device: str | None


def read_try(request: Request) -> Try:
    """The fields of the sign-in form, and the caller."""
    email = request.form.get("email", "").strip().lower()[:254]
    device = _device_of(request.cookies.get(DEVICE, ""), email)
    return Try(email, request.form.get("password", ""), request.form.get("code", ""), counted_as(caller()), device)


def sign_in(here: Deployment, tried: Try) -> tuple[Outcome, Administrator | None]:
    """The outcome, and the administrator if signed in. The hash is computed outside any transaction."""
    with here.database.read() as transaction:
        kept = kept_password(transaction, tried.email)
    limits = _limits(here, tried)
    # Counted before the hash and forgiven after it, so that forty tries at the same time count as forty.
    over = [here.rate_limits.is_over(limit) for limit in limits]
    if any(over):
        _note(here, kept)
        return Outcome.WAIT, None
    try:
        with slots(tried.device is not None).one():
            right = password_is_right(kept, tried.password)
    except Busy:
        _forgive(here, limits)
        return Outcome.BUSY, None
    administrator = _let_in(here, kept, tried.code) if right else None
    if administrator is None:
        _note(here, kept)
        return Outcome.WRONG, None
    _forgive(here, limits)
    return Outcome.IN, administrator


def slots(known: bool) -> HashSlots:
    """The hash slots of known browsers, or of all others. A guesser does not keep an owner waiting."""
    found: dict[bool, HashSlots] = current_app.extensions["hash_slots"]
    return found[known]


def remember_device(response: Response, email: str) -> None:
    """Sets the cookie that makes this a known browser of the account, for 180 days."""
    value = _signer().dumps([email, secrets.token_urlsafe(12)])
    response.set_cookie(
        DEVICE, value if isinstance(value, str) else value.decode(), max_age=DEVICE_KEPT, path="/queue/login",
        httponly=True, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip


def _device_of(cookie: str, email: str) -> str | None:
    try:
        owner, device = _signer().loads(cookie)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(device) if owner == email else None


def _signer() -> URLSafeSerializer:
    keys = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"]), current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="known browser")


def _limits(here: Deployment, tried: Try) -> tuple[RateLimit, ...]:
    who = tried.device or tried.caller
    at_one = here.vault.hash("sign-in", f"{who} {tried.email}").hex()
    rate_limit = RateLimit(f"sign-in:{at_one}", QUARTER, MOST_AT_ONE_ACCOUNT)
    if tried.device:
        return (rate_limit,)
    return rate_limit, RateLimit(f"sign-in:{here.vault.hash('sign-in', who).hex()}", QUARTER, MOST_AT_ALL)


def _forgive(here: Deployment, limits: tuple[RateLimit, ...]) -> None:
    for limit in limits:
        here.rate_limits.forgive(limit)


def _let_in(here: Deployment, kept: Kept, code: str) -> Administrator | None:
    now = here.now()
    with here.database.write() as transaction:
        administrator = let_in(transaction, kept, now, lambda account: take_code(here.vault, account, code, now))
        if administrator:
            write_line(transaction, now, administrator.email, "signed_in")
        return administrator


def _note(here: Deployment, kept: Kept) -> None:
    """Counts a refusal for its account and audits some, without the typed address, which may be a password."""
    count = here.rate_limits.count(RateLimit(f"sign-in-refused:{kept.administrator or 0}", 3600, 0))
    if count in TOLD_AT:
        with here.database.write() as transaction:
            write_line(transaction, here.now(), kept.email, "sign_in_refused", tries=count)
