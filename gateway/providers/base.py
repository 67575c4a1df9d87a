"""The typed values that every provider's requests become, and the interface of a provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from config.money import Money
from flows.msisdn import Msisdn
from flows.screen import USSD_SEPTETS, Screen
from storage.enumerations import MessageState
from storage.sessions.filed import SessionKey

LONGEST_ID = 120
"""Characters of an id that a provider sends."""
LONGEST_TYPED = 3000
"""Characters of everything typed in a session so far."""


class BadRequest(ValueError):
    """A webhook that cannot be understood. The text names the field, never its content."""


class BadNumber(BadRequest):
    """The phone number itself cannot be read."""


class MeansNothing(Exception):
    """A readable report or event that will never mean anything to us: an unknown status word, an alphanumeric sender.

    It is answered 200, so that it is not sent again. The text names the field, never its content.
    """


class NotSent(Exception):
    """The provider certainly did not take the message; `again` says whether it makes sense to try later."""

    def __init__(self, reason: str, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class PerhapsSent(Exception):
    """Nobody knows whether the provider took the message: its answer did not come."""


@dataclass(frozen=True, slots=True)
class UssdRequest:
    """The input for one screen, in the same form for every provider.

    `typed` is everything entered in the session so far. If an aggregator sends only the newest entry, `typed_is_whole`
    is false, `begins` says whether the session begins with this request, and `number` is the request's number, if the
    aggregator counts requests or `echoes` the number of our last answer. `service_code` is None if it is not sent.
    `longest` is how many septets a screen holds.
    """

    provider: str
    session_id: str
    msisdn: Msisdn
    service_code: str | None
    typed: str
    typed_is_whole: bool = True
    begins: bool = False
    number: int | None = None
    echoes: bool = False
    longest: int = USSD_SEPTETS

    @property
    def key(self) -> SessionKey:
        """The session's key: provider, session id and number."""
        return SessionKey(self.provider, self.session_id, self.msisdn)


@dataclass(frozen=True, slots=True)
class SmsPart:
    """One part of a long SMS: `number` of `of`; all parts have the same `reference` of the sending phone.

    `octets` are its bytes if the provider sends bytes. They are decoded (`flows.octets`) after joining, because a
    letter can lie across two parts.
    """

    reference: str
    number: int
    of: int
    octets: bytes | None = None
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class InboundSms:
    """One SMS from a phone. `part` is None for a whole message, also for one that the provider has joined.

    `sent_at` is the time that the provider states; None if it states none, or not readably.
    """

    provider: str
    message_id: str
    sender: Msisdn
    text: str
    part: SmsPart | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one SMS. `message_id` is None if the report names the message only by its phone number."""

    provider: str
    message_id: str | None
    state: MessageState
    reason: str | None
    msisdn: Msisdn | None


@dataclass(frozen=True, slots=True)
class OptOut:
    """The notice that a person wants no more SMS."""

    provider: str
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken a message; `price` is None if it stated no readable price."""

    message_id: str
    price: Money | None = None


Form = Mapping[str, str]
"""What a provider sent, flat: the fields of its form, or those of its JSON by their path (`payload.response`)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The HTTP body that shows a screen on a phone, in the provider's own format."""

    body: str
    content_type: str = "text/plain; charset=utf-8"


CALLS_AT_ONCE = 48
"""Calls that usually wait for a provider at the same time. A provider that takes one message a call and answers after a
second gets 50 messages a second with it. The provider's rate is kept apart from it."""


class Provider(Protocol):
    """The interface of a provider. `country` (ISO 3166) is needed to read national numbers.

    Methods that read a form raise `BadRequest`.
    """

    name: str
    methods: frozenset[str]
    """The HTTP methods of its webhooks; with GET all fields are in the address."""
    reads_path: bool
    """Whether its addresses have more parts after the webhook's own."""
    rate: float | None
    """SMS that it takes in a second; None for no known limit."""
    calls_at_once: int
    """Calls that may wait for its answer at the same time."""
    gives_own_ids: bool
    """Whether a message has an id of ours, which is known before it is sent."""
    reads_bytes: bool
    """Whether its fields are bytes, one Latin-1 letter each, because it states their encoding itself."""
    gives_receipts: bool
    """Whether it reports that a phone has a message; an alert without such a report goes to the next person."""

    def read_ussd(self, form: Form, country: str) -> UssdRequest | None:
        """Reads one request; None for the notice that a session has ended, which needs no screen."""

    def show(self, screen: Screen, form: Form) -> Shown:
        """Returns a screen as the answer to the request that came as `form`."""

    def show_end(self, form: Form) -> Shown:
        """Returns the answer to the notice that a session has ended."""

    def read_sms(self, form: Form, country: str) -> Sequence[InboundSms]:
        """Reads the messages of one request; most providers send one."""

    def read_delivery(self, form: Form, country: str) -> Sequence[DeliveryReport]:
        """Reads the reports of one request. Raises `MeansNothing` if none of them means anything to us."""

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        """Reads an opt-out. Raises `MeansNothing` if the sender has no phone number."""

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """Sends one SMS; `own_id` is our id, for a provider that gives none. Raises `NotSent` or `PerhapsSent`."""


@runtime_checkable
class SendsToMany(Protocol):
    """A provider that takes one text for several numbers in one call."""

    most_recipients: int

    def send_many(self, to: Sequence[Msisdn], text: str) -> Sequence[Sent | NotSent | PerhapsSent]:
        """Returns the answer about each number, in the same order; no number may be in `to` twice.

        Raises `NotSent` or `PerhapsSent` if it applies to the whole call.
        """


def bare_code(code: str) -> str:
    """Returns a dialled code without the outer `*` and `#`, which some providers leave out: `*384*223#` → `384*223`.

    Further digits may come before or after the `#`: `*384*223*1#` and `*384*223#1#` are the same.
    """
    return code.strip().strip("*#").replace("#", "*")
