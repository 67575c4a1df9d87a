"""One `gateway up` for each DATA_DIR: its lock, and the processes that a killed one has left running."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path

NAME = "up.lock"
PROGRAMS = {"redis": ("redis", "valkey"), "web": ("wsgi.py",), "worker": ("worker.py",), "timetable": ("worker.py",)}
"""What the command line of each part contains. A process id may belong to another program by now."""


class UpRunning(Exception):
    """Another `gateway up` holds the lock, or parts of a killed one still run. The text is one line."""


class UpLock:
    """The lock, held until the process ends. Its file names the parts, so that they can be found after a kill."""

    def __init__(self, data_dir: Path) -> None:
        """Raises `UpRunning` and `OSError`."""
        self._file = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        self._told: Mapping[str, int] = {}
        before = self._read()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise UpRunning(
                f"`gateway up` runs already on {data_dir} (process {before.get('up', 'unknown')}): other commands run "
                "beside it, a second one needs another DATA_DIR"
            ) from None
        left = {name: pid for name, pid in self._read().items() if _is_part(name, pid)}
        if left:
            os.close(self._file)
            told = ", ".join(f"{name} (process {pid})" for name, pid in left.items())
            raise UpRunning(
                f"a `gateway up` on {data_dir} was killed and has left running: {told}; end them with "
                f"`kill {' '.join(str(pid) for pid in left.values())}` and start again"
            )
        self.tell({})

    def tell(self, parts: Mapping[str, int]) -> None:
        """Writes the ids of the current processes into the file."""
        told = {"up": os.getpid(), **parts}
        if told != self._told:
            os.pwrite(self._file, json.dumps(told).ljust(200).encode(), 0)
            self._told = told

    def release(self) -> None:
        """Takes the parts out of the file, and gives the lock back."""
        self.tell({})
        os.close(self._file)

    def _read(self) -> dict[str, int]:
        with contextlib.suppress(ValueError, AttributeError):
            return {str(name): int(pid) for name, pid in json.loads(os.pread(self._file, 1000, 0)).items()}
        return {}


def _is_part(name: str, pid: int) -> bool:
    """Whether the process runs, and is still this part."""
    if name not in PROGRAMS:
        return False
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return any(program in line for program in PROGRAMS[name])
