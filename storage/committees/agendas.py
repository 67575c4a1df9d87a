"""Places concerns on agendas: concerns about one subject in one place are one item of the committee that hears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, text
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.committees.agenda import RankedItem, about_of, committee_for, item_kind, rank, score, subject_key
from flows.triage.category import Kind
from flows.triage.urgency import Urgency
from storage.committees.agenda_items import TREATED
from storage.committees.committees import next_meeting
from storage.committees.titles import subjects_by_item
from storage.enumerations import ItemState
from storage.insert_once import insert_once
from storage.tables.base import UtcDateTime
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import IS_OPEN, Concern

_OPEN_ITEM = select(AgendaItem).where(
    AgendaItem.committee == bindparam("at"), AgendaItem.subject_key == bindparam("subject"), AgendaItem.is_open
)
_TREATED_BEFORE = select(func.count()).where(
    AgendaItem.committee == bindparam("at"),
    AgendaItem.category == bindparam("category"),
    AgendaItem.commune == bindparam("commune"),
    AgendaItem.place.is_not_distinct_from(bindparam("place")),
    AgendaItem.kind == bindparam("kind"),
    AgendaItem.is_open.is_(False),
)


@dataclass
class AgendaPlacement:
    """Puts concerns on agendas within one transaction; keeps what it has looked up in memory."""

    transaction: Transaction
    pack: Pack
    now: datetime
    _committees: dict[str, Committee | None] = field(default_factory=dict)
    _meetings: dict[str, Meeting] = field(default_factory=dict)
    _items: dict[tuple[str, str], AgendaItem] = field(default_factory=dict)

    def place(self, concern: Concern) -> AgendaItem | None:
        """Puts a concern into the open item of its subject, which is created if there is none, and returns the item.

        While the commune or the category is unknown, the concern has no item, and this returns None.
        """
        if concern.commune is None or concern.category is None:
            concern.committee, concern.item_id = None, None
            return None
        return self.place_before(concern, self.committee(concern.commune, concern.category))

    def place_before(self, concern: Concern, committee: str) -> AgendaItem:
        """Puts a concern on the agenda of this committee. Its commune and category must be known."""
        item = self._item(committee, concern)
        concern.committee, concern.item_id = committee, item.id
        return item

    def committee(self, commune: str, category: str = "other") -> str:
        """The code of the committee that hears a category from a commune."""
        return committee_for(self.pack, commune, category, self._is_installed)

    def _is_installed(self, code: str) -> bool:
        if code not in self._committees:
            self._committees[code] = self.transaction.get(Committee, code)
        committee = self._committees[code]
        return committee is not None and committee.installed

    def _item(self, committee: str, concern: Concern) -> AgendaItem:
        subject = self._subject(concern)
        if item := self._items.get((committee, subject)):
            return item
        same = {"at": committee, "subject": subject}
        item = self.transaction.scalars(_OPEN_ITEM, same).first()
        if item is None:
            insert_once(self.transaction, AgendaItem, **self._new_item(committee, concern))
            item = self.transaction.scalars(_OPEN_ITEM, same).one()
        self._items[committee, subject] = item
        return item

    @staticmethod
    def _subject(concern: Concern) -> str:
        """The natural key of the concern's item before its committee."""
        kind = item_kind(concern.kind, concern.urgency)
        about = about_of(kind, concern.id, concern.subjects or "")
        return subject_key(concern.category or "", concern.commune or "", concern.place, kind, about)

    def _new_item(self, committee: str, concern: Concern) -> dict[str, Any]:
        """The columns of a new item for a concern."""
        about = {"category": concern.category or "", "commune": concern.commune or "", "place": concern.place}
        kind = item_kind(concern.kind, concern.urgency)
        return about | {
            "committee": committee,
            "meeting_id": self.meeting(committee).id,
            "kind": kind,
            "subject_key": self._subject(concern),
            "state": ItemState.PROPOSED,
            "created_at": self.now,
            "came_back": self._earlier(about | {"at": committee, "kind": kind}),
            "version": 1,
        }

    def _earlier(self, same: dict[str, Any]) -> int:
        """How many items of the same subject this committee has treated before; 0 for a question."""
        return 0 if same["kind"] == Kind.QUESTION else self.transaction.scalar(_TREATED_BEFORE, same) or 0

    def meeting(self, committee: str) -> Meeting:
        """The committee's next meeting; its row is created if there is none."""
        if committee not in self._meetings:
            holder = self.transaction.get_one(Committee, committee)
            self._meetings[committee] = next_meeting(self.transaction, self.pack, holder, self.now)
        return self._meetings[committee]


