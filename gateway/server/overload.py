"""The last screen for USSD callers when too many come at once. It is made before Flask is entered.

A phone shows any other answer as a network error, so the screen has the provider's own form. It names the emergency
numbers, and asks to dial again.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from config.pack import Pack
from flows.emergency_numbers import first_numbers
from flows.screen import Screen, to_gsm
from gateway.providers.base import BadRequest, Form, Provider
from gateway.server.lanes import Answer, WebRequest, answer_of, busy
from gateway.webhooks.bodies import flat

_PATH = re.compile(r"/hooks/([^/]+)/([^/]+)/ussd(?:/(.*))?")
_NOTHING_TYPED = re.compile(rb"(?:^|&)text=(?:&|$)")


def is_ussd(path: str) -> bool:
    """Whether an address is the webhook of USSD requests."""
    return path.startswith("/hooks/") and _PATH.fullmatch(path) is not None


def goes_on(body: bytes) -> bool:
    """Whether a USSD request belongs to a session that has begun, as far as its raw body tells.

    A form in which nothing has been typed yet begins a session.
    """
    return _NOTHING_TYPED.search(body) is None


class BusyScreens:
    """Answers USSD requests that cannot be served now."""

    def __init__(self, token: str, providers: Mapping[str, Provider], pack: Pack) -> None:
        self._token, self._providers = token.encode(), providers
        language = pack.first_language
        text = language.say("busy", numbers=first_numbers(pack, language), code=pack.service_code)
        self._screen = Screen(to_gsm(text), ends=True)

    def __call__(self, request: WebRequest) -> Answer:
        """The last screen for a known provider; 503 for anybody else."""
        address = _PATH.fullmatch(request.path)
        if address is None or not hmac.compare_digest(address[1].encode(), self._token):
            return busy(request)
        if (provider := self._providers.get(address[2])) is None:
            return busy(request)
        shown = provider.show(self._screen, _fields(request.body, address[3] or ""))
        return answer_of(200, shown.body.encode(), shown.content_type)


def _fields(body: bytes, rest: str) -> Form:
    """The fields that some providers expect again in the answer; none if the body cannot be read."""
    try:
        fields = flat(body) if body.lstrip()[:1] == b"{" else dict(parse_qsl(body.decode("latin-1")))
    except (BadRequest, ValueError):
        fields = {}
    return fields | {"path": rest} if rest else fields
