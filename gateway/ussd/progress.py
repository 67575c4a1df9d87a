"""Stores the progress of USSD sessions in the database: after their answers, many at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from redis.exceptions import RedisError

from gateway.runtime.deployment import Deployment
from storage.paced_writes import write_slices
from storage.sessions.progress import Progress, drop_written, write_progress

GROUP = 50
"""Entries that are read at about once; they are written in several transactions, so that none is long."""
RESTS_AFTER = timedelta(seconds=10)
"""A session without an input for so long may have been cut. The progress of others is not written yet: nearly all of
them file their report, and then nobody needs it."""

log = logging.getLogger(__name__)


def write_waiting_progress(deployment: Deployment, rests_after: timedelta = timedelta()) -> int:
    """Stores the progress that waits in Redis for at least `rests_after`; returns how many sessions.

    The worker calls it every few seconds.
    """
    written = 0
    try:
        for waiting in deployment.sessions.progress.waiting(GROUP):
            written += _write(deployment, waiting, rests_after)
    except RedisError as error:
        log.info("sessions' progress waits for Redis (%s)", type(error).__name__)
    return written


def _write(deployment: Deployment, waiting: Mapping[bytes, bytes], rests_after: timedelta = timedelta()) -> int:
    """Writes the entries that rest, and deletes them in Redis with those that cannot be read or are empty."""
    store, now = deployment.sessions.progress, deployment.now()
    opened = {name: store.opened(sealed) for name, sealed in waiting.items()}
    resting = {name: progress for name, progress in opened.items() if _rests(progress, now, rests_after)}
    to_write = {name: progress for name, progress in resting.items() if progress}
    write_slices(
        deployment.database,
        to_write.values(),
        lambda transaction: partial(write_progress, transaction, deployment.vault),
    )
    written = {name: waiting[name] for name in resting}
    dropped = [to_write[name] for name in store.done(written) if name in to_write] if written else []
    if dropped:
        with deployment.database.write() as transaction:
            drop_written(transaction, deployment.vault, dropped)
    return len(to_write)


def _rests(progress: Progress | None, now: datetime, rests_after: timedelta) -> bool:
    """Whether an entry may be written and deleted. Progress of the future is from a clock that was ahead."""
    return progress is None or not now - rests_after < progress.kept_at <= now
