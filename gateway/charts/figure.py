"""One figure of the dashboard or of the public page: a table with its title, and its chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.translations import _

NONE = "—"
"""Shown if there is nothing to count or to divide by."""
BARS = 15
"""Bars of one chart at most; its table has all rows."""


class Chart(StrEnum):
    """How the bars of a figure are drawn: below each other, or side by side in the order of time."""

    BARS = "bars"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its label, its length, and the text beside it.

    `upper` is the length of a second, empty bar around it, such as a 90th percentile around a median.
    """

    label: str
    value: int
    text: str
    upper: int = 0

    @property
    def longest(self) -> int:
        """The longer of the two bars."""
        return max(self.value, self.upper)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `name` is its name in addresses; `note` says how to read it.

    `shown` limits the rows on a page; a file has all of them.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar] = ()
    note: str = ""
    chart: Chart = Chart.BARS
    shown: int | None = None


def percent(part: int, whole: int) -> str:
    """`42 %`; a dash if `whole` is 0."""
    return _("%(percent)s %%", percent=round(100 * part / whole)) if whole else NONE
