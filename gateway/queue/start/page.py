"""The start page: urgent and untreated messages, reviews, replies, meetings, recommendations, SMS in trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.queue.access import may_read, seen_committees
from gateway.queue.blueprint import queue
from gateway.queue.login import signed_in
from gateway.queue.start.rows import UrgentRow, urgent_rows
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.committees.coming_meetings import ComingMeeting, coming_meetings
from storage.concerns.overview import (
    Counts,
    SmsTrouble,
    asked_longest,
    counts,
    recommendations_overdue,
    referrals_overdue,
    sms_trouble,
    urgent_and_untreated,
)
from storage.messages.alerts import late_and_undelivered
from storage.tables.committees import AgendaItem, Recommendation
from storage.tables.concerns import Concern

MOST_URGENT, MOST = 50, 6
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class StartPage:
    """What the page shows, limited to what its reader may see."""

    now: datetime
    urgent: list[UrgentRow]
    counts: Counts
    asked: Sequence[Concern]
    referrals: list[AgendaItem]
    meetings: list[ComingMeeting]
    recommendations: list[Recommendation]
    sms: SmsTrouble | None

    @property
    def late(self) -> int:
        """How many emergencies and possible emergencies nobody took up in time."""
        return sum(row.is_late for row in self.urgent)


@queue.get("/")
@signed_in
def start() -> AnyResponse | str:
    """The start page; for auditors the audit. It shows no text of a citizen, so refreshing it writes no audit."""
    if g.rights.audit:
        return redirect(url_for("queue.audit"))
    if request.args:  # an old link: the list had this address before
        return redirect(url_for("queue.listing", **dict[str, Any](request.args)))
    here = deployment()
    with here.database.read() as transaction:
        page = _gather(here, transaction)
    return render_template("queue/start.html", page=page)


def _gather(here: Deployment, transaction: Transaction) -> StartPage:
    now, committees = here.now(), seen_committees()
    held_since = now - timedelta(days=here.pack.recommendation_days)
    overdue = recommendations_overdue(transaction, committees, held_since, MOST)
    urgent = urgent_and_untreated(transaction, g.access, MOST_URGENT)
    undelivered = late_and_undelivered(transaction, [concern.id for concern in urgent if concern.late_told_at])
    return StartPage(
        now=now,
        urgent=urgent_rows(here, g.access, urgent, undelivered),
        counts=counts(transaction, g.access),
        asked=asked_longest(transaction, g.access, MOST),
        referrals=[item for item in referrals_overdue(transaction, committees, now, MOST) if may_read(item)],
        meetings=coming_meetings(transaction, here.pack, committees, now, now + WEEK)[:MOST],
        recommendations=[recommendation for recommendation, item in overdue if may_read(item)],
        sms=sms_trouble(transaction, g.access, committees, now) if g.rights.see_sensitive else None,
    )
