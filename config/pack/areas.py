"""The areas, places and villages of a pack."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from config.pack import Area, Place
from config.pack.files import Entry, PackError, Row, Split, Text, Where, read_csv

VILLAGES = "villages.csv"


class AreaEntry(Entry):
    """A line of `areas.csv`."""

    code: Text
    name: Text
    kind: Text
    parent: str
    lat: str
    lon: str
    variants: Split


class PlaceEntry(Entry):
    """A line of `places.csv`; `sources` are for people who review it."""

    name: Text
    commune: Text
    kind: Text
    variants: Split
    sources: str


class VillageEntry(Entry):
    """A line of a file of villages."""

    commune_code: Text
    name: Text
    lat: str
    lon: str


VILLAGE_COLUMNS = tuple(VillageEntry.model_fields)


def read_areas(folder: Path) -> dict[str, Area]:
    """The areas of `areas.csv` by their code: one tree, with one area at its top. Raises `PackError`."""
    areas: dict[str, Area] = {}
    rows: dict[str, Row] = {}
    for row in read_csv(folder / "areas.csv", tuple(AreaEntry.model_fields)):
        entry = row.read(AreaEntry)
        code = entry.code
        if code in areas:
            raise PackError(row.where, f"the code {code} stands twice (first on line {rows[code].where.line})")
        point = _point(row, entry.lat.strip(), entry.lon.strip())
        areas[code] = Area(code, entry.name, entry.kind, entry.parent.strip() or None, entry.variants, point)
        rows[code] = row
    for code, area in areas.items():
        if area.parent and area.parent not in areas:
            raise PackError(rows[code].where, f"the parent {area.parent} is no code of this file")
    roots = [code for code, area in areas.items() if area.parent is None]
    if len(roots) != 1:
        raise PackError(Where("areas.csv", 1), f"one area alone must have no parent, here {len(roots)} have none")
    for code in areas:
        seen, above = {code}, areas[code].parent
        while above:
            if above in seen:
                raise PackError(rows[code].where, f"{code} lies inside itself")
            seen.add(above)
            above = areas[above].parent
    return areas


def _point(row: Row, latitude: str, longitude: str) -> tuple[float, float] | None:
    if not (latitude or longitude):
        return None
    try:
        lat, lon = float(latitude), float(longitude)
    except ValueError:
        lat = lon = math.inf
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise PackError(row.where, "`lat` and `lon` must be degrees, or both empty")
    return lat, lon


def read_places(folder: Path, areas: dict[str, Area], commune_kind: str) -> tuple[Place, ...]:
    """The places of `places.csv`. Raises `PackError`."""
    places = []
    for row in read_csv(folder / "places.csv", tuple(PlaceEntry.model_fields)):
        entry = row.read(PlaceEntry)
        _check_commune(row, entry.commune, areas, commune_kind)
        places.append(Place(entry.name, entry.commune, entry.kind, entry.variants))
    return tuple(places)


def _check_commune(row: Row, code: str, areas: Mapping[str, Area], commune_kind: str) -> None:
    if code not in areas or areas[code].kind != commune_kind:
        raise PackError(row.where, f"{code} is no commune of areas.csv")


def places_of_villages(folder: Path, areas: dict[str, Area], commune_kind: str) -> tuple[Place, ...]:
    """The villages that a pack's folder holds; a pack may have none."""
    path = folder / VILLAGES
    return tuple(read_villages(path, areas, commune_kind)) if path.exists() else ()


def read_villages(path: Path, areas: Mapping[str, Area], commune_kind: str) -> Iterator[Place]:
    """The villages of a file with the head `commune_code,name,lat,lon`. Raises `PackError` with the wrong line."""
    yield from villages_of(read_csv(path, VILLAGE_COLUMNS), areas, commune_kind)


def villages_of(rows: Iterable[Row], areas: Mapping[str, Area], commune_kind: str) -> Iterator[Place]:
    """The villages of these rows. Raises `PackError` with the wrong line."""
    for row in rows:
        entry = row.read(VillageEntry)
        _check_commune(row, entry.commune_code, areas, commune_kind)
        yield Place(entry.name, entry.commune_code, "village")
