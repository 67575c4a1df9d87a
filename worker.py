"""`python worker.py` runs the worker, which does what waits; `python worker.py timetable` runs the timetable."""

from __future__ import annotations

import sys

from gateway.worker.process import run_timetable, run_worker

if __name__ == "__main__":
    if sys.argv[1:] == ["timetable"]:
        run_timetable()
    elif not sys.argv[1:]:
        run_worker()
    else:
        sys.exit("usage: python worker.py [timetable]")
