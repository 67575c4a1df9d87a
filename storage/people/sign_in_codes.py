"""Codes at sign-in (TOTP, RFC 6238). A code is accepted once; the phone's clock may be one step off."""

from __future__ import annotations

from datetime import datetime

import pyotp

from storage.safety.vault import Vault
from storage.tables.people import Administrator

TOTP = "administrators.totp"
ISSUER = "CCS"
STEP = 30
SLACK = 1
"""How many steps of 30 seconds a phone's clock may be off."""


def new_secret() -> str:
    """A new secret for an authenticator application, in base32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """The `otpauth:` address that an authenticator application reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step at which a code is right; None if it is wrong or malformed."""
    code = code.replace(" ", "")
    if not (code.isascii() and code.isdecimal() and len(code) == 6):
        return None
    here = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    for step in range(here - SLACK, here + SLACK + 1):
        if pyotp.utils.strings_equal(totp.at(step * STEP), code):
            return step
    return None


def take_code(vault: Vault, administrator: Administrator, code: str, now: datetime) -> bool:
    """Whether this administrator's code is right; each is accepted once. True if the account needs no code."""
    if administrator.totp_sealed is None:
        return True
    step = step_of(vault.open(TOTP, administrator.totp_sealed), code, now)
    if step is None or (administrator.totp_used is not None and step <= administrator.totp_used):
        return False
    administrator.totp_used = step
    return True


def ask_for_codes(vault: Vault, administrator: Administrator, secret: str, code: str, now: datetime) -> bool:
    """Makes the account need codes if this code shows that the application has the secret; returns whether it does."""
    step = step_of(secret, code, now)
    if step is None:
        return False
    administrator.totp_sealed, administrator.totp_used = vault.seal(TOTP, secret), step
    return True
