"""Answers a secretary's SMS commands. Reading and acting both need the PIN, sent within the last half hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from config.language import Language
from flows.committees.digest import Period, digest
from flows.msisdn import Msisdn
from flows.outbound_contents import masked
from flows.screen import shorten
from flows.sms.secretary import Command, SecretaryRequest, is_invitation
from gateway.committees.secretary import SecretaryActions
from gateway.runtime.deployment import Deployment
from storage.committees.agendas import agenda
from storage.committees.committees import next_meeting_at
from storage.committees.titles import with_titles
from storage.concerns.concerns import TEXT
from storage.people.password_hashes import PinHashes
from storage.people.secretary_pins import PinAnswer, change_pin_by_sms, check_pin_by_sms, choose_invited_pin, may_act
from storage.safety.audit import write_line
from storage.safety.wrong_references import SLOWED, are_rising, note_wrong
from storage.tables.people import Contact

TEXT_SHOWN = 250
"""Septets of a citizen's words that VOIR shows; sensitive ones are never shown by SMS."""


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """The one SMS that answers a command; `says_nothing_new` is true if it only explains the right form.

    `due_at` None means now.
    """

    text: str
    says_nothing_new: bool = False
    due_at: datetime | None = None


def answer_command(
    deployment: Deployment,
    transaction: Transaction,
    contact: Contact,
    language: Language,
    hashes: PinHashes,
    sender: Msisdn,
    request: SecretaryRequest,
) -> CommandAnswer | None:
    """Does a command and answers what was done, the right form of the command, or that the PIN comes first.

    None if the number has tried too many references. Raises `HashNeeded` for a PIN that has not been hashed yet.
    """
    now = deployment.now()
    if not request.right:
        return CommandAnswer(language.say(f"command.form.{request.command}"), says_nothing_new=True)
    if request.command is Command.PIN:
        answer = _pin(deployment, transaction, contact, hashes, request.about.split())
        is_open = answer in (PinAnswer.RIGHT, PinAnswer.CHOSEN)
        text = language.say(f"command.pin_{answer}", code=deployment.pack.service_code)
        return CommandAnswer(text, says_nothing_new=not is_open)
    if not may_act(transaction, contact, now):
        return CommandAnswer(language.say("command.pin_first"), says_nothing_new=True)
    desk = SecretaryActions(deployment, transaction, contact, language, "sms")
    done = _carry_out(desk, request)
    if done is not None:
        return CommandAnswer(done)
    if request.command is Command.MEETING:
        return CommandAnswer(language.say("command.form.meeting"), says_nothing_new=True)
    # Wrong references of a secretary are counted like those of a citizen.
    if note_wrong(transaction, deployment.vault, sender, request.reference, now):
        return None
    due_at = now + SLOWED if are_rising(transaction, now) else None
    return CommandAnswer(language.say("desk.unknown"), says_nothing_new=True, due_at=due_at)


def _carry_out(desk: SecretaryActions, request: SecretaryRequest) -> str | None:
    """Does a command that needs the PIN; None if the reference is unknown, or the day is not in the future."""
    match request.command:
        case Command.AGENDA:
            return "\n".join(_agenda(desk, code) for code in desk.committees)
        case Command.MEETING:
            return desk.meet_on(request.about)
        case Command.VIEW:
            return _view(desk, request.reference)
        case _ if desk.own_concern(request.reference) is None:
            return None
        case _:
            return desk.act(request.command, request.reference, request.about).said


def _pin(
    deployment: Deployment, transaction: Transaction, contact: Contact, hashes: PinHashes, pins: list[str]
) -> PinAnswer:
    """`PIN 1234` checks it, `PIN 1234 5678` changes it, an invitation code chooses one. No PIN is repeated."""
    now = deployment.now()
    match pins:
        case [pin]:
            answer = check_pin_by_sms(transaction, contact, hashes, pin, now)
        case [invitation, pin] if is_invitation(invitation):
            answer = choose_invited_pin(transaction, deployment.vault, contact, hashes, invitation, pin, now)
        case [old, new]:
            answer = change_pin_by_sms(transaction, contact, hashes, old, new, now)
        case _:
            return PinAnswer.WRONG
    write_line(transaction, now, f"secretary {contact.id}", f"pin_{answer}", channel="sms")
    return answer


def _agenda(desk: SecretaryActions, code: str) -> str:
    """All open items in the form of a digest: the most important first, at most three SMS parts."""
    pack, committee = desk.deployment.pack, desk.committees[code]
    items = with_titles(desk.deployment.vault, agenda(desk.transaction, code, desk.now))
    zone = pack.time_zone
    meeting = next_meeting_at(desk.transaction, pack, committee, desk.now).astimezone(zone).date()
    since = min((item.newest for item in items), default=desk.now).astimezone(zone).date()
    write_line(desk.transaction, desk.now, desk.actor, "agenda", committee=code, channel=desk.channel)
    return digest(committee.name, items, Period(since, desk.now.astimezone(zone).date(), meeting), pack, desk.language)


def _view(desk: SecretaryActions, reference: str) -> str | None:
    item, concern = desk.item(reference), desk.own_concern(reference)
    if item is None or concern is None:
        return None
    write_line(desk.transaction, desk.now, desk.actor, "view", reference=reference, channel=desk.channel)
    text = ""
    if not desk.is_sensitive(reference):
        opened = desk.deployment.vault.readable(TEXT, concern.text_sealed)
        text = shorten(masked(" ".join(opened.split()), desk.deployment.pack), TEXT_SHOWN)
    return desk.language.say("command.view", item=item, text=text)