def agenda(
    transaction: Transaction, committee: str, now: datetime, period: tuple[datetime, datetime] | None = None
) -> list[RankedItem]:
    """The untreated items of a committee, ranked by score.

    Each item has the reference of its first open concern. With a `period` (from, until), only concerns of that time
    count, and `RankedItem.before` is the number of concerns in the time before it, of the same length.
    """
    is_open = text(f"concerns.{IS_OPEN}")
    counted: list[Any] = [Concern.committee == committee, is_open, AgendaItem.state.not_in(TREATED)]
    before: dict[int, int] = {}
    if period:
        counted += [Concern.received_at >= period[0], Concern.received_at < period[1]]
        before = _counts_before(transaction, committee, period)
    rows = transaction.execute(_with_counts(counted)).all()
    subjects = subjects_by_item(transaction, counted)
    urgencies = list(Urgency)
    return rank(
        [
            RankedItem(
                reference=reference,
                count=count,
                before=before.get(item.id, 0),
                urgency=urgencies[worst],
                newest=newest,
                oldest=oldest,
                score=score(urgencies[worst], count, (now - newest, now - oldest), item.came_back, item.score_set),
                subjects=subjects.get(item.id, ()),
                **{name: getattr(item, name) for name in AS_STORED},
            )
            for item, reference, count, worst, newest, oldest in rows
        ]
    )


def _with_counts(counted: Sequence[Any]) -> Select[Any]:
    """The items with concerns that fulfil the conditions `counted`, each with what its score needs of these.

    That is the reference of the first, their number, the worst urgency, and when the newest and the oldest came.
    """
    each = (
        select(
            AgendaItem.id.label("item"),
            func.min(Concern.id).label("first"),
            func.count(Concern.id).label("count"),
            func.min(Concern.urgency_rank).label("worst"),
            func.max(Concern.received_at, type_=UtcDateTime()).label("newest"),
            func.min(Concern.received_at, type_=UtcDateTime()).label("oldest"),
        )
        .join(Concern, Concern.item_id == AgendaItem.id)
        .where(*counted)
        .group_by(AgendaItem.id)
        .subquery()
    )
    return (
        select(AgendaItem, Concern.reference, each.c["count"], each.c.worst, each.c.newest, each.c.oldest)
        .join(each, each.c.item == AgendaItem.id)
        .join(Concern, Concern.id == each.c.first)
    )


def ranked(item: AgendaItem, concerns: Sequence[Concern], now: datetime) -> RankedItem | None:
    """One item with its score, from its open `concerns`; None if there are none, or if the item was treated."""
    if not concerns or item.state in TREATED:
        return None
    urgency = min((list(Urgency)[concern.urgency_rank] for concern in concerns), key=lambda each: each.rank)
    newest, oldest = (pick(concern.received_at for concern in concerns) for pick in (max, min))
    return RankedItem(
        reference=concerns[0].reference,
        count=len(concerns),
        before=0,
        urgency=urgency,
        newest=newest,
        oldest=oldest,
        score=score(urgency, len(concerns), (now - newest, now - oldest), item.came_back, item.score_set),
        **{name: getattr(item, name) for name in AS_STORED},
    )


AS_STORED = (
    "id", "category", "commune", "place", "kind", "state", "meeting_id", "title_sealed", "position", "off_meeting_id",
    "version",
)  # fmt: skip
"""Columns that a `RankedItem` takes from the item's row unchanged."""


def _counts_before(transaction: Transaction, committee: str, period: tuple[datetime, datetime]) -> dict[int, int]:
    """The number of concerns by item id in the time before a period, of the same length."""
    since, until = period
    rows = transaction.execute(
        select(Concern.item_id, func.count())
        .where(
            Concern.committee == committee,
            Concern.received_at >= since - (until - since),
            Concern.received_at < since,
        )
        .group_by(Concern.item_id)
    )
    return {item: count for item, count in rows if item}
