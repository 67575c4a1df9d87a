"""The gateway's own files in DATA_DIR: only their owner may read them, whatever the folder's mode."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

PRIVATE = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OWN = (
    "ccs.db*", "damaged-*", "secrets.env", "first-administrator.txt", "up.lock", "journal.sealed*", ".journal.sealed*",
    "redis/*", "models/*", "*.alive",
)  # fmt: skip
"""Names and patterns of the gateway's files. Other files in the folder are not changed."""


def open_to_others(data_dir: Path) -> list[Path]:
    """The gateway's files that others than their owner may read or write."""
    return sorted(file for file in _own_files(data_dir) if file.stat().st_mode & OTHERS)


def make_private(data_dir: Path) -> None:
    """Makes the gateway's files private. Files that cannot be changed stay open; `gateway doctor` reports them."""
    for file in open_to_others(data_dir):
        with contextlib.suppress(OSError):
            file.chmod(PRIVATE)


def write_private(file: Path, data: bytes) -> None:
    """Writes a file; a new one is readable and writable for its owner only. Raises `OSError`."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as out:
        out.write(data)


def _own_files(data_dir: Path) -> Iterator[Path]:
    for pattern in OWN:
        yield from (file for file in data_dir.glob(pattern) if file.is_file() and not file.is_symlink())
