"""Shows that a process still runs: it touches a file in DATA_DIR, which `gateway.healthcheck` checks."""

from __future__ import annotations

import contextlib
from pathlib import Path


def show_alive(data_dir: Path, name: str) -> None:
    """Touches `<name>.alive`. Errors are ignored: a folder that is not writable must not stop the work."""
    with contextlib.suppress(OSError):
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        (data_dir / f"{name}.alive").touch(mode=0o600)
