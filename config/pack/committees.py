"""The levels and committees of a pack."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from config.pack import Area, Committee, Level
from config.pack.files import Day, Entry, PackError, Row, Text, read_csv, rows_of


class LevelEntry(Entry):
    """An entry of `levels` in pack.yaml."""

    id: Text
    of: Text
    name: Text


class CommitteeEntry(Entry):
    """A line of `committees.csv`: a committee that is installed."""

    committee: Text
    installed_on: Day
    source: str


def read_levels(head: Row, areas: dict[str, Area]) -> tuple[Level, ...]:
    """The levels of committees, the lowest first. Raises `PackError`."""
    kinds = {area.kind for area in areas.values()}
    levels = []
    for row in rows_of(head, "levels"):
        entry = row.read(LevelEntry)
        if entry.of not in kinds:
            raise PackError(row.where, f"`of: {entry.of}` is no kind of area in areas.csv")
        single = sum(area.kind == entry.of for area in areas.values()) == 1
        levels.append(Level(entry.id, entry.of, entry.name, always_installed=single))
    if not levels:
        raise PackError(head.at("levels"), "`levels` must name one level of committees at least")
    if not levels[-1].always_installed:
        raise PackError(head.at("levels"), "the last level must be of a kind with one area, so that somebody hears")
    return tuple(levels)


def read_committees(folder: Path, areas: dict[str, Area], levels: tuple[Level, ...]) -> dict[str, Committee]:
    """Every committee that the levels expect, by code, and which of them is installed. Raises `PackError`."""
    installed: dict[str, tuple[date | None, Row]] = {}
    for row in read_csv(folder / "committees.csv", tuple(CommitteeEntry.model_fields)):
        entry = row.read(CommitteeEntry)
        installed[entry.committee] = (entry.installed_on, row)
    committees: dict[str, Committee] = {}
    for position, level in reversed(list(enumerate(levels))):
        for area in (area for area in areas.values() if area.kind == level.of):
            code = level.id if level.always_installed else area.code
            known = level.always_installed or code in installed
            on, _ = installed.pop(code, (None, None))
            above = _above(area.code, areas, levels[position + 1 :])
            name = level.name.format(area=area.name)
            committees[code] = Committee(code, name, level.id, area.code, above, known, on)
    for code, (_, row) in installed.items():
        raise PackError(row.where, f"{code} is no committee of the hierarchy in pack.yaml")
    return committees


def _above(code: str, areas: dict[str, Area], higher: tuple[Level, ...]) -> str | None:
    for level in higher:
        area: Area | None = areas[code]
        while area and area.kind != level.of:
            area = areas[area.parent] if area.parent else None
        if area:
            return level.id if level.always_installed else area.code
    return None
