"""Kannel: an operator's SMSC through bearerbox and smsbox. SMS both ways and delivery reports, no USSD.

docs/providers.md has the configuration of smsbox.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import requests

from flows.msisdn import Msisdn
from flows.octets import UTF16, decoded
from flows.screen import Screen, septets
from gateway.providers.base import (
    CALLS_AT_ONCE,
    BadRequest,
    DeliveryReport,
    Form,
    InboundSms,
    NotSent,
    OptOut,
    PerhapsSent,
    Sent,
    Shown,
    SmsPart,
    UssdRequest,
)
from gateway.providers.connections import Connections
from gateway.providers.failures import SAYS_NOTHING, failure
from gateway.providers.fields import needed, number_in, number_of_event, state_in
from gateway.providers.wrapping import unwrapped
from storage.enumerations import MessageState

NAME = "kannel"
TIMEOUT = (3.05, 9.05)
"""Seconds to connect and to wait for the answer."""
ALL_REPORTS = 31
TWO_BYTES = frozenset({"utf16", "utf16be", "ucs2"})
WESTERN = {"iso885915": "iso8859-15", "latin9": "iso8859-15"}
"""Charset names that Kannel sends as %C, without punctuation, and how to decode the bytes of %b. Bytes in any other
charset are read as UTF-8, or else as Windows-1252."""
UCS2 = "2"
"""The value of %c for a message with two bytes a letter."""

DELIVERY = {
    "1": MessageState.DELIVERED,
    "2": MessageState.FAILED,
    "4": MessageState.SENT,
    "8": MessageState.SENT,
    "16": MessageState.FAILED,
}


class Kannel:
    """The adapter. `url` is that of smsbox; `reports_to` is our delivery webhook's address as smsbox reaches it."""

    name = NAME
    methods = frozenset({"GET", "POST"})
    reads_path = False
    rate: float | None = None
    calls_at_once = CALLS_AT_ONCE
    gives_own_ids = True
    reads_bytes = True
    gives_receipts = True

    def __init__(self, url: str, username: str, password: str, reports_to: str) -> None:
        self._url = f"{url.rstrip('/')}/cgi-bin/sendsms"
        self._login = {"username": username, "password": password}
        self._reports_to = reports_to
        self._http = Connections()

    def read_ussd(self, form: Form, country: str) -> UssdRequest:
        """Raises `BadRequest`: Kannel carries no USSD here."""
        raise BadRequest("kannel carries no USSD here")

    def show(self, screen: Screen, form: Form) -> Shown:
        """Returns the text alone; used only to answer a misdirected USSD request."""
        return Shown(screen.text)

    def show_end(self, form: Form) -> Shown:
        """Returns an empty body."""
        return Shown("")

    def read_sms(self, form: Form, country: str) -> list[InboundSms]:
        """Reads `id`, `from` and `text` (bytes), with `charset`, `coding` and `udh` if they are there."""
        if "text" not in form:
            raise BadRequest("text is missing")
        octets = form["text"].encode("latin-1", "replace")
        codec = _codec(octets, form.get("charset", ""), form.get("coding", "").strip())
        part = _part(form.get("udh", ""))
        if part:
            part = replace(part, octets=octets, charset=codec)
        sender = number_in(form, "from", country)
        return [InboundSms(self.name, needed(form, "id"), sender, unwrapped(decoded(octets, codec)), part)]

    def read_delivery(self, form: Form, country: str) -> list[DeliveryReport]:
        """Reads `id` and `status`, the two that our `dlr-url` carries."""
        id, state = needed(form, "id"), state_in(form, "status", DELIVERY)
        reason = {"2": "not delivered", "16": "refused by the SMSC"}.get(form["status"].strip())
        return [DeliveryReport(self.name, id, state, reason, None)]

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        """Reads `from`."""
        return OptOut(self.name, number_of_event(form, "from", country))

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """Sends one SMS. Kannel's answer has no id, so ours is in the address for delivery reports.

        Raises `NotSent` or `PerhapsSent`.
        """
        asked = self._login | {
            "to": to,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if septets(text) is not None else "2",
            "dlr-mask": str(ALL_REPORTS),
            # smsbox replaces %d by the kind of the report, so `%d` must not be URL-encoded.
            "dlr-url": f"{self._reports_to}?{urlencode({'id': own_id})}&status=%d",
        }
        try:
            answer = self._http.request("GET", self._url, params=asked, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise failure(error) from None
        if 200 <= answer.status_code < 300:
            return Sent(own_id)
        if answer.status_code in SAYS_NOTHING:
            raise PerhapsSent
        if answer.status_code >= 500:
            raise NotSent("smsbox is not ready", again=True)
        # 403 is a wrong login, which a person can correct: the message must not be lost meanwhile.
        raise NotSent(f"refused by smsbox ({answer.status_code})", again=answer.status_code == 403)


def _codec(octets: bytes, charset: str, coding: str) -> str:
    """How to decode the bytes. An unknown charset name, which smsbox takes from the operator, must lose no message."""
    name = re.sub(r"[^a-z0-9]", "", charset.lower())
    if (name in TWO_BYTES or (not name and coding == UCS2)) and _are_two_byte_letters(octets, coding):
        return UTF16
    return WESTERN.get(name, "windows-1252")


def _are_two_byte_letters(octets: bytes, coding: str) -> bool:
    """Whether the bytes really are two-byte letters: most then have a byte below 9, which other texts do not have."""
    return len(octets) % 2 == 0 and (coding == UCS2 or any(octet < 9 for octet in octets))


def _part(header: str) -> SmsPart | None:
    """Reads the part from a user data header (bytes, one letter each): 3GPP TS 23.040, elements 00 and 08.

    bearerbox joins parts itself, unless there are several and the parts arrive at different ones.
    """
    octets = _header_octets(header)
    at = 1
    while at + 1 < len(octets):
        kind, length = octets[at], octets[at + 1]
        body = octets[at + 2 : at + 2 + length]
        if (kind, length) in ((0x00, 3), (0x08, 4)) and len(body) == length:
            *reference, of, number = body
            return SmsPart(bytes(reference).hex(), number, of) if 1 <= number <= of and of > 1 else None
        at += 2 + length
    return None


def _header_octets(header: str) -> bytes:
    """Some versions of smsbox write the bytes of %u in hex digits; the first byte is how many follow."""
    octets = header.encode("latin-1", "replace")
    try:
        decoded = bytes.fromhex(header)
    except ValueError:
        return octets
    return decoded if decoded and decoded[0] == len(decoded) - 1 else octets
