"""`gateway concerns`: the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from flows.references import read_reference
from gateway.commands.common import day_option, json_option, opened, operator, show
from gateway.commands.start import ENTERED, Refused
from gateway.data_protection.opened_texts import open_concern
from gateway.runtime.deployment import Deployment
from storage.concerns.access import Access
from storage.concerns.concerns import by_reference, history
from storage.concerns.listing.filters import Filter
from storage.concerns.listing.pages import queue as concerns_page
from storage.enumerations import ConcernState
from storage.safety.audit import write_line
from storage.tables.concerns import Concern

MOST = 1000
"""Rows of a listing."""


@click.group("concerns")
def command() -> None:
    """The queue of concerns."""


@command.command("list")
@click.option("--commune", type=ENTERED, help="Code or name.")
@click.option("--state", type=click.Choice([state.value for state in ConcernState]))
@day_option("--since", "Received on or after this day (UTC).")
@json_option
def list_concerns(commune: str | None, state: str | None, since: datetime | None, as_json: bool) -> None:
    """List concerns, the most urgent first, without their texts: `show` alone opens those."""
    rows: list[dict[str, Any]] = []
    with opened() as deployment:
        narrowed = Filter(
            commune=_commune(deployment, commune) if commune else None,
            state=ConcernState(state) if state else None,
            since=since.replace(tzinfo=deployment.now().tzinfo) if since else None,
        )
        with deployment.database.read() as transaction:
            page = 1
            while len(rows) < MOST:
                concerns = concerns_page(transaction, Access(), _turned(narrowed, page)).concerns
                rows += [_row(concern) for concern in concerns]
                page += 1
                if not concerns:
                    break
        with deployment.database.write() as transaction:
            write_line(transaction, deployment.now(), operator(), "concerns_listed", shown=len(rows))
    show(rows, as_json, "no concern")


def _turned(narrowed: Filter, page: int) -> Filter:
    return replace(narrowed, page=page)


def _row(concern: Concern) -> dict[str, Any]:
    return {
        "reference": concern.reference,
        "received_at": concern.received_at,
        "channel": concern.channel,
        "state": concern.state,
        "urgency": concern.urgency,
        "category": concern.category,
        "commune": concern.commune,
        "place": concern.place,
        "committee": concern.committee,
        "needs_review": concern.needs_review,
    }


def _commune(deployment: Deployment, given: str) -> str:
    if given in deployment.pack.areas:
        return given
    communes = {spot.commune for spot in deployment.triage.places.find(given)}
    if len(communes) != 1:
        raise Refused(f"`{given[:60]}` is {'no commune' if not communes else 'several communes'}: give its code")
    return communes.pop()


@command.command("show")
@click.argument("reference", type=ENTERED)
@json_option
def show_concern(reference: str, as_json: bool) -> None:
    """Show one concern, with its text and its history."""
    with opened() as deployment, deployment.database.write() as transaction:
        concern = by_reference(transaction, read_reference(reference) or "")
        if concern is None:
            raise Refused("no concern of that reference: check every character")
        words = open_concern(deployment, transaction, concern, operator())
        row = _row(concern) | {
            "language": concern.language,
            "kind": concern.kind,
            "confidence": concern.confidence,
            "reasons": concern.reasons,
            "text": words.text or None,
            "answer": words.answer or None,
        }
        lines: list[dict[str, Any]] = [
            {"at": event.at, "actor": event.actor, "what": event.what} for event in history(transaction, concern)
        ]
    if as_json:
        show([row | {"history": lines}], True, "")
        return
    for name, value in row.items():
        click.echo(f"{name:<13} {value if value is not None else '-'}")
    show(lines, False, "")
