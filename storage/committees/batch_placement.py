"""Places many concerns on agendas at once, with a few statements for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from storage.committees.agendas import AgendaPlacement
from storage.connection import connection_of
from storage.enumerations import MeetingState
from storage.insert_once import insert_many_once
from storage.tables.committees import AgendaItem, Meeting
from storage.tables.concerns import Concern

_ROWS = AgendaItem.__table__
_ITEMS = select(_ROWS.c.committee, _ROWS.c.subject_key, _ROWS.c.id).where(
    _ROWS.c.committee.in_(bindparam("committees", expanding=True)),
    _ROWS.c.subject_key.in_(bindparam("subjects", expanding=True)),
    _ROWS.c.is_open,
)
_MEETINGS = (
    select(Meeting)
    .where(
        Meeting.committee.in_(bindparam("committees", expanding=True)),
        Meeting.starts_at > bindparam("now"),
        Meeting.state == MeetingState.PLANNED,
    )
    .order_by(Meeting.starts_at.desc())
)


@dataclass
class BatchPlacement(AgendaPlacement):
    """An `AgendaPlacement` that looks up, or creates, the items of many concerns together.

    `installed` are the codes of all committees that are installed.
    """

    installed: Set[str] = frozenset()
    _ids: dict[tuple[str, str], int] = field(default_factory=dict)
    """The open items that are known, by committee and subject."""

    def place_all(self, concerns: Sequence[Concern]) -> None:
        """Puts each concern into its open item, as `place` does."""
        keys = {concern.id: self._key(concern) for concern in concerns}
        self._look_up([key for key in keys.values() if key and key not in self._ids])
        missing = {key: concern for concern in concerns if (key := keys[concern.id]) and key not in self._ids}
        if missing:
            self._look_up_meetings({committee for committee, _ in missing})
            rows = [self._new_item(committee, concern) for (committee, _), concern in missing.items()]
            insert_many_once(self.transaction, AgendaItem, rows)
            self._look_up(list(missing))
        for concern in concerns:
            if key := keys[concern.id]:
                concern.committee, concern.item_id = key[0], self._ids[key]
            else:
                concern.committee, concern.item_id = None, None

    def _key(self, concern: Concern) -> tuple[str, str] | None:
        """The committee and the subject of a concern, or None as long as it cannot be placed."""
        if concern.commune is None or concern.category is None:
            return None
        return self.committee(concern.commune, concern.category), self._subject(concern)

    def _look_up(self, keys: Sequence[tuple[str, str]]) -> None:
        """Keeps the ids of the open items of these committees and subjects in memory."""
        if not keys:
            return
        committees, subjects = ({key[at] for key in keys} for at in (0, 1))
        about = {"committees": committees, "subjects": subjects}
        for committee, subject, id in connection_of(self.transaction).execute(_ITEMS, about):
            self._ids[committee, subject] = id

    def _is_installed(self, code: str) -> bool:
        return code in self.installed

    def _look_up_meetings(self, committees: Iterable[str]) -> None:
        """Looks up the next meetings of these committees that are not in memory."""
        unknown = [committee for committee in committees if committee not in self._meetings]
        for meeting in self.transaction.scalars(_MEETINGS, {"committees": unknown, "now": self.now}):
            self._meetings[meeting.committee] = meeting  # the soonest comes last
