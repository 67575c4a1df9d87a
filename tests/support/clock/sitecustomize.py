"""Runs at the start of every Python process of a chaos run: shifts the clock by the seconds that a file holds.

`time.monotonic` is not shifted, as when a real clock is set.
"""

import datetime
import os
import threading
import time

import time_machine

POLLED = 0.1
"""Seconds between two looks at the file."""


def _follow(path: str) -> None:
    travels, shift = None, 0
    while True:
        try:
            with open(path) as file:
                wanted = int(file.read().strip() or 0)
        except (OSError, ValueError):
            wanted = shift
        if wanted != shift:
            if travels:
                travels.stop()
            now = datetime.datetime.now(datetime.UTC)
            travels = time_machine.travel(now + datetime.timedelta(seconds=wanted), tick=True) if wanted else None
            if travels:
                travels.start()
            shift = wanted
        time.sleep(POLLED)


if "CHAOS_CLOCK" in os.environ:
    threading.Thread(target=_follow, args=(os.environ["CHAOS_CLOCK"],), daemon=True).start()
