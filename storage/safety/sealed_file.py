"""Encrypted files of any size: chunks of AES-GCM. A chunk that is removed or moved is detected."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from storage.safety.vault import Vault, VaultError

MAGIC = b"CCSB1\n"
CHUNK = 1 << 20
"""Bytes of plain text in a chunk."""
_LENGTH = struct.Struct(">I")


def write_sealed(out: BinaryIO, vault: Vault, kind: str, chunks: Iterator[bytes]) -> int:
    """Writes `kind` and the chunks, encrypted; returns the size of the chunks' plain text in bytes."""
    out.write(MAGIC)
    size = 0
    _put(out, vault, 0, False, kind.encode())
    index = 1
    before: bytes | None = None
    for chunk in chunks:
        if before is not None:
            _put(out, vault, index, False, before)
            index += 1
        before = chunk
        size += len(chunk)
    _put(out, vault, index, True, before or b"")
    return size


def read_sealed(source: BinaryIO, vault: Vault) -> Iterator[bytes]:
    """Yields the kind, then the chunks, decrypted. Raises `VaultError` if the file is no backup, is cut, or changed."""
    if source.read(len(MAGIC)) != MAGIC:
        raise VaultError("this is no backup of the gateway")
    index, last = 0, False
    while not last:
        head = source.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise VaultError("the backup ends too early: it was cut")
        (length,) = _LENGTH.unpack(head)
        sealed = source.read(length)
        for last in (False, True):
            try:
                yield vault.open_bytes(_purpose(index, last), sealed)
                break
            except VaultError:
                if last:
                    raise VaultError(
                        "the backup does not open: SECRET_KEYS lacks the key it was made with, or it was changed"
                    ) from None
        index += 1
    if source.read(1):
        raise VaultError("the backup goes on behind its end: it was changed")


def _put(out: BinaryIO, vault: Vault, index: int, last: bool, data: bytes) -> None:
    sealed = vault.seal_bytes(_purpose(index, last), data)
    out.write(_LENGTH.pack(len(sealed)) + sealed)


def _purpose(index: int, last: bool) -> str:
    return f"backup {index} {'last' if last else 'more'}"
