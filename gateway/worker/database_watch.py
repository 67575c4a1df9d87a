"""The worker's own check of the database: work must not wait if Redis hangs or has lost a wake-up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from gateway.runtime.logs import innermost

LOOK_EVERY = 3.0
"""Seconds; one indexed query each time."""
ENDS_WITHIN = 10.0
"""Seconds that a running look has to finish when the process ends."""

log = logging.getLogger(__name__)


class DatabaseWatch:
    """Calls `look` every few seconds in its own thread, for as long as the context is open."""

    def __init__(self, look: Callable[[], None], every: float = LOOK_EVERY) -> None:
        self._look, self._every = look, every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="database watch", daemon=True)

    def __enter__(self) -> DatabaseWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        self._thread.join(ENDS_WITHIN)

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - the next look may succeed
                log.warning("what waits could not be done: %s at %s", type(error).__name__, innermost(error))
