"""Protects phone numbers and free text: AES-GCM for values that are read again, keyed hashes for values to look up.

To seal is to encrypt with AES-GCM, to open is to decrypt. Each secret of SECRET_KEYS gives one key for sealing and one
for hashing (HKDF-SHA256). The newest key seals; all keys open. The keys are never in the database.
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
"""Bytes of the nonce, which is random for each seal."""
KEY_ID = 4
"""Bytes at the beginning of each seal that identify its key: a hash of the secret."""


class VaultError(Exception):
    """No key opens a seal: SECRET_KEYS lacks its key, or somebody changed the seal."""


def derive(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose."""
    return HKDF(SHA256(), 32, salt=None, info=f"ccs-gateway {purpose}".encode()).derive(secret.encode())


class Vault:
    """Seals and opens values with these secrets, the newest first."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._ciphers = {derive(secret, "key id")[:KEY_ID]: AESGCM(derive(secret, "seal")) for secret in secrets}
        self._newest = next(iter(self._ciphers))
        self._hash_keys = tuple(derive(secret, "hash") for secret in secrets)

    def seal(self, purpose: str, text: str) -> bytes:
        """Seals a text for `purpose`, its column. A seal that is copied to another column does not open."""
        return self.seal_bytes(purpose, text.encode())

    def seal_bytes(self, purpose: str, data: bytes) -> bytes:
        """Seals bytes for `purpose`, as `seal` does for texts."""
        nonce = os.urandom(NONCE)
        return self._newest + nonce + self._ciphers[self._newest].encrypt(nonce, data, purpose.encode())

    def is_newest(self, sealed: bytes) -> bool:
        """Whether the newest key sealed this."""
        return sealed[:KEY_ID] == self._newest

    def open(self, purpose: str, sealed: bytes) -> str:
        """The text of a seal. Raises `VaultError`."""
        return self.open_bytes(purpose, sealed).decode()

    def readable(self, purpose: str, sealed: bytes | None, otherwise: str = "") -> str:
        """The text of a seal; empty if there is no seal, and `otherwise` if no key opens it."""
        try:
            return self.open(purpose, sealed) if sealed else ""
        except VaultError:
            return otherwise

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """The bytes of a seal. Raises `VaultError`, whose message contains nothing of the sealed value."""
        cipher = self._ciphers.get(sealed[:KEY_ID])
        if cipher is None:
            raise VaultError("sealed with a key that SECRET_KEYS does not hold: add the old secret behind the new one")
        nonce = sealed[KEY_ID : KEY_ID + NONCE]
        try:
            return cipher.decrypt(nonce, sealed[KEY_ID + NONCE :], purpose.encode())
        except (InvalidTag, ValueError):
            raise VaultError("a sealed value was changed or moved since it was sealed") from None

    def hash(self, purpose: str, value: str) -> bytes:
        """The keyed hash with the newest secret, for writing."""
        return self.hashes(purpose, value)[0]

    @property
    def has_older_secrets(self) -> bool:
        """Whether rows may have hashes of other secrets than the newest."""
        return len(self._hash_keys) > 1

    def hashes(self, purpose: str, value: str) -> list[bytes]:
        """The keyed hashes with every secret, the newest first, for looking up."""
        message = f"{purpose}\0{value}".encode()
        return [hmac.digest(key, message, "sha256") for key in self._hash_keys]

    def msisdn_hashes(self, msisdn: Msisdn) -> list[bytes]:
        """The keyed hashes of a phone number with every secret, the newest first."""
        return self.hashes("msisdn", msisdn)
