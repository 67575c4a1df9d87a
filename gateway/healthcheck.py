"""Asks a process of this container whether it is well: `python -m gateway.healthcheck web|worker|timetable|ready`.

For `HEALTHCHECK` and for probes that run a command. It imports only the standard library, so that a probe every few
seconds costs little. Exit 0: well; 1: not well, with one line on standard error; 2: wrong usage.

- `web`: the web process answers `/healthz`.
- `ready`: `/readyz` finds every part in order.
- `worker`, `timetable`: the process touched its file in DATA_DIR (`gateway.worker.alive`) within three minutes.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SECONDS = 4.0
"""How long the web process may take to answer."""
FRESH = 180.0
"""Seconds; the worker touches its file every few seconds, the timetable at least every minute."""


def ask_web(path: str) -> str | None:
    """What is wrong with the web process; None if nothing is."""
    host, port = os.environ.get("HOST", ""), os.environ.get("PORT") or "8000"
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    try:
        urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=SECONDS).close()
    except urllib.error.HTTPError as error:
        return f"{path} answered {error.code}"
    except OSError as error:
        return f"{path} did not answer ({type(error).__name__})"
    return None


def ask_file(name: str) -> str | None:
    """What is wrong with the worker or the timetable; None if nothing is."""
    file = Path(os.environ.get("DATA_DIR") or "var", f"{name}.alive")
    try:
        age = time.time() - file.stat().st_mtime
    except OSError:
        return f"{name} has not started"
    return None if age < FRESH else f"{name} has not moved for {age:.0f} s"


CHECKS = {
    "web": lambda: ask_web("/healthz"),
    "ready": lambda: ask_web("/readyz"),
    "worker": lambda: ask_file("worker"),
    "timetable": lambda: ask_file("timetable"),
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CHECKS:
        print(f"usage: python -m gateway.healthcheck {'|'.join(CHECKS)}", file=sys.stderr)
        sys.exit(2)
    sys.exit(CHECKS[sys.argv[1]]())
