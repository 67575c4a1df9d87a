"""The demo's meetings, and the recommendations that climb from them to each level and come back down."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from config.pack import Pack
from gateway.committees.agenda_items import decide, discuss
from gateway.committees.meetings import record_meeting
from gateway.committees.recommendations import ACTS, lock_recommendation, recommend
from gateway.local.demo.history import ADMINISTRATOR, History, plan_end
from gateway.local.demo.texts import (
    ANSWERED,
    CARRIED_OUT,
    DECISIONS,
    DECLINED,
    HOSTS,
    PASSED_ON,
    RECOMMENDATIONS,
    Host,
)
from gateway.runtime.deployment import Deployment
from storage.committees.meetings import Attendance
from storage.enumerations import ItemState, MeetingState
from storage.tables.committees import AgendaItem, Committee, Meeting

RECOMMENDED, DISCUSSED = 0.2, 0.2
"""Shares of a committee's items: those that become a recommendation, and those discussed without a decision."""
WAYS: tuple[tuple[str, ...], ...] = (
    ("answer",), ("accept",), ("pass_on", "answer"), ("pass_on", "pass_on", "answer"), ("pass_on",),
    ("pass_on", "pass_on"), ("pass_on", "decline"), (),
)  # fmt: skip
"""The acts of the levels above, for one recommendation after the other. Without an act it waits at the first level."""


def host_of(pack: Pack, committee: Committee) -> Host:
    """Who chairs a committee of this level, and where it meets."""
    return HOSTS.get(next(level.of for level in pack.levels if level.id == committee.level), HOSTS["commune"])


def plan_meetings(history: History) -> None:
    """Looks each evening which committees of any level met that day, and at the end once more; records the meetings."""

    def record(then: Deployment) -> None:
        """Records the meetings that have begun since the last time."""
        met = select(Meeting.id).where(Meeting.state == MeetingState.PLANNED, Meeting.starts_at < then.now())
        with then.database.read() as transaction:
            meetings = transaction.scalars(met.order_by(Meeting.starts_at)).all()
        for meeting_id in meetings:
            _hold(history, then, meeting_id)

    def evening(then: Deployment) -> None:
        """Records the meetings of the day, and plans the next evening."""
        record(then)
        history.plan(then.now() + timedelta(days=1), evening)

    zone = history.deployment.pack.time_zone
    first = history.deployment.now().astimezone(zone).replace(hour=21, minute=30)
    history.plan(first, evening)
    history.plan(history.until - timedelta(seconds=1), record)


def _hold(history: History, then: Deployment, meeting_id: int) -> None:
    """The committee treats what stood on its agenda, and its secretary records the meeting."""
    with then.database.write() as transaction:
        meeting = transaction.get_one(Meeting, meeting_id)
        committee = transaction.get_one(Committee, meeting.committee)
        on_agenda = select(AgendaItem).where(
            AgendaItem.meeting_id == meeting.id, AgendaItem.state == ItemState.ON_AGENDA, AgendaItem.is_open
        )
        for item in transaction.scalars(on_agenda.order_by(AgendaItem.id)).all():
            share = history.chance.random()
            if committee.above and share < RECOMMENDED:
                text = RECOMMENDATIONS[history.recommended % len(RECOMMENDATIONS)]
                made = recommend(then, transaction, item, ADMINISTRATOR, text)
                _plan_way(history, then, made.number, WAYS[history.recommended % len(WAYS)])
                history.recommended += 1
            elif share < RECOMMENDED + DISCUSSED:
                discuss(then, transaction, item, ADMINISTRATOR)
            else:
                decide(then, transaction, item, ADMINISTRATOR, history.chance.choice(DECISIONS))
                plan_end(history, then, item.id, CARRIED_OUT)
        record_meeting(then, transaction, meeting, Attendance(host_of(then.pack, committee).present))


def _plan_way(history: History, then: Deployment, number: str, way: tuple[str, ...]) -> None:
    at = then.now()
    for act in way:
        at = history.morning(at, 8 + history.chance.randrange(8))
        text = {"answer": history.chance.choice(ANSWERED), "pass_on": PASSED_ON, "decline": DECLINED}.get(act, "")

        def do(then: Deployment, act: str = act, text: str = text) -> None:
            """Carries out one act of the levels above."""
            with then.database.write() as transaction:
                recommendation = lock_recommendation(transaction, number)
                if act == "pass_on" and transaction.get_one(Committee, recommendation.holder).above is None:
                    return  # a country with fewer levels
                ACTS[act](then, transaction, recommendation, ADMINISTRATOR, text)

        history.plan(at, do)
