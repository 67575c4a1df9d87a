"""`gateway pack check` and `gateway classify`: the country pack and what it makes of a text. No database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from config.pack import Pack, PackError
from config.pack_loader import load_pack
from flows.citizen import citizen
from flows.meetings import MeetingRuleError, read_rule
from flows.triage import Triage
from gateway.commands.common import Refused, settings


@click.group()
def pack() -> None:
    """The country pack."""


@pack.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check(folder: Path | None) -> None:
    """Validate a country pack as a whole; the first thing that is wrong is named with its file and line."""
    try:
        found = load_pack(folder or settings().pack)
        read_rule(found.default_meeting)
    except PackError as error:
        raise Refused(str(error)) from None
    except MeetingRuleError as error:
        raise Refused(f"pack.yaml: `default_meeting`: {error}") from None
    click.echo(
        f"{found.id} {found.version}: {len(found.areas)} areas, {len(found.communes)} of them communes, "
        f"{len(found.places)} places, {len(found.committees)} committees, {len(found.categories)} categories, "
        f"languages {', '.join(found.languages)}, {len(citizen.screens)} screens"
    )


@click.command()
def classify() -> None:
    """Read JSON Lines ({"id", "text"}) and write what triage makes of each, in the same order."""
    here = settings()
    try:
        found = load_pack(here.pack)
    except PackError as error:
        raise Refused(str(error)) from None
    triage = Triage(found)
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            sys.stdout.write(json.dumps(_classified(found, triage, line, number), ensure_ascii=False) + "\n")


def _classified(found: Pack, triage: Triage, line: str, number: int) -> dict[str, Any]:
    try:
        given = json.loads(line)
        id, text = given["id"], given["text"]
    except (ValueError, KeyError, TypeError):
        raise Refused(f'line {number} is not JSON with "id" and "text"') from None
    if not isinstance(text, str):
        raise Refused(f'line {number}: "text" is no text')
    reading = triage.read(text)
    return {
        "id": id,
        "language": reading.language,
        "commune_code": reading.commune,
        "commune": found.areas[reading.commune].name if reading.commune else None,
        "place": reading.place,
        "category": reading.category,
        "urgency": reading.urgency.value,
        "kind": reading.kind.value,
        "confidence": reading.confidence,
        "needs_review": reading.needs_review,
    }
