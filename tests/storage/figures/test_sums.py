"""The sums of days say what the rows say, whatever happened to the rows since."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.msisdn import Msisdn
from storage.concerns.access import Access
from storage.data_protection.erasure import erase_person
from storage.data_protection.purge import purge
from storage.database import Database
from storage.enumerations import ConcernState, MessageState
from storage.figures.concerns import backlog, by_commune, by_week, totals
from storage.figures.day_sums import count_day
from storage.figures.delays import Counted, delays
from storage.figures.layout import Layout, layout_of
from storage.figures.scope import Scope
from storage.figures.sms import sms_by_state
from storage.figures.summed_days import SummedDays, summed_days
from storage.figures.summing import compare, mark_changed, sum_days
from storage.people.contacts import ensure_contact
from storage.safety.vault import Vault
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import Message
from storage.tables.sums import DayChange, SummedDay
from tests.support.gateway import A_TUESDAY

DAY = timedelta(days=1)
SINCE, UNTIL = A_TUESDAY.replace(hour=0) - 27 * DAY, A_TUESDAY.replace(hour=0) + DAY
ENDS = [SINCE + timedelta(days=days) for days in (5, 12, 19, 26, 33)]
COMMUNES = ("ml-bamako-commune-i", "ml-bamako-commune-iv", "ml-kayes", None)
CATEGORIES = ("theft", "misconduct", "disaster", "lighting", None)
AGES = (DAY, 7 * DAY, 30 * DAY)


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    database = Database(database_address.replace("postgresql://", "postgresql+psycopg://"))
    yield database
    database.close()


@pytest.fixture(scope="module")
def layout(pack: Pack) -> Layout:
    return layout_of(pack)


class Acts:
    """Random changes of concerns and SMS, each in a transaction of its own."""

    def __init__(self, database: Database, pack: Pack, seed: int) -> None:
        self.database, self.pack, self.vault, self.chance = database, pack, Vault(("a secret",)), random.Random(seed)
        self.number = 0

    def any_of(self) -> None:
        """Does one of the acts. What comes in is more than what goes."""
        acts: tuple[Callable[[Transaction], None], ...] = (
            *(self.comes_in,) * 4, self.is_placed, self.is_closed, self.is_reopened, self.is_looked_at, self.is_rated,
            self.is_set_aside, self.is_merged, self.is_deleted, self.is_sent, self.is_delivered, self.person_is_erased,
            self.is_closed_at_another_time, self.many_at_once,
        )  # fmt: skip
        with self.database.write() as transaction:
            self.chance.choice(acts)(transaction)

    def comes_in(self, transaction: Transaction) -> None:
        self.number += 1
        received_at = A_TUESDAY - timedelta(hours=self.chance.uniform(0, 24 * 40))
        contact = ensure_contact(
            transaction, self.vault, Msisdn(f"+2237000{self.chance.randrange(20):04d}"), received_at
        )
        concern = Concern(
            reference=f"S{self.number}", source=self.number.to_bytes(4, "big"), channel="sms", received_at=received_at,
            contact_id=contact.id, commune=self.chance.choice(COMMUNES), category=self.chance.choice(CATEGORIES),
            urgency_rank=self.chance.randrange(3), state=ConcernState.RECEIVED,
        )  # fmt: skip
        transaction.add(concern)
        transaction.flush()
        self._sms(transaction, concern.id, received_at + timedelta(minutes=1))

    def is_placed(self, transaction: Transaction) -> None:
        """Commune, category and urgency are corrected; the days of its SMS change with it."""
        if concern := self._one(transaction):
            concern.commune, concern.category = self.chance.choice(COMMUNES), self.chance.choice(CATEGORIES)
            concern.urgency_rank = self.chance.randrange(3)

    def is_closed(self, transaction: Transaction) -> None:
        if concern := self._one(transaction):
            concern.state, concern.answer_sealed = ConcernState.CLOSED, self.chance.choice((b"an answer", None))
            at = concern.received_at + timedelta(hours=self.chance.uniform(0, 400))
            transaction.add(ConcernEvent(concern_id=concern.id, at=at, actor="a", what="closed", detail={}))

    def is_reopened(self, transaction: Transaction) -> None:
        if concern := self._one(transaction):
            concern.state, concern.answer_sealed, concern.satisfied = ConcernState.RECEIVED, None, None

    def is_looked_at(self, transaction: Transaction) -> None:
        if concern := self._one(transaction):
            wait = timedelta(minutes=self.chance.uniform(0, 60))
            transaction.execute(
                update(Concern).where(Concern.id == concern.id).values(taken_up_at=concern.received_at + wait)
            )

    def is_rated(self, transaction: Transaction) -> None:
        if concern := self._one(transaction):
            concern.satisfied = self.chance.choice((True, False))

    def is_set_aside(self, transaction: Transaction) -> None:
        if concern := self._one(transaction):
            concern.set_aside = self.chance.choice(("spam", None))

    def is_merged(self, transaction: Transaction) -> None:
        """It becomes a repetition of another concern, or is one no more."""
        first, second = self._one(transaction), self._one(transaction)
        if first and second and first is not second:
            first.duplicate_of = self.chance.choice((second.id, None))

    def is_deleted(self, transaction: Transaction) -> None:
        """Its repetitions count from then on, and its SMS are about nothing."""
        if concern := self._one(transaction):
            transaction.execute(delete(Concern).where(Concern.id == concern.id))

    def is_sent(self, transaction: Transaction) -> None:
        self._sms(transaction, None, A_TUESDAY - timedelta(hours=self.chance.uniform(0, 24 * 40)))

    def is_delivered(self, transaction: Transaction) -> None:
        newest = transaction.scalar(select(func.max(Message.id)))
        if newest:
            state = self.chance.choice((MessageState.DELIVERED, MessageState.FAILED))
            some = self.chance.randrange(newest + 1)
            transaction.execute(update(Message).where(Message.id == some).values(state=state, price=7))

    def person_is_erased(self, transaction: Transaction) -> None:
        concern = self._one(transaction)
        contact = ensure_contact(transaction, self.vault, Msisdn("+22370000003"), A_TUESDAY)
        if concern and self.chance.random() < 0.3:
            erase_person(transaction, contact, A_TUESDAY)

    def is_closed_at_another_time(self, transaction: Transaction) -> None:
        which = ConcernEvent.what == "closed"
        if event := transaction.scalars(select(ConcernEvent).where(which).limit(1)).first():
            if self.chance.random() < 0.5:
                event.at += timedelta(hours=1)
            else:
                transaction.delete(event)

    def many_at_once(self, transaction: Transaction) -> None:
        commune, other = self.chance.sample(COMMUNES[:3], 2)
        transaction.execute(
            text("UPDATE concerns SET commune = :other WHERE commune = :commune"), {"commune": commune, "other": other}
        )

    def _sms(self, transaction: Transaction, concern: int | None, at: object) -> None:
        self.number += 1
        transaction.add(
            Message(key=f"s{self.number}", concern_id=concern, committee=self.chance.choice(COMMUNES[:3]), parts=1,
                    price=10, currency="XOF", state=MessageState.SENT, created_at=at, changed_at=at)
        )  # fmt: skip

    def _one(self, transaction: Transaction) -> Concern | None:
        rows = transaction.scalars(select(Concern).order_by(Concern.id)).all()
        return self.chance.choice(rows) if rows else None


def scopes(pack: Pack, layout: Layout) -> list[Scope]:
    """Of the country, of the country without sensitive categories, and of a region."""
    sensitive = tuple(category.id for category in pack.categories.values() if category.sensitive)
    region = pack.communes_under("ml-bamako")
    committees = tuple(committee for committee, areas in layout.of_committee.items() if "ml-bamako" in areas)
    made = [
        Scope(Access(), SINCE, UNTIL),
        Scope(Access(None, sensitive), SINCE, UNTIL),
        Scope(Access(region), SINCE, UNTIL, committees),
        Scope(Access(region, sensitive, ("misconduct",)), SINCE, UNTIL, committees),
    ]
    return [replace(scope, summed=layout.summed(scope.access, scope.committees)) for scope in made]


def figures(transaction: Transaction, scope: Scope, days: SummedDays) -> dict[str, object]:
    """All figures of a scope in a form in which parts of a sum are added up."""
    shares = days.shares(scope.since, scope.until, ENDS)
    weeks = by_week(transaction, scope, shares, ENDS)
    by_cell: dict[tuple[int, str], list[int]] = {}
    for week in weeks:
        cell = by_cell.setdefault((week.week, week.category or ""), [0] * 5)
        counts = (week.received, week.answered, week.open, week.satisfied, week.dissatisfied)
        cell[:] = [old + new for old, new in zip(cell, counts, strict=True)]
    sms: dict[str, tuple[int, int]] = {}
    for sum_of in sms_by_state(transaction, scope, shares):
        count, price = sms.get(sum_of.state, (0, 0))
        sms[sum_of.state] = (count + sum_of.count, price + sum_of.price)
    return {
        "weeks": by_cell,
        "totals": totals(transaction, scope, shares, weeks),
        "communes": by_commune(transaction, scope, shares),
        "backlog": backlog(transaction, scope, days, A_TUESDAY, AGES),
        "sms": sms,
    }


def summed(database: Database, layout: Layout, now: object = A_TUESDAY) -> int:
    return sum_days(database, layout, now, time.monotonic() + 60)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_acts_the_figures_with_sums_are_those_without(
    database: Database, pack: Pack, layout: Layout, seed: int
) -> None:
    acts, has_read_sums = Acts(database, pack, seed), False
    for _ in range(6):
        for _ in range(25):
            acts.any_of()
        with database.read() as transaction:
            days = summed_days(transaction, layout)
            has_read_sums = has_read_sums or bool(days.shares(SINCE, UNTIL, ENDS).days)
            for scope in scopes(pack, layout):
                assert scope.summed
                assert figures(transaction, scope, days) == figures(transaction, scope, SummedDays())
        summed(database, layout)
        assert compare(database, layout, time.monotonic() + 60).wrong == ()
        with database.read() as transaction:
            days = summed_days(transaction, layout)
            assert len(days.holding) == len(days.days)
            for scope in scopes(pack, layout):
                assert figures(transaction, scope, days) == figures(transaction, scope, SummedDays())
    assert has_read_sums
    purge(database, pack, A_TUESDAY + 400 * DAY)
    assert compare(database, layout, time.monotonic() + 60).wrong == ()


def test_a_change_that_is_committed_while_a_day_is_summed_is_summed_next_time(
    database: Database, pack: Pack, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are read before the change is committed, and the sums are written after it."""
    acts = Acts(database, pack, 1)
    for _ in range(20):
        with database.write() as transaction:
            acts.comes_in(transaction)
    has_read, has_changed = Event(), Event()

    def slow(*given: object) -> object:
        counted = count_day(*given)  # type: ignore[arg-type]
        has_read.set()
        assert has_changed.wait(10)
        return counted

    monkeypatch.setattr("storage.figures.summing.count_day", slow)
    worker = Thread(target=summed, args=(database, layout))
    worker.start()
    assert has_read.wait(10)
    with database.write() as transaction:
        transaction.execute(update(Concern).values(commune="ml-kayes"))
    has_changed.set()
    worker.join(30)
    monkeypatch.undo()
    with database.read() as transaction:
        days = summed_days(transaction, layout)
        assert {day[0] for day in days.days} - days.holding
        for scope in scopes(pack, layout):
            assert figures(transaction, scope, days) == figures(transaction, scope, SummedDays())
    summed(database, layout)
    assert compare(database, layout, time.monotonic() + 60).wrong == ()


