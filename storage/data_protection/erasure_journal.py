"""The encrypted journal of a worker host, which a restore applies if the database is lost. One line a minute.

A line is the length of the base64, a colon, and an encrypted JSON object in base64. Phone numbers are keyed hashes. A
line that was cut when the machine went down is skipped; a line that no key decrypts is an error.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.data_protection.erasure import ERASED_KEPT
from storage.data_protection.past import Erased, Left, Past, Stopped
from storage.data_protection.since_backup import SENT_KEPT
from storage.enumerations import MessageState
from storage.safety.vault import Vault, VaultError

NAME = "journal.sealed"
PURPOSE = "journal"
MOST = 200
"""The most entries of each kind in a line."""
TAIL = 1 << 20
"""Bytes at the end of the file that are enough for the last minutes."""


class Journal:
    """The journal file in DATA_DIR. Several workers of a host may write it."""

    def __init__(self, file: Path, vault: Vault) -> None:
        self._file, self._vault = file, vault

    def until(self) -> datetime | None:
        """The time until which the journal is complete; None if there is no journal yet."""
        lines = list(self._records(self._bytes(TAIL)))
        return datetime.fromisoformat(lines[-1]["until"]) if lines else None

    def read(self) -> Past | None:
        """The whole journal; None if there is none. Raises `OSError`, and `VaultError` if no key decrypts a line."""
        records = list(self._records(self._bytes()))
        return _past(records) if records else None

    def add(self, past: Past, until: datetime) -> None:
        """Adds the entries of `past` that the last lines do not have yet. Raises `OSError`."""
        with self._held():
            known = _past(tail) if (tail := list(self._records(self._bytes(TAIL)))) else None
            erased = [entry for entry in past.erased if known is None or entry not in known.erased]
            left = [entry for entry in past.left if known is None or entry not in known.left]
            stopped = [entry for entry in past.stopped if known is None or entry not in known.stopped]
            if known and known.begins_at >= past.begins_at and not (erased or left or stopped):
                os.utime(self._file)
                return
            before = self._bytes(1)
            fd = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(fd, "ab") as out:
                if before not in (b"", b"\n"):
                    out.write(b"\n")  # the last line was cut
                out.writelines(self._lines(Past(past.begins_at, erased, left, stopped), until))
                out.flush()
                os.fsync(out.fileno())

    def write_anew(self, now: datetime) -> None:
        """Rewrites the file with the newest key, each entry once, without old entries. Raises `OSError`."""
        if not self._file.exists():
            return
        with self._held():
            until = self.until()
            if until is None or (past := self.read()) is None:
                return
            erased = [entry for entry in dict.fromkeys(past.erased) if entry.at > now - ERASED_KEPT]
            left = [entry for entry in dict.fromkeys(past.left) if entry.changed_at > now - SENT_KEPT]
            stopped = [entry for entry in dict.fromkeys(past.stopped) if entry.at > now - ERASED_KEPT]
            draft = self._file.with_name(f".{self._file.name}.part")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.writelines(self._lines(Past(past.begins_at, erased, left, stopped), until))
                out.flush()
                os.fsync(out.fileno())
            draft.replace(self._file)

    @contextmanager
    def _held(self) -> Iterator[None]:
        lock = os.open(self._file.with_name(f".{self._file.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _bytes(self, most: int | None = None) -> bytes:
        try:
            with self._file.open("rb") as source:
                size = source.seek(0, os.SEEK_END)
                source.seek(max(0, size - most) if most else 0)
                return source.read()
        except FileNotFoundError:
            return b""

    def _records(self, lines: bytes) -> Iterator[dict[str, Any]]:
        for line in lines.split(b"\n"):
            length, _, sealed = line.partition(b":")
            if length.isdigit() and int(length) == len(sealed):
                try:
                    opened = self._vault.open(PURPOSE, base64.b64decode(sealed))
                except ValueError:
                    raise VaultError("a line of the journal is none of ours") from None
                yield json.loads(opened)

    def _lines(self, past: Past, until: datetime) -> Iterator[bytes]:
        most = max(len(past.erased), len(past.left), len(past.stopped), 1)
        for at in range(0, most, MOST):
            record = {
                "begins": past.begins_at.isoformat(),
                "until": until.isoformat(),
                "erased": [[entry.msisdn_hash.hex(), entry.at.isoformat()] for entry in past.erased[at : at + MOST]],
                "left": [_as_list(entry) for entry in past.left[at : at + MOST]],
                "stopped": [[entry.msisdn_hash.hex(), entry.at.isoformat()] for entry in past.stopped[at : at + MOST]],
            }
            sealed = base64.b64encode(self._vault.seal(PURPOSE, json.dumps(record, separators=(",", ":"))))
            yield b"%d:%s\n" % (len(sealed), sealed)


def _past(records: Sequence[dict[str, Any]]) -> Past:
    """All records as one. If the journal began again with another database, it is complete since then."""
    return Past(
        max(datetime.fromisoformat(record["begins"]) for record in records),
        [
            Erased(bytes.fromhex(hash), datetime.fromisoformat(at))
            for record in records
            for hash, at in record["erased"]
        ],
        [_from_list(values) for record in records for values in record["left"]],
        [
            Stopped(bytes.fromhex(hash), datetime.fromisoformat(at))
            for record in records
            for hash, at in record["stopped"]
        ],
    )


def _as_list(left: Left) -> list[Any]:
    return [
        left.key, left.state.value, left.created_at.isoformat(), left.changed_at.isoformat(), left.parts, left.price,
        left.currency, left.is_urgent, left.reference, left.to.hex() if left.to else None,
    ]  # fmt: skip


def _from_list(values: list[Any]) -> Left:
    key, state, created_at, changed_at, parts, price, currency, is_urgent, reference, to = values
    return Left(
        key, MessageState(state), datetime.fromisoformat(created_at), datetime.fromisoformat(changed_at), parts, price,
        currency, is_urgent, reference, bytes.fromhex(to) if to else None,
    )  # fmt: skip
