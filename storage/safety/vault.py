"""Keeps numbers and free text secret: AES-GCM for what must be read again, a keyed hash for what must be found.

Every secret of SECRET_KEYS gives one key for sealing and one for hashing (HKDF-SHA256). The newest seals; all
open. The keys never stand in the database.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from flows.msisdn import Msisdn

NONCE = 12
"""Bytes; drawn afresh for each seal."""
KEY_ID = 4
"""Bytes in front of each seal that name its key; they are a hash of the secret."""


class VaultError(Exception):
    """A seal that no key opens: SECRET_KEYS lacks the key that made it, or somebody changed it."""


def derive(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose."""
    return HKDF(SHA256(), 32, salt=None, info=f"ccs-gateway {purpose}".encode()).derive(secret.encode())


class Vault:
    """Seals and opens with the secrets given, newest first."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._ciphers = {derive(secret, "key id")[:KEY_ID]: AESGCM(derive(secret, "seal")) for secret in secrets}
        self._newest = next(iter(self._ciphers))
        self._hash_keys = tuple(derive(secret, "hash") for secret in secrets)

    def seal(self, purpose: str, text: str) -> bytes:
        """Seals a text for `purpose`, its column: a seal that is moved to another column does not open."""
        return self.seal_bytes(purpose, text.encode())

    def seal_bytes(self, purpose: str, data: bytes) -> bytes:
        """The same for bytes."""
        nonce = os.urandom(NONCE)
        return self._newest + nonce + self._ciphers[self._newest].encrypt(nonce, data, purpose.encode())

    def is_newest(self, sealed: bytes) -> bool:
        """Whether the newest key sealed this."""
        return sealed[:KEY_ID] == self._newest

    def open(self, purpose: str, sealed: bytes) -> str:
        """The text of a seal. Raises `VaultError`."""
        return self.open_bytes(purpose, sealed).decode()

    def readable(self, purpose: str, sealed: bytes | None, otherwise: str = "") -> str:
        """The text of a seal, empty if there is none; `otherwise` if its key is gone, so that the rest still shows."""
        try:
            return self.open(purpose, sealed) if sealed else ""
        except VaultError:
            return otherwise

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """The bytes of a seal. Raises `VaultError`, whose message holds nothing of what was sealed."""
        cipher = self._ciphers.get(sealed[:KEY_ID])
        if cipher is None:
            raise VaultError("sealed with a key that SECRET_KEYS does not hold: add the old secret behind the new one")
        nonce = sealed[KEY_ID : KEY_ID + NONCE]
        try:
            return cipher.decrypt(nonce, sealed[KEY_ID + NONCE :], purpose.encode())
        except (InvalidTag, ValueError):
            raise VaultError("a sealed value was changed or moved since it was sealed") from None

    def hash(self, purpose: str, value: str) -> bytes:
        """The keyed hash under the newest secret, for what is written."""
        return self.hashes(purpose, value)[0]

    def hashes(self, purpose: str, value: str) -> list[bytes]:
        """The keyed hashes under every secret, for what is looked up."""
        message = f"{purpose}\0{value}".encode()
        return [hmac.digest(key, message, "sha256") for key in self._hash_keys]

    def msisdn_hashes(self, msisdn: Msisdn) -> list[bytes]:
        """The keyed hashes of a number under every secret, the newest first."""
        return self.hashes("msisdn", msisdn)
