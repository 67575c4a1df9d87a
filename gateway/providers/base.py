"""What every provider's requests become, and what a provider must be able to do."""

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
LONGEST_TYPED = 3000
"""Characters of what a session has typed so far."""


class BadRequest(ValueError):
    """A webhook that cannot be understood. The text names the field, never its content."""


class BadNumber(BadRequest):
    """The phone number itself cannot be read."""


class MeansNothing(Exception):
    """A readable report or event that will never mean anything to us: an unknown status word, an alphanumeric sender.

    It is answered 200, so that it is not sent again. The text names the field, never its content.
    """


class NotSent(Exception):
    """The provider surely did not take the message; `again` says whether trying later makes sense."""

    def __init__(self, reason: str, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class PerhapsSent(Exception):
    """Nobody knows whether the provider took the message: its answer did not come."""


@dataclass(frozen=True, slots=True)
class UssdRequest:
    """One screen's worth of input, as every provider's request becomes.

    `typed` is everything entered in the session so far; an aggregator that sends only the newest entry leaves
    `typed_is_whole` false, and says what cannot be told from the text: whether the session `begins` with this request,
    and the request's number where it counts them, or where it `echoes` the number that our last answer had.
    `service_code` is None where it is not told. `longest` is how many septets a screen holds there.
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
        return SessionKey(self.provider, self.session_id, self.msisdn)


@dataclass(frozen=True, slots=True)
class SmsPart:
    """Which part of a long SMS this is: `number` of `of`, all with one `reference` of the sending phone.

    `octets` are its bytes where they came as such, to be read as `flows.octets` does: a letter can lie across parts.
    """

    reference: str
    number: int
    of: int
    octets: bytes | None = None
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class InboundSms:
    """`part` is None for a whole message, also for one that the provider has put together.

    `sent_at` is when the provider says that it came; None where it does not, or not readably.
    """

    provider: str
    message_id: str
    sender: Msisdn
    text: str
    part: SmsPart | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """`message_id` is None where the report names the message by its number alone."""

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
    """What the provider answered; `price` is None when it said nothing that can be read."""

    message_id: str
    price: Money | None = None


Form = Mapping[str, str]
"""What a provider sent, flat: the fields of its form, or those of its JSON by their path (`payload.response`)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The body that shows a screen on a phone, in the provider's own form."""

    body: str
    content_type: str = "text/plain; charset=utf-8"


class Provider(Protocol):
    """`country` (ISO 3166) reads numbers in national form. Readers raise `BadRequest`."""

    name: str
    methods: frozenset[str]
    """How its webhooks come; with GET everything stands in the address."""
    reads_path: bool
    """Whether its addresses go on behind the webhook's own."""
    rate: float | None
    """SMS a second that it is known to take; None is no limit."""
    gives_own_ids: bool
    """Whether a message goes by an id of ours, which is then known before it is sent."""
    reads_bytes: bool
    """Whether its fields are bytes, one Latin-1 letter each, since it says itself how they are to be read."""
    gives_receipts: bool
    """Whether a phone that has a message is reported; an alert without such a report goes to the next person."""

    def read_ussd(self, form: Form, country: str) -> UssdRequest | None:
        """None is the notice of a session's end: nothing follows from it, and no screen is seen."""

    def show(self, screen: Screen, form: Form) -> Shown:
        """A screen as the answer to the request that came as `form`."""

    def show_end(self, form: Form) -> Shown:
        """The answer to the notice of a session's end."""

    def read_sms(self, form: Form, country: str) -> Sequence[InboundSms]:
        """The messages of one request; most providers send one."""

    def read_delivery(self, form: Form, country: str) -> Sequence[DeliveryReport]:
        """The reports of one request. Raises `MeansNothing` for those that say nothing to us."""

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        """Raises `MeansNothing` for a sender that has no number."""

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """`own_id` is ours, for a provider that gives none. Raises `NotSent` or `PerhapsSent`."""


@runtime_checkable
class SendsToMany(Protocol):
    """A provider that takes one text for several numbers in one call."""

    most_recipients: int

    def send_many(self, to: Sequence[Msisdn], text: str) -> Sequence[Sent | NotSent | PerhapsSent]:
        """The answer about each number, in their order; no number stands in `to` twice.

        Raises `NotSent` or `PerhapsSent` where one holds for the whole call.
        """


def bare_code(code: str) -> str:
    """A dialled code without its frame, which some providers leave out: `*384*223#` → `384*223`.

    Digits behind the code stand inside its frame or behind it: `*384*223*1#` and `*384*223#1#` are the same.
    """
    return code.strip().strip("*#").replace("#", "*")
