"""The effects of one inbound SMS, from a citizen or from a secretary."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from config.language import Language
from flows.emergency_numbers import first_numbers
from flows.sms.citizen import Meaning, SmsRequest, commune_answered, read_sms
from flows.sms.secretary import SecretaryRequest, read_command
from gateway.committees.one_concern.questions import asked_about, take_reply
from gateway.committees.status import committee_text, state_answer
from gateway.data_protection.subject_access import forget
from gateway.outbound.citizen_notifications import take_satisfaction
from gateway.outbound.muting import start, stop
from gateway.providers.base import InboundSms
from gateway.runtime.deployment import Deployment
from gateway.sms.commune_answers import commune_asked_about, take_commune
from gateway.sms.new_concerns import cleaned, new_concern, reasons_for_review
from gateway.sms.repeated_messages import is_repeated
from gateway.sms.secretary_commands import answer_command
from gateway.sms.unfinished_reports import send_draft
from storage.committees.committees import committees_of
from storage.concerns.concerns import insert_concern
from storage.concerns.unfinished_reports import asked_draft, drop_draft
from storage.enumerations import Answer, Priority
from storage.messages.outbound import OutboundSms, queue_message
from storage.people.contacts import count_report, reports_on
from storage.people.password_hashes import PinHashes
from storage.safety.erasure_codes import drop_code, is_confirmed, new_code
from storage.tables.concerns import Concern
from storage.tables.people import Contact


class InboundSmsHandler:
    """Serves one message of one person, in one transaction."""

    def __init__(
        self,
        deployment: Deployment,
        transaction: Transaction,
        contact: Contact,
        sms: InboundSms,
        now: datetime,
        hashes: PinHashes,
        flood: bool = False,
        incomplete: bool = False,
    ) -> None:
        self._hashes = hashes
        self._d, self._transaction, self._contact, self._now = deployment, transaction, contact, now
        self._sms, self._is_cut = cleaned(sms)
        self._flood, self._incomplete = flood, incomplete
        self.concern_id: int | None = None
        """The concern that the message became, if it did."""
        self.is_urgent = False
        """Whether a first look says that the message may be an emergency."""

    def serve(self) -> None:
        """Files the message, or does what it asks for, and queues the answer."""
        pack = self._d.pack
        if self._incomplete:
            self._concern(self._sms.text)
            return
        if committees_of(self._transaction, self._contact) and (command := read_command(self._sms.text, pack)):
            self._command(command)
            return
        request = read_sms(self._sms.text, pack, self._d.triage.places)
        if request.meaning is Meaning.CONCERN:
            self._concern(request.about, request.wants_silence)
            if request.beside:
                self._answer(request.beside)
        else:
            self._answer(request)

    def _command(self, command: SecretaryRequest) -> None:
        """Answers a secretary's command; a sentence that only begins like one is filed as a concern too."""
        if command.concern:
            self._concern(command.concern)
        answered = answer_command(
            self._d, self._transaction, self._contact, self._language, self._hashes, self._sms.sender, command
        )
        if answered is None:
            return
        kind = Answer.NOTHING_NEW if answered.says_nothing_new else None
        # STOP, which may be forged, ends digests and notices; a command is still answered.
        self._send(answered.text, kind, stop_counts=False, due_at=answered.due_at)

    def _answer(self, request: SmsRequest) -> None:
        """Does what a keyword asks for, and answers it."""
        match request.meaning:
            case Meaning.YES:
                self._yes()
            case Meaning.NO:
                self._no()
            case Meaning.CHOICE:
                self._choice(request.about)
            case Meaning.HELP:
                self._help("sms.help")
            case Meaning.STOP:
                has_role = stop(self._d, self._transaction, self._contact, "sms")
                key = "sms.stopped.role" if has_role else "sms.stopped"
                self._reply(key, Answer.NOTHING_NEW, stop_counts=False)
            case Meaning.START:
                start(self._d, self._transaction, self._contact, "sms")
                self._reply("sms.started", Answer.NOTHING_NEW)
            case Meaning.LANGUAGE:
                self._speak(request.about)
            case Meaning.FOLLOW:
                sender = self._sms.sender
                answer = state_answer(self._d, self._transaction, self._language, self._contact, sender, request.about)
                if answer:
                    self._send(answer.text, Answer.NOTHING_NEW, others_words=True, due_at=answer.due_at)
            case Meaning.FORGET:
                self._forget(request.about)
            case Meaning.COMMITTEE:
                text = committee_text(self._d, self._transaction, self._language, request.about)
                self._send(text, Answer.NOTHING_NEW)

    @property
    def _language(self) -> Language:
        return self._d.pack.language(self._contact.language)

    def _reply(self, key: str, kind: Answer = Answer.NEW, stop_counts: bool = True, **values: object) -> bool:
        return self._send(self._language.say(key, **values), kind, stop_counts)

    def _help(self, key: str) -> None:
        """Sends a text of help with the emergency numbers."""
        self._reply(key, Answer.NOTHING_NEW, numbers=first_numbers(self._d.pack, self._language))

    def _send(
        self,
        text: str,
        answer: Answer | None,
        stop_counts: bool = True,
        others_words: bool = False,
        due_at: datetime | None = None,
    ) -> bool:
        """Queues one answer to one message; returns whether it goes.

        Its key is made from the message's id, so that a repeated webhook does not send it twice.
        """
        event = "\0".join((self._sms.provider, self._sms.sender, self._sms.message_id))
        mark = self._d.vault.hash("reply", event).hex()[:32]
        sms = OutboundSms(
            f"reply:{mark}", self._contact, text, stop_counts=stop_counts, answer=answer, others_words=others_words,
            due_at=due_at, priority=Priority.ANSWER,
        )  # fmt: skip
        return queue_message(self._transaction, self._d.vault, self._d.pack, sms, self._now) is not None

    def _concern(self, text: str, wants_silence: bool = False) -> None:
        repeats = is_repeated(self._transaction, self._d.vault, self._sms, self._now)
        asked = commune_asked_about(self._transaction, self._contact, self._now)
        if asked and (answer := commune_answered(text, self._d.triage)):
            # The same words may answer another question that came since or was still open.
            take_commune(self._d, self._transaction, self._contact, asked, answer.spot, self._now)
            self._reply("sms.commune_known", reference=asked.reference, place=answer.spot.label)
            if not answer.says_more:
                return
        if repeats:
            return
        # Half a message, or a message of a flood, is never a reply.
        replies = not self._flood and not self._incomplete
        self._file(text, wants_silence, asked_about(self._transaction, self._contact, self._now) if replies else None)

    def _file(self, text: str, wants_silence: bool, asked: Concern | None) -> None:
        """Files a concern, or the reply to a question about one: triage reads both."""
        new = new_concern(self._d, self._sms, text, self._contact.id, self._contact.language)
        reasons = reasons_for_review(
            is_over=reports_on(self._contact, self._now.date()) >= self._d.pack.reports_per_day,
            flood=self._flood,
            is_cut=self._is_cut,
            incomplete=self._incomplete,
            wants_silence=wants_silence,
        )
        inserted = insert_concern(self._transaction, self._d.vault, new, self._now, reasons)
        if inserted is None:
            return
        count_report(self._contact, self._now.date())
        self.concern_id, self.is_urgent = inserted.id, new.is_read_first
        if asked:
            take_reply(self._contact, self._transaction.get_one(Concern, inserted.id), asked, self._now)

    def _forget(self, code: str) -> None:
        """Erases only with the code that was sent to the number: the sender of an SMS can be forged, the receiver not.

        After the erasure there is no number left to answer to, except if a role keeps it.
        """
        vault = self._d.vault
        if not code:
            new = new_code(self._transaction, vault, self._contact, self._now)
            if new and not self._reply("sms.forget_code", stop_counts=False, code=new):
                drop_code(self._transaction, self._contact)
        elif not is_confirmed(self._transaction, vault, self._contact, code, self._now):
            self._reply("sms.forget_wrong", Answer.NOTHING_NEW, code=self._d.pack.service_code)
        elif forget(self._d, self._transaction, self._contact, self._sms.sender).keeps_role:
            self._reply("sms.forgotten.role", stop_counts=False)

    def _yes(self) -> None:
        """The answer to "shall we send it as it is?"; without a question, or a second time, it gets a text of help."""
        concern = send_draft(self._d, self._transaction, self._contact)
        if concern:
            self._reply("sms.received", reference=concern.reference)
        elif not self._is_reply():
            self._help("sms.no_question")

    def _is_reply(self) -> bool:
        """Takes a bare "yes", "no" or digit as the reply to a colleague's question, if one is open."""
        asked = asked_about(self._transaction, self._contact, self._now)
        if asked:
            self._file(self._sms.text, False, asked)
        return asked is not None

    def _no(self) -> None:
        if asked_draft(self._transaction, self._d.vault, self._contact, self._now):
            drop_draft(self._transaction, self._contact)
            self._reply("sms.draft_dropped")
        elif not self._is_reply():
            self._help("sms.no_question")

    def _choice(self, digit: str) -> None:
        """The answer to "does the answer satisfy you?"."""
        if take_satisfaction(self._transaction, self._contact, digit, self._now):
            self._reply("sms.satisfied_thanks")
        elif not self._is_reply():
            self._help("sms.no_question")

    def _speak(self, code: str) -> None:
        if code in self._d.pack.languages:
            if self._contact.language is None:
                self._contact.menu_changed_at = self._now
            self._contact.language = code
            self._reply("sms.language", Answer.NOTHING_NEW)
        else:
            self._reply("sms.languages", Answer.NOTHING_NEW, languages=", ".join(self._d.pack.languages))
