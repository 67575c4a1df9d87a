"""What a secretary does by phone, through SMS or USSD. Each act is done and written to the audit, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.language import Language
from flows.committees.agenda import RankedItem
from flows.committees.digest import day
from flows.sms.secretary import read_day
from flows.triage import Urgency
from gateway.committees.agenda_items import lock_item, put_off, refer
from gateway.committees.concerns import ActRefused, close_item, to_agenda
from gateway.committees.meetings import move
from gateway.outbound.alerts import alert_if_emergency
from gateway.outbound.citizen_notifications import Goes
from gateway.outbound.state_wording import state_about
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import TREATED, record_item
from storage.committees.agendas import agenda
from storage.committees.committees import committees_of, next_meeting
from storage.committees.competence import move_up, standing_above
from storage.committees.meetings import MeetingRefused
from storage.committees.titles import Titles
from storage.concerns.concerns import by_reference, record
from storage.concerns.taking_up import take_up, take_up_item
from storage.enumerations import ConcernState, ItemState
from storage.refusals import Why
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern
from storage.tables.people import Contact

TAKES_UP = ("accept", "pass", "close")
"""Acts that count as taking up an emergency. Looking at it counts too; postponing it does not."""
MOST_ITEMS = 7
"""Agenda items shown on a phone at once: those that rank highest."""


@dataclass(frozen=True, slots=True)
class Acted:
    """The result of an act. `said` is the answer to the secretary; if `done` is false, nothing has changed."""

    said: str
    done: bool


@dataclass
class SecretaryActions:
    """The acts of one secretary, in one transaction."""

    deployment: Deployment
    transaction: Transaction
    contact: Contact
    language: Language
    channel: str

    def __post_init__(self) -> None:
        self.now = self.deployment.now()
        self.committees = {committee.code: committee for committee in committees_of(self.transaction, self.contact)}
        self.actor = f"secretary {self.contact.id}"

    def agenda(self) -> list[tuple[RankedItem, Committee]]:
        """The open items of all committees that this secretary serves, ranked within each committee."""
        return [
            (item, committee)
            for committee in self.committees.values()
            for item in agenda(self.transaction, committee.code, self.now)
        ]

    def shown_agenda(self) -> list[tuple[str, str, int, bool]]:
        """The first items as a phone shows them: reference, title, number of concerns, whether it is an emergency."""
        titles = Titles(self.deployment.vault, self.deployment.pack, self.language)
        return [
            (item.reference, titles.of(item, with_commune=False), item.count, item.urgency is Urgency.EMERGENCY)
            for item, _ in self.agenda()[:MOST_ITEMS]
        ]

    def item(self, reference: str) -> str | None:
        """Describes one item in a line; None if another committee has it, or if it does not exist."""
        concern = self.own_concern(reference)
        if concern is None:
            return None
        self._take_up(concern)
        item = next((ranked for ranked, _ in self.agenda() if ranked.reference == self._first(concern)), None)
        return self.language.say(
            "desk.item",
            reference=concern.reference,
            category=self.language.categories[concern.category or "other"],
            place=concern.place or (self.deployment.pack.areas[concern.commune].name if concern.commune else "?"),
            count=item.count if item else 1,
            state=self.language.state(concern.state, state_about(self.deployment, self.transaction, concern)),
        )

    def is_sensitive(self, reference: str) -> bool:
        """Whether the category of this secretary's concern is sensitive; false for any other reference."""
        concern = self.own_concern(reference)
        return bool(concern and self.deployment.pack.categories[concern.category or "other"].sensitive)

    def act(self, act: str, reference: str, about: str = "") -> Acted:
        """Does an act completely or not at all; the text says what was done, or why it was not."""
        concern = self.own_concern(reference)
        if concern is None:
            return Acted(self.language.say("desk.unknown"), False)
        acts = {"accept": self._accept, "postpone": self._postpone, "pass": self._pass, "close": self._close}
        try:
            with self.transaction.begin_nested():
                answer = acts[act](concern, about)
        except ActRefused as refused:
            why = "desk.bad_answer" if refused.is_about_the_answer else "desk.too_late"
            return Acted(self.language.say(why), False)
        if act in TAKES_UP:
            self._take_up(concern)
        write_line(self.transaction, self.now, self.actor, act, reference=concern.reference, channel=self.channel)
        return Acted(answer, True)

    def _take_up(self, concern: Concern) -> None:
        """Marks the whole item as taken up: a phone shows the item, not each of its messages."""
        if concern.item_id:
            take_up_item(self.transaction, concern.item_id, self.actor, self.now)
        else:
            take_up(self.transaction, concern, self.actor, self.now)

    def _accept(self, concern: Concern, _: str) -> str:
        to_agenda(self.deployment, self.transaction, concern, self.actor)
        return self.language.say("desk.accepted", reference=concern.reference, date=self._meeting_day(concern))

    def _postpone(self, concern: Concern, _: str) -> str:
        later = put_off(self.deployment, self.transaction, self._item_of(concern), self.actor)
        record(self.transaction, concern, self.now, self.actor, "postponed", committee=later.committee)
        return self.language.say("desk.postponed", reference=concern.reference, date=self._day(later.starts_at))

    def _pass(self, concern: Concern, to: str) -> str:
        item = self._item_of(concern)
        if item.state in TREATED:
            raise ActRefused(Why.TREATED_ALREADY)
        if to == self.deployment.pack.above:
            committee = self.transaction.get_one(Committee, item.committee)
            if committee.above is None:
                raise ActRefused(Why.NO_COMMITTEE_ABOVE)
            above = standing_above(self.transaction, committee).code
            for recommendation in move_up(self.transaction, self.deployment.pack, item, above, self.now):
                record(self.transaction, recommendation, self.now, self.actor, "passed_on", to=to)
                alert_if_emergency(self.deployment, self.transaction, recommendation)
            record_item(self.transaction, item, self.now, self.actor, "moved_up", to=above)
        else:
            refer(self.deployment, self.transaction, item, self.actor, to)
        return self.language.say("desk.passed", reference=concern.reference, to=self.language.services[to])

    def _close(self, concern: Concern, answer: str) -> str:
        item = self._item_of(concern)
        if item.state is ItemState.RECOMMENDED:
            raise ActRefused(Why.RECOMMENDATION_WAITS)
        promises = close_item(self.deployment, self.transaction, item, self.actor, answer)
        notified = [promise for promise in promises if promise.goes is not Goes.NEVER]
        if late := next((promise for promise in notified if promise.until), None):
            is_night = late.goes is Goes.WHEN_NIGHT_IS_OVER
            when = {"date": f"{late.until:%d/%m}", "hour": f"{late.until:%H:%M}"}
            key = "desk.closed.night" if is_night else "desk.closed.waits"
            return self.language.say(key, reference=concern.reference, **when)
        return self.language.say_count("desk.closed", len(notified), reference=concern.reference)

    def meet_on(self, typed: str) -> str | None:
        """Moves the next meeting of each committee to another day.

        None if `typed` is not a day in the future, or if a meeting cannot move to it.
        """
        zone = self.deployment.pack.time_zone
        moment = read_day(typed, self.now.astimezone(zone))
        if moment is None:
            return None
        for committee in self.committees.values():
            meeting = next_meeting(self.transaction, self.deployment.pack, committee, self.now)
            try:
                move(self.deployment, self.transaction, meeting, moment, self.contact.id)
            except MeetingRefused:
                return None
            write_line(
                self.transaction, self.now, self.actor, "meeting", committee=committee.code, channel=self.channel
            )
        return self.language.say("desk.meeting", date=day(moment.date()))

    def own_concern(self, reference: str) -> Concern | None:
        """Returns the concern of a reference, if one of this secretary's committees has it."""
        concern = by_reference(self.transaction, reference)
        return concern if concern and concern.committee in self.committees else None

    def _first(self, concern: Concern) -> str:
        """The reference under which the concern's item is shown."""
        if concern.item_id is None:
            return concern.reference
        first = select(Concern.reference).where(
            Concern.item_id == concern.item_id, Concern.state != ConcernState.CLOSED
        )
        return self.transaction.scalars(first.order_by(Concern.id)).first() or concern.reference

    def _item_of(self, concern: Concern) -> AgendaItem:
        """Returns the concern's item, locked. If two secretaries act at once, the second gets `ActRefused`."""
        if concern.item_id is None or concern.state is ConcernState.CLOSED:
            raise ActRefused(Why.TREATED_ALREADY)
        return lock_item(self.transaction, concern.item_id)

    def _meeting_day(self, concern: Concern) -> str:
        item = self.transaction.get(AgendaItem, concern.item_id) if concern.item_id else None
        return self._day(self.transaction.get_one(Meeting, item.meeting_id).starts_at) if item else ""

    def _day(self, moment: datetime) -> str:
        return day(moment.astimezone(self.deployment.pack.time_zone).date())
