"""One figure of the dashboard: a table with its title, and the bars of its chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NONE = "—"
"""Where there is nothing to count or to divide."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what it is, how long, and the figure beside it."""

    label: str
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the dashboard: `name` is its name in addresses; `note` says how to read it."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar] = ()
    note: str = ""


def percent(part: int, whole: int) -> str:
    """`42 %`; a dash where there is nothing to divide."""
    return f"{round(100 * part / whole)} %" if whole else NONE
