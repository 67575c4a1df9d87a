"""The maps of a country: of its regions, and of the communes of each city that has few enough for a map."""

from __future__ import annotations

from collections.abc import Callable

from config.pack import Area, Pack
from gateway.charts.tiles import TileMap, tile_map

REGIONS_ACROSS, COMMUNES_ACROSS = 6, 3
"""Tiles beside each other in a map of regions, and of the communes of a city."""


def maps_of(
    pack: Pack, regions: str, count_in: Callable[[Area], int | None], least: int = 2, multiple: int = 1
) -> list[TileMap]:
    """The maps on which at least `least` areas have a count, a multiple of `multiple`.

    `regions` is the title of the first one.
    """
    below = pack.children(pack.country_area.code)
    wanted = [(regions, below, REGIONS_ACROSS)]
    wanted += [(city.name, pack.children(city.code), COMMUNES_ACROSS) for city in below if _is_city(pack, city)]
    maps = []
    for title, areas, across in wanted:
        counts = {area.code: count_in(area) for area in areas}
        if sum(count is not None for count in counts.values()) >= least:
            maps.append(tile_map(pack, title, areas, counts, across, multiple))
    return maps


def full_name(pack: Pack, code: str) -> str:
    """The name of an area with the one above: `Commune IV (District de Bamako)`."""
    area = pack.areas[code]
    above = pack.areas.get(area.parent or "")
    return f"{area.name} ({above.name})" if above else area.name


def _is_city(pack: Pack, region: Area) -> bool:
    """Whether communes lie directly below a region, as in the district of a capital: few enough for a map."""
    below = pack.children(region.code)
    return bool(below) and all(area in pack.communes for area in below)
