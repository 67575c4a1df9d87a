"""Coverage by committees: the share that is installed in each region, and a map of the communes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from config.pack import Area, Pack
from storage.tables.committees import Committee

MAP_WIDTH, MAP_HEIGHT = 640, 520
"""Size of the map, in the units of its coordinates."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the expected committees of a region are installed."""

    region: Area | None
    """None for the total of all regions that the viewer may see."""
    installed: int
    expected: int

    @property
    def percent(self) -> float:
        """The installed committees in percent of the expected ones; 0 if none is expected."""
        return 100 * self.installed / self.expected if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A commune on the map."""

    x: float
    y: float
    name: str
    installed: bool


def shares(pack: Pack, committees: Iterable[Committee]) -> list[Share]:
    """Returns the share for each region (an area right below the country) in which these committees lie, by name."""
    installed_by_region: dict[str, list[bool]] = {area.code: [] for area in pack.children(pack.country_area.code)}
    for committee in committees:
        installed_by_region[region_of(pack, committee).code].append(committee.installed)
    return [
        Share(pack.areas[code], sum(installed), len(installed))
        for code, installed in installed_by_region.items()
        if installed
    ]


def region_of(pack: Pack, committee: Committee) -> Area:
    """Returns the area right below the country in which a committee lies; the country for the national committee."""
    return [pack.country_area, pack.areas[committee.area], *pack.ancestors(committee.area)][-2]


def dots(pack: Pack, committees: Iterable[Committee]) -> list[Dot]:
    """Returns the communes with a known position, scaled to the map; installed ones last, so that they lie on top."""
    placed = [(committee, pack.areas[committee.area].at) for committee in committees]
    known = [(committee, at) for committee, at in placed if at]
    if not known:
        return []
    every = [area.at for area in pack.communes if area.at]
    south, north = min(lat for lat, _ in every), max(lat for lat, _ in every)
    west, east = min(lon for _, lon in every), max(lon for _, lon in every)
    out = [
        Dot(
            round(8 + (lon - west) / ((east - west) or 1) * (MAP_WIDTH - 16), 1),
            round(8 + (north - lat) / ((north - south) or 1) * (MAP_HEIGHT - 16), 1),
            pack.areas[committee.area].name,
            committee.installed,
        )
        for committee, (lat, lon) in known
    ]
    return sorted(out, key=lambda dot: dot.installed)
