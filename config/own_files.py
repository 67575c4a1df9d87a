"""The gateway's own files in DATA_DIR: they are nobody else's to read, whatever the folder's mode."""

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
"""Names and patterns; what else lies in the folder is not ours to change."""


def open_to_others(data_dir: Path) -> list[Path]:
    """Own files that more than their owner may read or write."""
    return sorted(file for file in _own_files(data_dir) if file.stat().st_mode & OTHERS)


def make_private(data_dir: Path) -> None:
    """What cannot be changed stays as it is; `gateway doctor` tells it."""
    for file in open_to_others(data_dir):
        with contextlib.suppress(OSError):
            file.chmod(PRIVATE)


def write_private(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as out:
        out.write(data)


def _own_files(data_dir: Path) -> Iterator[Path]:
    for pattern in OWN:
        yield from (file for file in data_dir.glob(pattern) if file.is_file() and not file.is_symlink())
