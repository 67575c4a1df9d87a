"""One figure of the dashboard: a table with its title, and the bars of its chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NONE = "—"
"""Shown if there is nothing to count or to divide by."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its label, its length, and the text beside it."""

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
    """`42 %`; a dash if `whole` is 0."""
    return f"{round(100 * part / whole)} %" if whole else NONE
