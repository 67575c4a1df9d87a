"""Kannel: an operator's SMSC through bearerbox and smsbox. SMS both ways and delivery reports, no USSD.

What smsbox is to be told stands in docs/providers.md.
"""

from __future__ import annotations

from urllib.parse import urlencode

import requests

from flows.msisdn import Msisdn
from flows.screen import Screen, septets
from gateway.providers.base import (
    BadRequest,
    DeliveryReport,
    Form,
    IncomingSms,
    NotSent,
    OptOut,
    PerhapsSent,
    Sent,
    Shown,
    SmsPart,
    UssdHop,
    may_have_arrived,
    needed,
    number_in,
    text_in,
)
from storage.states import MessageState

NAME = "kannel"
TIMEOUT = (3.05, 9.05)
"""Seconds to connect and to wait for the answer."""
ALL_REPORTS = 31
CHARSETS = frozenset({"UTF-8", "UTF-16BE", "ISO-8859-1", "WINDOWS-1252", "8-BIT"})
"""What %C names: how the bytes of %b are to be read. `8-BIT` says nothing of it."""

DELIVERY = {
    "1": MessageState.DELIVERED,
    "2": MessageState.FAILED,
    "4": MessageState.SENT,
    "8": MessageState.SENT,
    "16": MessageState.FAILED,
}


class Kannel:
    """The adapter; `url` is smsbox's, `reports_to` the address of our delivery webhook as smsbox reaches it."""

    name = NAME
    methods = frozenset({"GET", "POST"})
    reads_path = False
    rate: float | None = None
    gives_own_ids = True

    def __init__(self, url: str, username: str, password: str, reports_to: str) -> None:
        self._url = f"{url.rstrip('/')}/cgi-bin/sendsms"
        self._login = {"username": username, "password": password}
        self._reports_to = reports_to
        self._http = requests.Session()

    def read_hop(self, form: Form, country: str) -> UssdHop:
        raise BadRequest("kannel carries no USSD here")

    def show(self, screen: Screen, form: Form) -> Shown:
        return Shown(screen.text)

    def read_sms(self, form: Form, country: str) -> IncomingSms:
        charset = form.get("charset", "UTF-8").upper()
        if charset not in CHARSETS:
            raise BadRequest("charset is none of " + ", ".join(sorted(CHARSETS)))
        text = _decoded(text_in(form, "text").encode("latin-1", "replace"), charset)
        sender = number_in(form, "from", country)
        return IncomingSms(self.name, needed(form, "id"), sender, text, _part(form.get("udh", "")))

    def read_delivery(self, form: Form, country: str) -> DeliveryReport:
        status = needed(form, "status")
        if status not in DELIVERY:
            raise BadRequest("status is none of " + ", ".join(DELIVERY))
        state = DELIVERY[status]
        reason = {"2": "not delivered", "16": "refused by the SMSC"}.get(status)
        return DeliveryReport(self.name, needed(form, "id"), state, reason, None)

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        return OptOut(self.name, number_in(form, "from", country))

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """Kannel's answer has no id: ours goes into the address of the reports."""
        asked = self._login | {
            "to": to,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if septets(text) is not None else "2",
            "dlr-mask": str(ALL_REPORTS),
            # smsbox puts the report's kind in the place of %d, so that escape alone must stay as it is.
            "dlr-url": f"{self._reports_to}?{urlencode({'id': own_id})}&status=%d",
        }
        try:
            answer = self._http.get(self._url, params=asked, timeout=TIMEOUT)
        except requests.RequestException as error:
            if may_have_arrived(error):
                raise PerhapsSent from None
            raise NotSent("provider not reached", again=True) from None
        if answer.status_code == 202:
            return Sent(own_id)
        if answer.status_code >= 500:
            raise NotSent("smsbox is not ready", again=True)
        # 403 is a wrong login, which a person can mend: the message must not be lost meanwhile.
        raise NotSent(f"refused by smsbox ({answer.status_code})", again=answer.status_code == 403)


def _decoded(octets: bytes, charset: str) -> str:
    if charset != "8-BIT":
        return octets.decode(charset, "replace")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _part(header: str) -> SmsPart | None:
    """The part that a user data header (its bytes, one letter each) tells of; 3GPP TS 23.040, elements 00 and 08.

    bearerbox puts parts together itself, unless it is one of several and they come in by different ones.
    """
    octets = header.encode("latin-1", "replace")
    at = 1
    while at + 1 < len(octets):
        kind, length = octets[at], octets[at + 1]
        body = octets[at + 2 : at + 2 + length]
        if (kind, length) in ((0x00, 3), (0x08, 4)) and len(body) == length:
            *reference, of, number = body
            return SmsPart(bytes(reference).hex(), number, of) if 1 <= number <= of and of > 1 else None
        at += 2 + length
    return None
