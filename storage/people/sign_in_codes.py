"""Codes at sign-in (TOTP, RFC 6238). The secret is sealed, a code is taken once, a phone's clock may be a step off."""

from __future__ import annotations

from datetime import datetime

import pyotp

from storage.safety.vault import Vault
from storage.tables.people import Administrator

TOTP = "administrators.totp"
ISSUER = "CCS"
STEP = 30
SLACK = 1
"""Steps of 30 seconds that a phone's clock may be off."""


def new_secret() -> str:
    """A secret for an application that shows codes, in base32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """The `otpauth:` address that the phone's application reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step at which a code is right; None if it is wrong or no code at all."""
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
    """Whether this administrator's code is right; each is taken once. True where none is asked for."""
    if administrator.totp_sealed is None:
        return True
    step = step_of(vault.open(TOTP, administrator.totp_sealed), code, now)
    if step is None or (administrator.totp_used is not None and step <= administrator.totp_used):
        return False
    administrator.totp_used = step
    return True


def ask_for_codes(vault: Vault, administrator: Administrator, secret: str, code: str, now: datetime) -> bool:
    """Asks for codes from now on, if this code shows that the application knows the secret; returns whether it does."""
    step = step_of(secret, code, now)
    if step is None:
        return False
    administrator.totp_sealed, administrator.totp_used = vault.seal(TOTP, secret), step
    return True