def test_of_two_workers_the_one_with_the_older_rows_writes_nothing(
    database: Database, pack: Pack, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = Acts(database, pack, 2)
    for _ in range(20):
        with database.write() as transaction:
            acts.comes_in(transaction)
    is_first = [True]

    def overtaken(*given: object) -> object:
        counted = count_day(*given)  # type: ignore[arg-type]
        if is_first:
            is_first.clear()
            with database.write() as transaction:
                transaction.execute(update(Concern).values(commune="ml-kayes"))
            summed(database, layout)
        return counted

    monkeypatch.setattr("storage.figures.summing.count_day", overtaken)
    summed(database, layout)
    assert compare(database, layout, time.monotonic() + 60).wrong == ()


def test_today_and_a_day_just_over_are_counted_live_and_marks_do_not_gather(
    database: Database, pack: Pack, layout: Layout
) -> None:
    acts = Acts(database, pack, 3)
    for _ in range(30):
        acts.any_of()
    midnight = A_TUESDAY.replace(hour=0)
    summed(database, layout, midnight + timedelta(minutes=59))
    with database.read() as transaction:
        days = summed_days(transaction, layout)
        assert days.days[-1] == (midnight - 2 * DAY, midnight - DAY)
        assert transaction.scalars(select(DayChange.at)).all() == []
    summed(database, layout, midnight + timedelta(minutes=60))
    with database.read() as transaction:
        assert summed_days(transaction, layout).days[-1] == (midnight - DAY, midnight)


def test_another_layout_or_a_clock_that_was_ahead_leaves_no_sums_that_count(
    database: Database, pack: Pack, layout: Layout
) -> None:
    acts = Acts(database, pack, 4)
    for _ in range(30):
        acts.any_of()
    summed(database, layout, A_TUESDAY + 3 * DAY)
    with database.read() as transaction:
        assert summed_days(transaction, replace(layout, fingerprint="another")).holding == frozenset()
    summed(database, layout)
    with database.read() as transaction:
        newest = transaction.scalars(select(SummedDay.ends_at).order_by(SummedDay.ends_at.desc()).limit(1)).one()
    assert newest == A_TUESDAY.replace(hour=0)
    acts.any_of()
    with database.read() as transaction:
        days = summed_days(transaction, layout)
        for scope in scopes(pack, layout):
            assert figures(transaction, scope, days) == figures(transaction, scope, SummedDays())


def test_percentiles_of_many_concerns_come_from_sums_within_the_promised_share(
    database: Database, pack: Pack, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = Acts(database, pack, 5)
    with database.write() as transaction:
        for _ in range(150):
            acts.comes_in(transaction)
    for _ in range(150):
        with database.write() as transaction:
            acts.is_looked_at(transaction)
            acts.is_closed(transaction)
    summed(database, layout)
    with database.read() as transaction:
        for scope in scopes(pack, layout):
            shares = summed_days(transaction, layout).shares(SINCE, UNTIL, ENDS)
            exact = delays(transaction, scope, shares, ENDS, 150, 0)
            with monkeypatch.context() as patched:
                patched.setattr("storage.figures.delays.MOST_DELAYS", 20)
                nearly = delays(transaction, scope, shares, ENDS, 150, 10)
            assert (exact.counted, nearly.counted) == (Counted.EXACT, Counted.NEARLY)
            for right, read in zip((exact, *exact.weeks), (nearly, *nearly.weeks), strict=True):
                for kind in ("first_look", "emergency", "answer"):
                    one, other = getattr(right, kind), getattr(read, kind)
                    assert one.count == other.count
                    if one.count:
                        assert other.median == pytest.approx(one.median, rel=0.0201)
                        assert other.ninetieth == pytest.approx(one.ninetieth, rel=0.0201)


def test_a_sum_that_is_wrong_is_found_and_made_anew(database: Database, pack: Pack, layout: Layout) -> None:
    acts = Acts(database, pack, 6)
    with database.write() as transaction:
        for _ in range(20):
            acts.comes_in(transaction)
    summed(database, layout)
    with database.write() as transaction:
        transaction.execute(text("UPDATE concern_sums SET answered = answered + 1 WHERE area = 'ml'"))
    compared = compare(database, layout, time.monotonic() + 60)
    assert 0 < len(compared.wrong) <= compared.days
    with database.write() as transaction:
        mark_changed(transaction, compared.wrong)
    assert summed(database, layout) == len(compared.wrong)
    assert compare(database, layout, time.monotonic() + 60).wrong == ()


def test_only_areas_that_are_summed_as_a_whole_are_read_from_sums(pack: Pack, layout: Layout) -> None:
    bamako = pack.communes_under("ml-bamako")
    committees = [committee for committee, areas in layout.of_committee.items() if "ml-bamako" in areas]
    assert layout.summed(Access(), None) == "ml"
    assert layout.summed(Access(bamako), committees) == "ml-bamako"
    assert layout.summed(Access(bamako[1:]), committees) is None
    assert layout.summed(Access(bamako), committees[1:]) is None
    assert layout.summed(Access(bamako, past=("misconduct",), past_seen=()), committees) is None
    assert layout.summed(Access(bamako[:1]), committees) is None
    assert layout.summed(Access((), past_seen=()), None) is None
    assert layout.summed(Access(committee="ml-bamako"), None) is None
