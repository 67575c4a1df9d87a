"""Reads the fields of a webhook; each function says what is wrong with a field without its content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flows.msisdn import BadMsisdn, Msisdn, read_msisdn
from gateway.providers.base import LONGEST_ID, BadNumber, BadRequest, Form, MeansNothing
from gateway.providers.wrapping import unwrapped
from storage.enumerations import MessageState


def needed(form: Form, field: str) -> str:
    """A field that must be there, short and printable. Raises `BadRequest`."""
    value = form.get(field, "").strip()
    if not value:
        raise BadRequest(f"{field} is missing")
    if len(value) > LONGEST_ID or not value.isprintable():
        raise BadRequest(f"{field} is longer than {LONGEST_ID} characters or holds what nobody can print")
    return value


def text_in(form: Form, field: str) -> str:
    """What somebody wrote; it may be empty. Raises `BadRequest` where the field is not there at all."""
    if field not in form:
        raise BadRequest(f"{field} is missing")
    return unwrapped(form[field])


def moment_in(form: Form, field: str) -> datetime | None:
    """A moment as ISO 8601, None when it is missing or written otherwise: no message is refused for its date's form."""
    try:
        moment = datetime.fromisoformat(form.get(field, "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def number_in(form: Form, field: str, country: str) -> Msisdn:
    """The phone number in a field. Raises `BadNumber`."""
    try:
        return read_msisdn(form.get(field, ""), country)
    except BadMsisdn:
        raise BadNumber(f"{field} is no phone number") from None


def number_if_any(form: Form, field: str, country: str) -> Msisdn | None:
    """None where the field is missing, or holds a name or a short code."""
    try:
        return read_msisdn(form.get(field, ""), country)
    except BadMsisdn:
        return None


def state_in(form: Form, field: str, states: Mapping[str, MessageState]) -> MessageState:
    """What a status word means. Raises `BadRequest` where there is none, `MeansNothing` for one that we do not know."""
    word = needed(form, field)
    if word not in states:
        raise MeansNothing(f"{field} is none of {', '.join(states)}")
    return states[word]


def number_of_event(form: Form, field: str, country: str) -> Msisdn:
    """Raises `BadRequest` where the number is missing, `MeansNothing` where a name or a short code stands there."""
    needed(form, field)
    try:
        return read_msisdn(form[field], country)
    except BadMsisdn:
        raise MeansNothing(f"{field} is no phone number") from None
