"""Runs at the start of every Python process of a chaos run: the clock follows the seconds that a file says.

time.monotonic stays as it is, as it does when a real clock is set.
"""

import datetime
import os
import threading
import time

import time_machine

POLLED = 0.1
"""Seconds."""


def _follow(path: str) -> None:
    travels, here = None, 0
    while True:
        try:
            with open(path) as file:
                wanted = int(file.read().strip() or 0)
        except (OSError, ValueError):
            wanted = here
        if wanted != here:
            if travels:
                travels.stop()
            now = datetime.datetime.now(datetime.UTC)
            travels = time_machine.travel(now + datetime.timedelta(seconds=wanted), tick=True) if wanted else None
            if travels:
                travels.start()
            here = wanted
        time.sleep(POLLED)


if "CHAOS_CLOCK" in os.environ:
    threading.Thread(target=_follow, args=(os.environ["CHAOS_CLOCK"],), daemon=True).start()
