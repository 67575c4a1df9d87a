"""The registry of committees: loaded from the pack, kept by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.committees.meetings import read_rule
from flows.triage.spelling import key
from storage.enumerations import MeetingState
from storage.insert_once import insert_once
from storage.tables.committees import AgendaItem, Committee, Meeting, Secretary
from storage.tables.people import Contact

_OF_SECRETARY = (
    select(Committee)
    .join(Secretary, Secretary.committee == Committee.code)
    .where(Secretary.contact_id == bindparam("secretary"))
    .order_by(Committee.code)
)
_INSTALLED = select(Committee.code).where(Committee.installed)
_COMING = (
    select(Meeting)
    .where(
        Meeting.committee == bindparam("of"),
        Meeting.starts_at > bindparam("now"),
        Meeting.state == MeetingState.PLANNED,
    )
    .order_by(Meeting.starts_at)
    .limit(1)
)


class UnknownCommittee(LookupError):
    """A code or name that no committee has, or several have. The text says which of the two."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a pack changed in the registry."""

    added: int
    changed: int


def load_registry(transaction: Transaction, pack: Pack) -> Loaded:
    """Adds what the pack expects to the registry. It can be repeated, and keeps what people changed here."""
    here = {committee.code: committee for committee in transaction.scalars(select(Committee))}
    added = changed = 0
    for expected in pack.committees.values():
        committee = here.get(expected.code)
        if committee is None:
            transaction.add(
                Committee(
                    code=expected.code,
                    name=expected.name,
                    level=expected.level,
                    area=expected.area,
                    above=expected.above,
                    installed=expected.installed,
                    installed_on=expected.installed_on,
                )
            )
            added += 1
            continue
        before = (committee.name, committee.level, committee.area, committee.above, committee.installed)
        committee.name, committee.level, committee.area = expected.name, expected.level, expected.area
        committee.above = expected.above
        if expected.installed and not committee.installed and committee.closed_on is None:
            committee.installed, committee.installed_on = True, expected.installed_on
        after = (committee.name, committee.level, committee.area, committee.above, committee.installed)
        changed += before != after
    transaction.flush()
    return Loaded(added, changed)


def installed_codes(transaction: Transaction) -> set[str]:
    """The codes of all committees that are installed."""
    return set(transaction.scalars(_INSTALLED))


def find_committee(transaction: Transaction, pack: Pack, given: str) -> Committee:
    """The committee with this code, or with this area name. Raises `UnknownCommittee`."""
    if committee := transaction.get(Committee, given.strip().lower()):
        return committee
    codes = names_of_committees(pack).get(key(given), [])
    if len(codes) == 1 and (committee := transaction.get(Committee, codes[0])):
        return committee
    if codes:
        raise UnknownCommittee(f"`{given[:60]}` names several committees: say {' or '.join(sorted(codes)[:6])}")
    raise UnknownCommittee(f"no committee `{given[:60]}`: `gateway committees list` shows their codes")


def names_of_committees(pack: Pack) -> dict[str, list[str]]:
    """The codes of the committees by each name that people write, spelled as `key` does: of the area, its variants,
    and the committee's own."""
    codes: dict[str, list[str]] = {}
    for code, committee in pack.committees.items():
        area = pack.areas[committee.area]
        for name in {key(area.name), key(committee.name), *map(key, area.variants)}:
            codes.setdefault(name, []).append(code)
    return codes


def install_committee(
    transaction: Transaction, pack: Pack, committee: Committee, on: date, meets: str, now: datetime
) -> None:
    """Installs a committee; `storage.committees.competence.move_down` moves its items. Raises `MeetingRuleError`."""
    read_rule(meets)
    rule = committee.meets or pack.default_meeting
    committee.installed, committee.installed_on, committee.meets = True, on, meets
    committee.closed_on = None
    if meets != rule:
        plan_anew(transaction, pack, committee, now)
    transaction.flush()


def plan_anew(transaction: Transaction, pack: Pack, committee: Committee, now: datetime) -> None:
    """Applies a new rule to the planned meetings to come: deletes empty ones, moves the others to the rule's days.

    Meetings whose time somebody set by hand stay unchanged.
    """
    coming = [
        Meeting.committee == committee.code,
        Meeting.starts_at > now,
        Meeting.state == MeetingState.PLANNED,
        Meeting.set_by_hand.is_(False),
    ]
    stood_before = exists().where(or_(AgendaItem.meeting_id == Meeting.id, AgendaItem.treated_at_id == Meeting.id))
    transaction.execute(delete(Meeting).where(*coming, ~stood_before).execution_options(synchronize_session=False))
    transaction.flush()
    rule, moment = read_rule(committee.meets or pack.default_meeting), now
    moving = transaction.scalars(select(Meeting).where(*coming).order_by(Meeting.starts_at)).all()
    others = select(Meeting.starts_at).where(
        Meeting.committee == committee.code, Meeting.id.not_in([meeting.id for meeting in moving])
    )
    taken = set(transaction.scalars(others))
    for meeting in moving:
        moment = rule.next_after(moment, zone_of(pack, committee))
        while moment in taken:
            moment = rule.next_after(moment, zone_of(pack, committee))
        meeting.starts_at = moment


