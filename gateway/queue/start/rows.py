"""The rows of the start page: an urgent message as its reader may see it, with its age and who has seen it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import url_for

from flows.triage import Urgency
from gateway.queue.access import sees_area
from gateway.queue.dates import age, clock_time
from gateway.queue.labels import category_label
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.concerns.access import Access
from storage.concerns.taking_up import is_late
from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class UrgentRow:
    """One urgent message. `address` is empty if the reader may not open it; then `what` names no category."""

    reference: str
    address: str
    what: str
    where: str
    at: str
    age: str
    seen_by: str
    is_emergency: bool
    is_late: bool
    told_duty: bool
    """Whether a duty number was told that nobody has taken it up."""
    duty_missing: bool
    """Whether it was to be told and no duty number received it."""


def urgent_rows(
    here: Deployment, access: Access, concerns: Sequence[Concern], undelivered: Collection[int]
) -> list[UrgentRow]:
    """The rows that the reader may read, and rows without details for sensitive concerns before their committees.

    Late ones come first. `undelivered` are the ids of late concerns of which no duty number was told.
    """
    rows = [
        _row(here, concern, access.sees(concern), concern.id in undelivered)
        for concern in concerns
        if access.sees(concern) or _is_before_own_committee(here, concern)
    ]
    return sorted(rows, key=lambda row: not row.is_late)


def _is_before_own_committee(here: Deployment, concern: Concern) -> bool:
    committee = here.pack.committees.get(concern.committee or "")
    return committee is not None and sees_area(here.pack, committee.area)


def _row(here: Deployment, concern: Concern, may_read: bool, duty_missing: bool) -> UrgentRow:
    now, pack = here.now(), here.pack
    is_emergency = concern.danger or concern.urgency == Urgency.EMERGENCY
    commune = pack.areas[concern.commune].name if concern.commune else _("commune inconnue")
    names = [commune, concern.place if may_read else None]
    return UrgentRow(
        reference=concern.reference if may_read else "",
        address=url_for("queue.concern", reference=concern.reference) if may_read else "",
        what=_what(here, concern, is_emergency, may_read),
        where=", ".join(filter(None, names)),
        at=clock_time(here, concern.received_at),
        age=age(now - concern.received_at),
        seen_by=who_saw(concern.taken_up_by),
        is_emergency=is_emergency,
        is_late=is_late(concern, now),
        told_duty=concern.late_told_at is not None and not duty_missing,
        duty_missing=duty_missing,
    )


def _what(here: Deployment, concern: Concern, is_emergency: bool, may_read: bool) -> str:
    if not may_read:
        return _("1 urgence sensible") if is_emergency else _("1 message sensible, peut-être urgent")
    category = category_label(here.pack, concern.category, _("pas encore lu"))
    return category if is_emergency else _("%(category)s (peut-être urgent)", category=category)


def who_saw(actor: str | None) -> str:
    """Who first took a concern up, as the page shows it; empty if nobody has."""
    if not actor:
        return ""
    return actor if "@" in actor else _("un secrétaire")
