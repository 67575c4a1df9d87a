"""What the public page draws: sums of published cells, and nothing else.

Sums add published cells only, so that they reveal nothing about cells that are too small to be published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from babel.dates import format_date

from config.pack import Area, Pack
from gateway.charts import figure as drawn
from gateway.charts.figure import BARS, Bar, Chart
from gateway.charts.maps import full_name, maps_of
from gateway.charts.tiles import TileMap
from gateway.translations import _
from gateway.translations.texts import page_language
from storage.concerns.public_figures import ROUNDED_TO, Figure

ALL_MONTHS = "all"
MOST_ROWS = 300
"""Rows of the table of all cells; every one is in the CSV."""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """The published cells of one month (`2026-10`), or of all if `month` is empty, as charts and maps.

    `months` are all that can be chosen, each with its name, the newest first.
    """

    month: str
    name: str
    months: Sequence[tuple[str, str]]
    figures: Sequence[drawn.Figure]
    maps: Sequence[TileMap]
    is_empty: bool


def read_page(pack: Pack, published: Sequence[Figure], wanted: str) -> PublicPage:
    """The page of a month. An unknown month is read as the newest one."""
    months = sorted({f"{cell.month:%Y-%m}": cell.month for cell in published}.items(), reverse=True)
    names = {code: format_date(month, "MMMM yyyy", locale=page_language()) for code, month in months}
    newest = months[0][0] if months else ""
    month = "" if wanted == ALL_MONTHS else wanted if wanted in names else newest
    cells = [cell for cell in published if not month or f"{cell.month:%Y-%m}" == month]
    by_commune = _sums(cells, lambda cell: cell.commune)

    def count_in(area: Area) -> int | None:
        """The people of an area; None if nothing is published of it."""
        return sum(by_commune[code] for code in pack.communes_under(area.code)) or None

    return PublicPage(
        month,
        names.get(month, _("tous les mois publiés")),
        list(names.items()),
        [*_figures(pack, cells, by_commune), *([] if month else [_by_month(names, cells)]), _all_cells(pack, cells)],
        maps_of(pack, _("Régions"), count_in, least=0, multiple=ROUNDED_TO),
        not cells,
    )


def _sums(cells: Sequence[Figure], of: Callable[[Figure], str]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for cell in cells:
        sums[of(cell)] += cell.count
    return sums


def _figures(pack: Pack, cells: Sequence[Figure], by_commune: Counter[str]) -> list[drawn.Figure]:
    categories = _sums(cells, lambda cell: cell.category).most_common()
    labels = {code: _(pack.first_language.categories[code]) for code, _count in categories}
    communes = by_commune.most_common()
    many = _("Les %(count)s premières ; le tableau les a toutes.", count=BARS) if len(communes) > BARS else ""
    return [
        drawn.Figure(
            "categories",
            _("Personnes par catégorie"),
            (_("Catégorie"), _("Personnes, au moins")),
            [(labels[code], str(count)) for code, count in categories],
            [Bar(labels[code], count, f"{count}+") for code, count in categories[:BARS]],
        ),
        drawn.Figure(
            "communes",
            _("Personnes par commune"),
            (_("Commune"), _("Personnes, au moins")),
            [(full_name(pack, code), str(count)) for code, count in communes],
            [Bar(full_name(pack, code), count, f"{count}+") for code, count in communes[:BARS]],
            many,
        ),
    ]


def _by_month(names: dict[str, str], cells: Sequence[Figure]) -> drawn.Figure:
    counts = _sums(cells, lambda cell: f"{cell.month:%Y-%m}")
    in_order = sorted(names)
    return drawn.Figure(
        "months",
        _("Personnes par mois"),
        (_("Mois"), _("Personnes, au moins")),
        [(names[month], str(counts[month])) for month in in_order],
        [Bar(f"{month[5:]}/{month[2:4]}", counts[month], f"{counts[month]}+") for month in in_order],
        chart=Chart.COLUMNS,
    )


def _all_cells(pack: Pack, cells: Sequence[Figure]) -> drawn.Figure:
    """The published cells themselves, the newest first."""
    ordered = sorted(cells, key=lambda cell: (-cell.month.toordinal(), -cell.count, cell.commune, cell.category))
    more = _("Les %(count)s premières lignes ; toutes sont dans le CSV.", count=MOST_ROWS)
    return drawn.Figure(
        "cells",
        _("Chiffres publiés, un à un"),
        (_("Mois"), _("Commune"), _("Catégorie"), _("Personnes")),
        [
            (
                f"{cell.month:%m/%Y}",
                pack.areas[cell.commune].name,
                _(pack.first_language.categories[cell.category]),
                _("%(count)s ou plus", count=cell.count),
            )
            for cell in ordered
        ],
        note=more if len(ordered) > MOST_ROWS else "",
        shown=MOST_ROWS,
    )
