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
    UssdHop,
    needed,
    number_in,
    text_in,
)
from storage.models import MessageState

NAME = "kannel"
TIMEOUT = (3.05, 9.05)
"""Seconds to connect and to wait for the answer."""
ALL_REPORTS = 31
CHARSETS = frozenset({"UTF-8", "UTF-16BE", "ISO-8859-1", "WINDOWS-1252"})
"""What %C names: how the bytes of %b are to be read."""

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
    calls_by_get = True
    gives_own_ids = True

    def __init__(self, url: str, username: str, password: str, reports_to: str) -> None:
        self._url = f"{url.rstrip('/')}/cgi-bin/sendsms"
        self._login = {"username": username, "password": password}
        self._reports_to = reports_to
        self._http = requests.Session()

    def read_hop(self, form: Form, country: str) -> UssdHop:
        raise BadRequest("kannel carries no USSD here")

    def show(self, screen: Screen) -> str:
        return screen.text

    def read_sms(self, form: Form, country: str) -> IncomingSms:
        charset = form.get("charset", "UTF-8").upper()
        if charset not in CHARSETS:
            raise BadRequest("charset is none of " + ", ".join(sorted(CHARSETS)))
        text = text_in(form, "text").encode("latin-1", "replace").decode(charset, "replace")
        return IncomingSms(self.name, needed(form, "id"), number_in(form, "from", country), text)

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
        except requests.ConnectionError as error:
            # A connection that was refused has carried nothing; one that broke may have.
            if isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error):
                raise NotSent("provider not reached", again=True) from None
            raise PerhapsSent from None
        except requests.RequestException:
            raise PerhapsSent from None
        if answer.status_code == 202:
            return Sent(own_id)
        if answer.status_code >= 500:
            raise NotSent("smsbox is not ready", again=True)
        # 403 is a wrong login, which a person can mend: the message must not be lost meanwhile.
        raise NotSent(f"refused by smsbox ({answer.status_code})", again=answer.status_code == 403)
