"""A schematic map: a tile of one size for each area, in a grid that keeps north, south, east and west."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.pack import Area, Pack

LEVELS = 4
"""Shades of a map. A tile also shows its number, and its level as marks, for people who do not see colours."""
WIDTH, HEIGHT = 100, 64
"""Size of a tile, in units of the drawing."""
LONGEST_LINE = 11


@dataclass(frozen=True, slots=True)
class Tile:
    """One area: its cell, its name, the lines of its name and its count.

    `count` is None if the person may not see the area.
    """

    x: int
    y: int
    name: str
    lines: tuple[str, ...]
    count: int | None
    level: int


@dataclass(frozen=True, slots=True)
class TileMap:
    """A drawing with its legend: the smallest and largest count of each level."""

    title: str
    width: int
    height: int
    tiles: Sequence[Tile]
    legend: Sequence[tuple[int, int, int]]
    is_placed: bool
    """False if the last row has areas whose position is unknown."""


def tile_map(
    pack: Pack, title: str, areas: Sequence[Area], counts: Mapping[str, int | None], columns: int, multiple: int = 1
) -> TileMap:
    """The map of some areas, placed by their coordinates (`areas.csv`) or by those of their communes.

    `multiple` is what all counts are multiples of; so are the bounds of the legend.
    """
    points = {area.code: point for area in areas if (point := middle_of(pack, area))}
    cells = placed(points, columns)
    bottom = max((row for _, row in cells.values()), default=-1) + 1
    unplaced = [area.code for area in areas if area.code not in cells]
    for number, code in enumerate(unplaced):
        cells[code] = (number % columns, bottom + number // columns)
    most = max((count for count in counts.values() if count), default=0)
    step = max(1, math.ceil(most / LEVELS / multiple)) * multiple
    tiles = [
        Tile(
            cells[area.code][0] * WIDTH,
            cells[area.code][1] * HEIGHT,
            area.name,
            two_lines(area.name),
            count := counts.get(area.code),
            min(LEVELS, math.ceil((count or 0) / step)),
        )
        for area in areas
    ]
    legend = [(0, 0, 0), *((level, (level - 1) * step + multiple, level * step) for level in range(1, LEVELS + 1))]
    height = max((row for _, row in cells.values()), default=0) + 1
    return TileMap(title, columns * WIDTH, height * HEIGHT, tiles, legend, not unplaced)


def middle_of(pack: Pack, area: Area) -> tuple[float, float] | None:
    """Latitude and longitude of an area: its own, else the mean of its communes. None if no position is known."""
    if area.at:
        return area.at
    known = [at for code in pack.communes_under(area.code) if (at := pack.areas[code].at)]
    return (_mean(at[0] for at in known), _mean(at[1] for at in known)) if known else None


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known)


def placed(points: Mapping[str, tuple[float, float]], columns: int) -> dict[str, tuple[int, int]]:
    """Column and row of each point: rows from north to south, each from west to east.

    Only the order of the points counts, not their distances: otherwise the desert would be empty cells, and the south
    would be one heap.
    """
    southward = sorted(points, key=lambda code: -points[code][0])
    cells: dict[str, tuple[int, int]] = {}
    for row, start in enumerate(range(0, len(southward), columns)):
        eastward = sorted(southward[start : start + columns], key=lambda code: points[code][1])
        cells |= {code: (column, row) for column, code in enumerate(eastward)}
    return cells


def two_lines(name: str) -> tuple[str, ...]:
    """A name as a tile shows it, on two lines if it is long."""
    if len(name) <= LONGEST_LINE or " " not in name:
        return (name,)
    head, tail = name.rsplit(" ", 1)
    return head, tail
