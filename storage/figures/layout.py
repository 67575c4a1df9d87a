"""The areas for which sums are kept, and a fingerprint of everything that a sum depends on beside the rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config.pack import Pack
from storage.concerns.access import Access
from storage.concerns.taking_up import IN_TIME
from storage.figures.waits import ACCURACY

FORM = 1
"""Raise it when sums are made in another way: then every day is summed again."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The areas of each commune and committee for which sums are kept, the largest area first.

    These are the country and the areas directly under it. Smaller areas have so few concerns a day that sums would
    take as many rows as the concerns.
    """

    zone: ZoneInfo
    country: str
    of_commune: Mapping[str, Sequence[str]]
    of_committee: Mapping[str, Sequence[str]]
    fingerprint: str

    def areas(self, commune: str | None) -> Sequence[str]:
        """The areas whose sums count a concern of this commune; an unknown commune counts for the country alone."""
        return self.of_commune.get(commune or "", (self.country,))

    def areas_of_committee(self, committee: str | None) -> Sequence[str]:
        """The areas whose sums count an SMS about no concern that this committee pays."""
        return self.of_committee.get(committee or "", (self.country,))

    def summed(self, access: Access, committees: Sequence[str] | None) -> str | None:
        """The area whose sums hold exactly what may be seen, apart from hidden categories; None if there is none."""
        if access.committee or access.past_seen is not None:
            return None
        if access.communes is None:
            return self.country if committees is None else None
        areas = {area for commune in access.communes[:1] for area in self.areas(commune)} - {self.country}
        for area in areas:
            communes = {commune for commune, of in self.of_commune.items() if area in of}
            paying = {committee for committee, of in self.of_committee.items() if area in of}
            if communes == set(access.communes) and committees is not None and paying == set(committees):
                return area
        return None


def layout_of(pack: Pack) -> Layout:
    """The layout of a country pack."""
    country = pack.country_area.code
    under = {area.code for area in pack.children(country)}

    def areas(code: str) -> tuple[str, ...]:
        chain = (code, *(area.code for area in pack.ancestors(code)))
        return (country, *(area for area in chain if area in under))

    of_commune = {area.code: areas(area.code) for area in pack.communes}
    of_committee = {committee.code: areas(committee.area) for committee in pack.committees.values()}
    all_of_it = [FORM, ACCURACY, IN_TIME.total_seconds(), str(pack.time_zone), of_commune, of_committee]
    fingerprint = hashlib.sha256(json.dumps(all_of_it, sort_keys=True).encode()).hexdigest()[:16]
    return Layout(pack.time_zone, country, of_commune, of_committee, fingerprint)
