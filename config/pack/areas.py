"""The areas, places and villages of a pack."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from config.pack import Area, Place
from config.pack.files import PackError, Row, Where, read_csv

VILLAGES = "villages.csv"
VILLAGE_COLUMNS = ("commune_code", "name", "lat", "lon")


def read_areas(folder: Path) -> dict[str, Area]:
    areas: dict[str, Area] = {}
    rows: dict[str, Row] = {}
    for row in read_csv(folder / "areas.csv", ("code", "name", "kind", "parent", "lat", "lon", "variants")):
        code = row.text("code")
        if code in areas:
            raise PackError(row.where, f"the code {code} stands twice (first on line {rows[code].where.line})")
        parent = row.values["parent"].strip() or None
        areas[code] = Area(code, row.text("name"), row.text("kind"), parent, row.split("variants"), _point(row))
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


def _point(row: Row) -> tuple[float, float] | None:
    coordinates = row.values["lat"].strip(), row.values["lon"].strip()
    if not any(coordinates):
        return None
    try:
        lat, lon = float(coordinates[0]), float(coordinates[1])
    except ValueError:
        lat = lon = math.inf
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise PackError(row.where, "`lat` and `lon` must be degrees, or both empty")
    return lat, lon


def read_places(folder: Path, areas: dict[str, Area], commune_kind: str) -> tuple[Place, ...]:
    places = []
    for row in read_csv(folder / "places.csv", ("name", "commune", "kind", "variants", "sources")):
        commune = row.text("commune")
        if commune not in areas or areas[commune].kind != commune_kind:
            raise PackError(row.where, f"{commune} is no commune of areas.csv")
        places.append(Place(row.text("name"), commune, row.text("kind"), row.split("variants")))
    return tuple(places)


def places_of_villages(folder: Path, areas: dict[str, Area], commune_kind: str) -> tuple[Place, ...]:
    path = folder / VILLAGES
    return tuple(read_villages(path, areas, commune_kind)) if path.exists() else ()


def read_villages(path: Path, areas: Mapping[str, Area], commune_kind: str) -> Iterator[Place]:
    """The villages of a file with the head `commune_code,name,lat,lon`. Raises `PackError` with the wrong line."""
    yield from villages_of(read_csv(path, VILLAGE_COLUMNS), areas, commune_kind)


def villages_of(rows: Iterable[Row], areas: Mapping[str, Area], commune_kind: str) -> Iterator[Place]:
    for row in rows:
        commune = row.text("commune_code")
        if commune not in areas or areas[commune].kind != commune_kind:
            raise PackError(row.where, f"{commune} is no commune of areas.csv")
        yield Place(row.text("name"), commune, "village")
