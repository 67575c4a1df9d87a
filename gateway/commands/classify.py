"""`gateway classify`: what triage makes of texts. Needs no database."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from config.pack import Pack
from flows.triage import Triage
from gateway.commands.common import read_pack_or_refuse
from gateway.commands.start import Refused, settings


@click.command("classify")
def command() -> None:
    """Read JSON Lines ({"id", "text"}) and write what triage makes of each, in the same order."""
    found = read_pack_or_refuse(settings().pack)
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
