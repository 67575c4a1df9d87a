"""Reads a commune that was typed in a form. A list of seven hundred would be too long to choose from."""

from __future__ import annotations

from config.pack import Pack
from flows.sms.citizen import only_place
from flows.triage.places.gazetteer import Spot
from flows.triage.spelling import plain
from gateway.committees.concerns import ActRefused
from gateway.runtime.deployment import Deployment
from storage.refusals import Why

SHOWN = 4
"""How many communes of the same name a refusal lists."""


def commune_label(pack: Pack, code: str | None) -> str:
    """`Commune IV (Bamako)`: the name with the area above it, which tells communes of one name apart. Or empty."""
    if not code:
        return ""
    area = pack.areas[code]
    above = pack.areas.get(area.parent or "")
    return f"{area.name} ({above.name})" if above else area.name


def read_commune(here: Deployment, typed: str) -> Spot:
    """The typed commune: its code, its label, its name, or a quartier or spelling that leads to one.

    The spot has a place if a quartier was typed. Raises `ActRefused` if no commune has this name, or several have it.
    """
    typed = typed.strip()
    codes = {area.code: area.name for area in here.pack.communes}
    if typed in codes:
        return Spot(typed, None, codes[typed])
    wanted = plain(typed)
    named = [code for code, name in codes.items() if wanted in (plain(name), plain(commune_label(here.pack, code)))]
    if len(named) == 1:
        return Spot(named[0], None, codes[named[0]])
    if named:
        labels = ", ".join(commune_label(here.pack, code) for code in named[:SHOWN])
        raise ActRefused(Why.COMMUNE_AMBIGUOUS, known=labels)
    if wanted and (spot := only_place(typed, here.triage)):
        return spot
    raise ActRefused(Why.COMMUNE_NOT_FOUND, text=typed[:60])
