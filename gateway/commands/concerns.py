"""`gateway concerns`, `gateway agenda`, `gateway messages`: what was said, what stands, what went out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session as Transaction

from flows.references import read_reference
from gateway.commands.common import Refused, day_option, json_option, opened, show
from gateway.deployment import Deployment
from storage.agendas import agenda
from storage.committees import UnknownCommittee, find_committee, next_meeting
from storage.concerns import ANSWER, TEXT, Filter, Sight, by_reference, history
from storage.concerns import queue as concerns_page
from storage.messages import list_messages
from storage.models import Concern, ConcernState, MessageState

MOST = 1000
"""Rows of a listing."""


@click.group()
def concerns() -> None:
    """The queue of concerns."""


@concerns.command("list")
@click.option("--commune", help="Code or name.")
@click.option("--state", type=click.Choice([state.value for state in ConcernState]))
@day_option("--since", "Received on or after this day (UTC).")
@json_option
def list_concerns(commune: str | None, state: str | None, since: datetime | None, as_json: bool) -> None:
    """Most urgent first; without texts, which `show` alone opens."""
    with opened() as deployment, deployment.database.read() as open_:
        narrowed = Filter(
            commune=_commune(deployment, commune) if commune else None,
            state=ConcernState(state) if state else None,
            since=since.replace(tzinfo=deployment.now().tzinfo) if since else None,
        )
        rows: list[dict[str, Any]] = []
        page = 1
        while len(rows) < MOST:
            found, _ = concerns_page(open_, Sight(), _turned(narrowed, page))
            rows += [_row(one) for one in found]
            page += 1
            if not found:
                break
    show(rows, as_json, "no concern")


def _turned(narrowed: Filter, page: int) -> Filter:
    return Filter(narrowed.commune, narrowed.category, narrowed.state, narrowed.since, page=page)


def _row(one: Concern) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "received_at": one.received_at,
        "channel": one.channel,
        "state": one.state,
        "urgency": one.urgency,
        "category": one.category,
        "commune": one.commune,
        "place": one.place,
        "committee": one.committee,
        "needs_review": one.needs_review,
    }


def _commune(deployment: Deployment, given: str) -> str:
    if given in deployment.pack.areas:
        return given
    communes = {spot.commune for spot in deployment.triage.places.find(given)}
    if len(communes) != 1:
        raise Refused(f"`{given[:60]}` is {'no commune' if not communes else 'several communes'}: give its code")
    return communes.pop()


@concerns.command("show")
@click.argument("reference")
@json_option
def show_concern(reference: str, as_json: bool) -> None:
    """One concern, with its text and its history."""
    with opened() as deployment, deployment.database.read() as open_:
        one = by_reference(open_, read_reference(reference) or "")
        if one is None:
            raise Refused("no concern of that reference: check every character")
        vault = deployment.vault
        row = _row(one) | {
            "language": one.language,
            "kind": one.kind,
            "confidence": one.confidence,
            "reasons": one.reasons,
            "text": vault.open(TEXT, one.text_sealed) if one.text_sealed else None,
            "answer": vault.open(ANSWER, one.answer_sealed) if one.answer_sealed else None,
        }
        lines: list[dict[str, Any]] = [
            {"at": event.at, "actor": event.actor, "what": event.what} for event in history(open_, one)
        ]
    if as_json:
        show([row | {"history": lines}], True, "")
        return
    for name, value in row.items():
        click.echo(f"{name:<13} {value if value is not None else '-'}")
    show(lines, False, "")


@click.group("agenda")
def agenda_command() -> None:
    """Committees' agendas."""


@agenda_command.command("show")
@click.option("--committee", required=True, help="Code, or the name of its area.")
@json_option
def show_agenda(committee: str, as_json: bool) -> None:
    """The agenda of a committee's next meeting, most important first."""
    with opened() as deployment:
        with deployment.database.write() as open_:
            one = _committee(deployment, open_, committee)
            meeting = next_meeting(open_, deployment.pack, one, deployment.now())
            items = agenda(open_, one.code)
        rows = [
            {
                "reference": item.reference,
                "category": item.category,
                "commune": item.commune,
                "place": item.place,
                "count": item.count,
                "urgency": item.urgency,
                "newest": item.newest,
            }
            for item in items
        ]
        if not as_json:
            at = meeting.starts_at.astimezone(deployment.pack.time_zone)
            click.echo(f"{one.name}, {at:%Y-%m-%d %H:%M}")
    show(rows, as_json, "nothing on the agenda")


def _committee(deployment: Deployment, open_: Transaction, given: str) -> Any:
    try:
        return find_committee(open_, deployment.pack, given)
    except UnknownCommittee as error:
        raise Refused(str(error)) from None


@click.group()
def messages() -> None:
    """The outbox."""


@messages.command("list")
@click.option("--state", type=click.Choice([state.value for state in MessageState]))
@json_option
def list_outbox(state: str | None, as_json: bool) -> None:
    """Outgoing SMS, newest first; to whom and with what words is nobody's business here."""
    with opened() as deployment, deployment.database.read() as open_:
        found = list_messages(open_, MessageState(state) if state else None, MOST)
        rows = [
            {
                "id": one.id,
                "what": one.key.split(":")[0],
                "created_at": one.created_at,
                "state": one.state,
                "reason": one.reason,
                "parts": one.parts,
                "price": one.price,
                "currency": one.currency,
                "provider": one.provider,
                "tries": one.tries,
                "perhaps_twice": one.perhaps_twice,
            }
            for one in found
        ]
    show(rows, as_json, "no message")
