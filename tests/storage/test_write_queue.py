"""The queue of SQLite's writers: whose turn comes first, what is committed together, and what a failure takes along."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from storage.database import Database
from storage.paced_writes import write_slices
from storage.tables.messages import DatabaseCheck
from storage.write_group import NotCommitted, Turn
from storage.write_queue import own_turn
from tests.support.waiting import eventually

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database whose queue is not refused as stuck while a busy machine starts the threads that stand in it."""
    monkeypatch.setattr("storage.write_queue.STUCK_AFTER", 30.0)
    made = Database(f"sqlite:///{tmp_path}/ccs.db")
    made.migrate()
    yield made
    made.close()


def write(database: Database, name: str) -> None:
    """One transaction of one row; a name that is there already fails."""
    with database.write() as transaction:
        transaction.add(DatabaseCheck(kind=name, checked_at=NOW, found="well"))


def written(database: Database) -> list[str]:
    with database.read() as transaction:
        return list(transaction.scalars(select(DatabaseCheck.kind).order_by(DatabaseCheck.kind)))


def behind_a_writer(database: Database, *writers: Callable[[], object], first: str = "first") -> None:
    """Runs the writers while another has the lock: they stand in the queue, in this order, until it is done."""
    threads = [threading.Thread(target=writer) for writer in writers]
    with database.write() as transaction:
        transaction.add(DatabaseCheck(kind=first, checked_at=NOW, found="well"))
        for number, thread in enumerate(threads, 1):
            thread.start()
            eventually(partial(stands, database, number))
    for thread in threads:
        thread.join(10)


def stands(database: Database, count: int) -> bool:
    return database.writers_waiting == count


def as_turn(turn: Turn, do: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        own_turn.set(turn)
        do()

    return run


def test_those_who_wait_are_committed_together(database: Database) -> None:
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    seen: list[bool] = []

    def writes_and_looks(name: str) -> None:
        write(database, name)
        seen.append(name in written(database))

    behind_a_writer(database, *(lambda name=f"n{number}": writes_and_looks(name) for number in range(6)))
    assert len(written(database)) == 7
    assert seen == [True] * 6  # each returned when its own was kept
    assert len(commits) <= 3


def test_one_that_fails_takes_nobody_down(database: Database) -> None:
    failed: list[str] = []

    def fails() -> None:
        try:
            write(database, "first")
        except Exception as error:  # noqa: BLE001 - its name is what is looked at
            failed.append(type(error).__name__)

    behind_a_writer(database, lambda: write(database, "a"), fails, lambda: write(database, "b"))
    assert written(database) == ["a", "b", "first"]
    assert failed == ["IntegrityError"]


def test_a_citizen_comes_before_a_chore(database: Database) -> None:
    order: list[str] = []

    def writer(name: str) -> Callable[[], None]:
        def do() -> None:
            with database.write():
                order.append(name)

        return do

    behind_a_writer(
        database,
        as_turn(Turn.CHORE, writer("chore")),
        as_turn(Turn.PAGE, writer("page")),
        as_turn(Turn.REQUEST, writer("citizen")),
        as_turn(Turn.REQUEST, writer("second citizen")),
    )
    assert order == ["citizen", "second citizen", "page", "chore"]


def test_a_commit_that_fails_is_told_to_all_of_it(database: Database) -> None:
    """A reference that points to nothing and is looked at only at the commit."""
    failures: list[str] = []

    def telling(do: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                do()
            except NotCommitted:
                failures.append("not committed")

        return run

    def breaks_the_commit() -> None:
        with database.write() as transaction:
            transaction.execute(text("PRAGMA defer_foreign_keys=ON"))
            transaction.execute(text("INSERT INTO digests (committee, period, sent_at) VALUES ('none', 'p', :now)"),
                                {"now": NOW})  # fmt: skip

    behind_a_writer(
        database,
        as_turn(Turn.PAGE, telling(lambda: write(database, "beside"))),
        as_turn(Turn.PAGE, telling(breaks_the_commit)),
    )
    assert failures == ["not committed"] * 2
    assert written(database) == ["first"]
    write(database, "after")
    assert written(database) == ["after", "first"]


def test_many_things_go_into_short_transactions(database: Database) -> None:
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    waits = threading.Event()

    def slow(transaction: object) -> Callable[[str], None]:
        def do(name: str) -> None:
            waits.wait(0.005)
            transaction.add(DatabaseCheck(kind=name, checked_at=NOW, found="well"))  # type: ignore[attr-defined]

        return do

    write_slices(database, [f"n{number}" for number in range(12)], slow)
    assert len(written(database)) == 12
    assert len(commits) >= 4


def test_a_query_that_nobody_read_to_its_end_stops_no_later_writer(database: Database, tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(database, name)
    with database.write() as transaction:
        half_read = transaction.execute(select(DatabaseCheck.kind).execution_options(yield_per=1))
        assert half_read.fetchone() is not None
    other_process = Database(f"sqlite:///{tmp_path}/ccs.db")
    write(other_process, "theirs")
    other_process.close()
    write(database, "ours")
    assert written(database) == ["first", "ours", "second", "theirs"]
    half_read.close()
