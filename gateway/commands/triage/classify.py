"""`gateway classify`: how triage reads texts. Needs no database."""

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
    """Read JSON Lines ({"id", "text"}) and write what triage makes of each, in the same order.

    A line that is none is named on standard error, and the others are read all the same; the exit code is then 1.
    """
    here = settings()
    pack = read_pack_or_refuse(here.pack)
    triage = read_triage_or_refuse(pack, here)
    broken = 0
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            sys.stdout.write(json.dumps(_classified(pack, triage, line), ensure_ascii=False) + "\n")
        except ValueError as error:
            click.echo(f"line {number} {error}", err=True)
            broken += 1
    if broken:
        raise Refused(f"{broken} of the lines could not be read")


def _town(pack: Pack, reading: Reading, text: str) -> str | None:
    """The commune's own name, if the text has it; None if the text has only its number or a quartier."""
    name = pack.areas[reading.commune].name if reading.commune else ""
    return name if name and key(name) in {key(word) for word in text.split()} | {key(text)} else None


def _classified(pack: Pack, triage: Triage, line: str) -> dict[str, Any]:
    """How triage reads one line. Raises `ValueError` if the line is not JSON with `id` and `text`."""
    try:
        given = json.loads(line)
        id, text = given["id"], given["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError('is not JSON with "id" and "text"') from None
    if not isinstance(text, str):
        raise ValueError('has a "text" that is none')
    reading = triage.read(text)
    return {
        "id": id,
        "language": reading.language,
        "commune_code": reading.commune,
        "commune": pack.areas[reading.commune].name if reading.commune else None,
        "place": reading.place or _town(pack, reading, text),
        "category": reading.category,
        "urgency": reading.urgency.value,
        "kind": reading.kind.value,
        "confidence": reading.confidence,
        "needs_review": reading.needs_review,
    }
