"""The queue of writers to SQLite, which has one writer at a time.

The writers of a process wait in a queue and not in SQLite's busy handler. Citizens' requests come before pages, and
pages before chores. Writers that follow each other directly are committed together, with one fsync. Each returns only
when its work is on the disk. A writer that fails does not affect the others, because each has a savepoint.

Only the first in the queue waits for other processes: it tries to take the lock every half millisecond. The writers of
a process have one connection, whose cache of the database's pages is the newest as long as no other process writes.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from storage.safety.audit import write_chain
from storage.write_group import (
    Group,
    NotCommitted,
    Place,
    Turn,
    UnfinishedQuery,
    WriteLockHeld,
    commit_group,
    connect_writer,
    drop_writer,
    takes_lock,
)

PATIENCE = {Turn.REQUEST: 2.5, Turn.PAGE: 5.0, Turn.CHORE: 15.0}
"""Seconds that a writer waits for the lock."""
LOOK_EVERY = 0.0005
"""Seconds between two tries to take the lock from another process."""
GROUP_FOR = {Turn.REQUEST: 0.025, Turn.PAGE: 0.010, Turn.CHORE: 0.004}
"""Seconds after which a group accepts no more writers and is committed. Citizens who wait are served before the lock
goes to another process, and chores give it back soon."""
MOST_OF_GROUP = 32
STUCK_AFTER = 0.5
"""If no writer had its turn for this many seconds, the queue is stuck: only a few may go on waiting."""
MOST_STANDING = 3
"""Writers that wait while the queue is stuck, beside the first. The others are refused, so that threads are left for
those who only read."""
CHORES_PAUSE = 0.002
"""Seconds that chores leave the lock to other processes after each group of theirs."""
LEAST_PATIENCE = 0.1
"""Seconds that a writer waits at least, even if its request is already late."""
answer_by: ContextVar[float | None] = ContextVar("answer_by", default=None)
"""When somebody who waits for this thread's answer gives up, of `time.monotonic`."""
own_turn: ContextVar[Turn | None] = ContextVar("own_turn", default=None)
"""The turn of a thread that differs from its process's."""


class WriteQueue:
    """The queue of one process for one SQLite database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: list[Place] = []
        self._is_taken = False
        self._moved_at = self._chore_ended_at = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether a writer has its turn."""
        return self._is_taken

    @property
    def standing(self) -> int:
        """How many writers wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Closes the writers' connection, if no writer has it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            drop_writer(connection)

    @contextmanager
    def transaction(self, turn: Turn) -> Iterator[Session]:
        """A transaction that is committed, perhaps with others, when this returns. Raises as `connection` does."""
        with (
            self.connection(turn) as connection,
            Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
            session.begin(),
        ):
            yield session
            write_chain(session)

    @contextmanager
    def connection(self, turn: Turn) -> Iterator[Connection]:
        """A connection whose work is committed, perhaps with that of others, when this returns.

        Raises `WriteLockHeld` if its turn does not come within the turn's patience, `NotCommitted` if the common
        commit fails.
        """
        place = Place(turn, next(self._numbers))
        group = self._stand(place)
        try:
            # The first of a group has the whole transaction to itself: it needs no savepoint.
            with group.connection.begin_nested() if group.kept else nullcontext():
                yield group.connection
        except BaseException:
            self._go(group)
            raise
        group.kept.append(place)
        self._go(group)
        place.settled.acquire()
        if group.error is not None:
            raise NotCommitted(group.error) from group.error

    def _stand(self, place: Place) -> Group:
        """Waits for the place's turn; returns its group, which has the lock."""
        with self._lock:
            if not self._is_taken:
                self._is_taken, self._moved_at = True, time.monotonic()
                place.called.release()
            else:
                self._refuse_if_stuck(place)
                self._waiting.append(place)
        try:
            left = self._wait(place)
            return place.group or self._begin(place.turn, time.monotonic() + left)
        except BaseException:
            self._give_up(place)
            raise

    def _wait(self, place: Place) -> float:
        """Waits until the place is called; returns the seconds that are left of its patience.

        Time in which the whole process was stopped does not count as waiting.
        """
        left = _patience(place.turn)
        while True:
            look, began = min(STUCK_AFTER, left), time.monotonic()
            if place.called.acquire(timeout=max(0.0, look)):
                return left - min(look, time.monotonic() - began)
            left -= look
            with self._lock:
                if place not in self._waiting:
                    continue  # called just now
                self._refuse_if_stuck(place)
                if left <= 0:
                    raise WriteLockHeld

    def _refuse_if_stuck(self, place: Place) -> None:
        """Raises `WriteLockHeld` if the queue is stuck and long. Chores may wait: their threads answer nobody."""
        before = sum(other.rank < place.rank for other in self._waiting)
        is_stuck = time.monotonic() - self._moved_at > STUCK_AFTER
        if before >= MOST_STANDING and is_stuck and place.turn is not Turn.CHORE:
            raise WriteLockHeld

    def _give_up(self, place: Place) -> None:
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)
                return
        if place.group is not None:
            self._go(place.group)
        else:
            self._call(None)

    def _begin(self, turn: Turn, until: float) -> Group:
        """Takes SQLite's lock. Raises `WriteLockHeld` if another process keeps it for too long."""
        if turn is Turn.CHORE:
            time.sleep(max(0.0, min(CHORES_PAUSE, self._chore_ended_at + CHORES_PAUSE - time.monotonic())))
        connection, self._connection = self._connection or connect_writer(self._engine), None
        try:
            driver: Any = connection.connection.driver_connection
            while not takes_lock(driver):
                if time.monotonic() >= until:
                    raise WriteLockHeld
                time.sleep(LOOK_EVERY)
            connection.begin()
        except WriteLockHeld:
            self._connection = connection
            raise
        except UnfinishedQuery:
            drop_writer(connection)
            return self._begin(turn, until)
        except BaseException:
            drop_writer(connection)
            raise
        return Group(connection, turn, time.monotonic() + GROUP_FOR[turn])

    def _go(self, group: Group) -> None:
        """Lets the next writer into the group, or commits the group if no writer can join it."""
        if group.kept and not self._is_over(group) and self._call(group):
            return
        try:
            self._connection = commit_group(group)
        finally:
            if group.turn is Turn.CHORE:
                self._chore_ended_at = time.monotonic()
            for place in group.kept:
                place.settled.release()
            self._call(None)

    def _is_over(self, group: Group) -> bool:
        return len(group.kept) >= MOST_OF_GROUP or time.monotonic() >= group.closes_at or not group.is_begun

    def _call(self, group: Group | None) -> bool:
        """Calls the next writer, into `group` or (None) to begin its own group; returns whether one was called."""
        with self._lock:
            following = min(self._waiting, key=lambda place: place.rank, default=None)
            # Members of a group wait for each other, so a page must not join a citizen's group.
            if following is not None and group is not None and following.turn is not group.turn:
                return False
            self._moved_at = time.monotonic()
            if following is None:
                self._is_taken = group is not None
                return False
            self._waiting.remove(following)
            following.group = group
            following.called.release()
            return True


def _patience(turn: Turn) -> float:
    """Seconds that a writer of this thread waits for the lock: a request that has waited before has less left."""
    by = answer_by.get()
    return PATIENCE[turn] if by is None else max(LEAST_PATIENCE, min(PATIENCE[turn], by - time.monotonic()))
