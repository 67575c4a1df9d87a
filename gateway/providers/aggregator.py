"""Any JSON aggregator that a mapping file describes (`config.aggregators`): its USSD requests and inbound SMS.

Outbound SMS go through the providers in SMS_PROVIDER.
"""

from __future__ import annotations

import json
import re
from typing import Any

from config.aggregators import Mapping, Sms, Ussd
from flows.msisdn import Msisdn
from flows.screen import USSD_SEPTETS, Screen
from gateway.providers.base import (
    CALLS_AT_ONCE,
    LONGEST_TYPED,
    BadRequest,
    DeliveryReport,
    Form,
    InboundSms,
    NotSent,
    OptOut,
    Sent,
    Shown,
    SmsPart,
    UssdRequest,
)
from gateway.providers.fields import needed, number_in, text_in
from gateway.providers.wrapping import unwrapped

MOST_PARTS = 255
LARGEST_COUNT = 2**31 - 1
_HELD = re.compile(r"\{(text|session|number|field:[^{}]+)\}")


class Aggregator:
    """The adapter for one mapping file."""

    methods = frozenset({"POST", "PUT"})
    rate: float | None = None
    calls_at_once = CALLS_AT_ONCE
    gives_own_ids = False
    reads_bytes = False
    gives_receipts = False

    def __init__(self, mapping: Mapping) -> None:
        self.name = mapping.name
        self.reads_path = mapping.ussd is not None and mapping.ussd.path is not None
        self._mapping = mapping

    def read_ussd(self, form: Form, country: str) -> UssdRequest | None:
        """Reads the fields that the mapping names; None if the request's kind is an end of session."""
        ussd = self._ussd()
        form = _with_path(form, ussd)
        kind = needed(form, ussd.kind.field).lower() if ussd.kind else ""
        if ussd.kind is not None and kind in map(str.lower, ussd.kind.ends):
            return None
        begins = ussd.kind is not None and kind in map(str.lower, ussd.kind.begins)
        typed = unwrapped(form.get(ussd.typed, ""))[:LONGEST_TYPED]
        code = form.get(ussd.code) if ussd.code else None
        if begins and ussd.code_is_typed_first:
            code, typed = typed, ""
        return UssdRequest(
            provider=self.name,
            session_id=needed(form, ussd.session),
            msisdn=number_in(form, ussd.number, country),
            service_code=code or None,
            typed=typed,
            typed_is_whole=ussd.typed_is_whole,
            begins=begins,
            number=_number(form, ussd),
            echoes=ussd.echoed is not None,
            longest=ussd.longest or USSD_SEPTETS,
        )

    def show(self, screen: Screen, form: Form) -> Shown:
        """Returns the screen as JSON in the shape of the mapping's `answer`."""
        ussd = self._ussd()
        fields = _with_path(form, ussd)
        return _shown(ussd, ussd.answer, screen, fields)

    def show_end(self, form: Form) -> Shown:
        """Returns the mapping's `end_answer`, or its `answer` without text."""
        ussd = self._ussd()
        return _shown(ussd, ussd.end_answer or ussd.answer, Screen("", ends=True), _with_path(form, ussd))

    def read_sms(self, form: Form, country: str) -> list[InboundSms]:
        """Reads one SMS, whole or a part. Raises `BadRequest` if the mapping describes no SMS."""
        sms = self._mapping.sms
        if sms is None:
            raise BadRequest(f"{self.name} brings no SMS here")
        sender = number_in(form, sms.number, country)
        return [InboundSms(self.name, needed(form, sms.id), sender, text_in(form, sms.text), _part(form, sms))]

    def read_delivery(self, form: Form, country: str) -> list[DeliveryReport]:
        """Raises `BadRequest`: it carries no outbound SMS."""
        raise BadRequest(f"{self.name} carries no SMS of ours")

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        """Raises `BadRequest`: it carries no outbound SMS."""
        raise BadRequest(f"{self.name} carries no SMS of ours")

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """Raises `NotSent`: it carries no outbound SMS."""
        raise NotSent(f"{self.name} carries no SMS of ours", again=False)

    def _ussd(self) -> Ussd:
        if self._mapping.ussd is None:
            raise BadRequest(f"{self.name} brings no USSD here")
        return self._mapping.ussd


def _with_path(form: Form, ussd: Ussd) -> Form:
    """The fields, with those in the address, as the mapping's `path` names its parts."""
    names, parts = (ussd.path or "").split("/"), form.get("path", "").split("/")
    return {**form, **{name.strip("{}"): part for name, part in zip(names, parts, strict=False) if "{" in name}}


def _count(form: Form, field: str, least: int, most: int) -> int:
    digits = needed(form, field)
    if not (digits.isascii() and digits.isdecimal() and least <= int(digits) <= most):
        raise BadRequest(f"{field} is no whole number from {least} to {most}")
    return int(digits)


def _number(form: Form, ussd: Ussd) -> int | None:
    return _count(form, ussd.counted, 0, LARGEST_COUNT) if ussd.counted else _echo(form, ussd)


def _echo(form: Form, ussd: Ussd) -> int | None:
    """The number of our last answer as it comes back; None if it does not come back, or is not a number."""
    digits = form.get(ussd.echoed or "", "")
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


def _part(form: Form, sms: Sms) -> SmsPart | None:
    if not (sms.reference and sms.part and sms.parts) or not form.get(sms.parts, "").strip():
        return None
    of = _count(form, sms.parts, 1, MOST_PARTS)
    if of == 1:
        return None
    return SmsPart(needed(form, sms.reference), _count(form, sms.part, 1, of), of)


def _shown(ussd: Ussd, answer: dict[str, Any], screen: Screen, fields: Form) -> Shown:
    held = {"text": screen.text, "session": fields.get(ussd.session, ""), "number": fields.get(ussd.number, "")}
    count = (_echo(fields, ussd) or 0) % LARGEST_COUNT + 1
    body = _filled(answer, held, fields, screen.ends, count)
    return Shown(json.dumps(body, ensure_ascii=False), "application/json")


def _filled(answer: Any, held: dict[str, str], fields: Form, ends: bool, count: int) -> Any:
    """Fills in the answer's shape: placeholders such as `{text}`, and from `{goes_on, ends}` the value that applies."""
    if answer == "{count}":
        return count
    if isinstance(answer, str):
        return _HELD.sub(lambda name: _value(name[1], held, fields), answer)
    if not isinstance(answer, dict):
        return answer
    if set(answer) == {"goes_on", "ends"}:
        return answer["ends" if ends else "goes_on"]
    return {name: _filled(value, held, fields, ends, count) for name, value in answer.items()}


def _value(name: str, held: dict[str, str], fields: Form) -> str:
    return fields.get(name.removeprefix("field:"), "") if name.startswith("field:") else held[name]
