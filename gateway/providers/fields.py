"""Reads the fields of a webhook. The errors say what is wrong with a field, but not its content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flows.msisdn import BadMsisdn, Msisdn, read_msisdn
from gateway.providers.base import LONGEST_ID, BadNumber, BadRequest, Form, MeansNothing
from gateway.providers.wrapping import unwrapped
from storage.enumerations import MessageState


def needed(form: Form, field: str) -> str:
    """Returns a field that must be there, short and printable. Raises `BadRequest`."""
    value = form.get(field, "").strip()
    if not value:
        raise BadRequest(f"{field} is missing")
    if len(value) > LONGEST_ID or not value.isprintable():
        raise BadRequest(f"{field} is longer than {LONGEST_ID} characters or holds what nobody can print")
    return value


def text_in(form: Form, field: str) -> str:
    """Returns what somebody wrote, which may be empty. Raises `BadRequest` if the field is missing."""
    if field not in form:
        raise BadRequest(f"{field} is missing")
    return unwrapped(form[field])


def moment_in(form: Form, field: str) -> datetime | None:
    """Reads an ISO 8601 moment, UTC by default. None if it is missing or written otherwise: no message is refused."""
    try:
        moment = datetime.fromisoformat(form.get(field, "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def number_in(form: Form, field: str, country: str) -> Msisdn:
    """Returns the phone number in a field. Raises `BadNumber`."""
    try:
        return read_msisdn(form.get(field, ""), country)
    except BadMsisdn:
        raise BadNumber(f"{field} is no phone number") from None


def number_if_any(form: Form, field: str, country: str) -> Msisdn | None:
    """Returns the phone number in a field; None if the field is missing, or holds a name or a short code."""
    try:
        return read_msisdn(form.get(field, ""), country)
    except BadMsisdn:
        return None


def state_in(form: Form, field: str, states: Mapping[str, MessageState]) -> MessageState:
    """Returns the state of a status word. Raises `BadRequest` if it is missing, `MeansNothing` if it is unknown."""
    word = needed(form, field)
    if word not in states:
        raise MeansNothing(f"{field} is none of {', '.join(states)}")
    return states[word]


def number_of_event(form: Form, field: str, country: str) -> Msisdn:
    """Returns the phone number of an event.

    Raises `BadRequest` if it is missing, `MeansNothing` if it is a name or a short code.
    """
    needed(form, field)
    try:
        return read_msisdn(form[field], country)
    except BadMsisdn:
        raise MeansNothing(f"{field} is no phone number") from None
