"""`gateway classify`: what triage makes of texts. Needs no database."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from config.pack import Pack
from flows.triage import Reading, Triage
from flows.triage.spelling import key
from gateway.commands.common import read_pack_or_refuse, read_triage_or_refuse
from gateway.commands.start import Refused, settings


@click.command("classify")
def command() -> None:
    """Read JSON Lines ({"id", "text"}) and write what triage makes of each, in the same order."""
    here = settings()
    found = read_pack_or_refuse(here.pack)
    triage = read_triage_or_refuse(found, here)
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            sys.stdout.write(json.dumps(_classified(found, triage, line, number), ensure_ascii=False) + "\n")


def _town(found: Pack, reading: Reading, text: str) -> str | None:
    """A commune's own name, where the text names it by that and not by a number or a quartier."""
    name = found.areas[reading.commune].name if reading.commune else ""
    return name if name and key(name) in {key(word) for word in text.split()} | {key(text)} else None


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
        "place": reading.place or _town(found, reading, text),
        "category": reading.category,
        "urgency": reading.urgency.value,
        "kind": reading.kind.value,
        "confidence": reading.confidence,
        "needs_review": reading.needs_review,
    }