def add_secretary(transaction: Transaction, committee: Committee, contact: Contact, now: datetime) -> bool:
    """Makes a contact a secretary of a committee; returns false if it already was one."""
    known = select(Secretary).where(Secretary.committee == committee.code, Secretary.contact_id == contact.id)
    if transaction.scalars(known).first():
        return False
    transaction.add(Secretary(committee=committee.code, contact_id=contact.id, created_at=now))
    contact.menu_changed_at = now
    return True


def is_secretary(transaction: Transaction, committee: str, contact: Contact) -> bool:
    """Whether a contact is a secretary of this committee."""
    query = select(Secretary.id).where(Secretary.committee == committee, Secretary.contact_id == contact.id)
    return transaction.scalars(query).first() is not None


def secretaries_of(transaction: Transaction, committee: str) -> Sequence[Contact]:
    """The contacts of a committee's secretaries."""
    return transaction.scalars(
        select(Contact).join(Secretary, Secretary.contact_id == Contact.id).where(Secretary.committee == committee)
    ).all()


def secretaries_since(transaction: Transaction, committee: str) -> Sequence[tuple[Contact, datetime]]:
    """A committee's secretaries, each with the time since when, the longest-serving first."""
    query = select(Contact, Secretary.created_at).join(Secretary, Secretary.contact_id == Contact.id)
    rows = transaction.execute(query.where(Secretary.committee == committee).order_by(Secretary.id))
    return rows.all()


def count_secretaries(transaction: Transaction) -> dict[str, int]:
    """The number of secretaries by committee code: all installed committees, and others that have a secretary."""
    counted = (
        select(Committee.code, func.count(Secretary.id))
        .outerjoin(Secretary, Secretary.committee == Committee.code)
        .group_by(Committee.code, Committee.installed, Committee.name)
        .having(or_(Committee.installed, func.count(Secretary.id) > 0))
        .order_by(Committee.name)
    )
    return dict(transaction.execute(counted).all())


def committees_of(transaction: Transaction, contact: Contact) -> Sequence[Committee]:
    """The committees of which this person is a secretary, by code."""
    return transaction.scalars(_OF_SECRETARY, {"secretary": contact.id}).all()


def meeting_after(transaction: Transaction, pack: Pack, committee: Committee, meeting: Meeting) -> Meeting:
    """The committee's meeting after another meeting; makes a row for it if there is none."""
    return next_meeting(transaction, pack, committee, meeting.starts_at)


def planned_meeting(transaction: Transaction, committee: Committee, now: datetime) -> Meeting | None:
    """The committee's next planned meeting, or None if no meeting to come has a row yet."""
    return transaction.scalars(_COMING, {"of": committee.code, "now": now}).first()


def next_meeting_at(transaction: Transaction, pack: Pack, committee: Committee, now: datetime) -> datetime:
    """The time of the committee's next meeting: from its row, else from the rule. Writes nothing."""
    coming = select(Meeting.starts_at, Meeting.state).where(
        Meeting.committee == committee.code, Meeting.starts_at > now
    )
    rows = transaction.execute(coming).all()
    if planned := [starts_at for starts_at, state in rows if state is MeetingState.PLANNED]:
        return min(planned)
    rule, zone = read_rule(committee.meets or pack.default_meeting), zone_of(pack, committee)
    taken = {starts_at for starts_at, _ in rows}
    moment = rule.next_after(now, zone)
    while moment in taken:
        moment = rule.next_after(moment, zone)
    return moment


def next_meeting(transaction: Transaction, pack: Pack, committee: Committee, now: datetime) -> Meeting:
    """The committee's next meeting; its row is created if there is none.

    To only show the time of the meeting, use `next_meeting_at`.
    """
    planned = planned_meeting(transaction, committee, now)
    if planned is None:
        moment = next_meeting_at(transaction, pack, committee, now)
        # Two transactions may do this at once: only one of them inserts the row.
        insert_once(transaction, Meeting, committee=committee.code, starts_at=moment, state=MeetingState.PLANNED)
        planned = transaction.scalars(_COMING, {"of": committee.code, "now": now}).one()
    return planned


def zone_of(pack: Pack, committee: Committee) -> ZoneInfo:
    """The committee's own time zone, or the country's."""
    return ZoneInfo(committee.time_zone) if committee.time_zone else pack.time_zone
