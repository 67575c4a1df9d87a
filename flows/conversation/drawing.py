"""Draws the conversation as an SVG for people who decide on wording: a box a screen, a line a choice.

Screens stand in columns by how many choices they are away from where sessions begin. An arrow only ever crosses the gap
to the next column, so that none runs behind a box; every choice names the screen that it leads to. A screen that
people see in several forms has a box for each, one under the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from flows.conversation.walk import Variant, Walk

WIDE, HIGH, LINE = 300, 17, 13
"""Points: a box's width, a line's height, its letters."""
GAP_ACROSS, GAP_DOWN, MARGIN, BETWEEN = 120, 34, 24, 6
"""Points: gaps between columns and between boxes, the margin, and the gap `BETWEEN` two forms of one screen."""
TITLE_LETTERS, LABEL_LETTERS, TITLE_LINES = 35, 24, 5
MOST_CHOICES = 6
INK, QUIET, LINK, BOX, GROUND = "#1d2733", "#6b7885", "#1f5fa8", "#ffffff", "#f4f6f8"
COLOURS = ("#1f5fa8", "#a8521f", "#2c7a3f", "#7a2c75", "#8a6d00", "#00777a")
"""Of the arrows that leave a column, one for each screen they lead to."""


@dataclass(frozen=True, slots=True)
class _Box:
    """One form of a screen and where it stands."""

    name: str
    form: str
    """Which of its forms, as `1/2`; empty where there is one."""
    title: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    x: int
    y: int

    @property
    def height(self) -> int:
        return (1 + len(self.title) + len(self.choices)) * HIGH + 12

    def choice_at(self, at: int) -> int:
        """The height of a choice's line."""
        return self.y + (2 + len(self.title) + at) * HIGH - 4


def draw(walked: Walk, starts: tuple[str, ...]) -> str:
    """The SVG of a walk; `starts` are the screens where sessions begin, in the first column."""
    columns = _columns(walked, starts)
    boxes = [list(_column(walked, names, MARGIN + at * (WIDE + GAP_ACROSS))) for at, names in enumerate(columns)]
    width = 2 * MARGIN + len(columns) * (WIDE + GAP_ACROSS) - GAP_ACROSS
    height = MARGIN + max(box.y + box.height for column in boxes for box in column)
    drawn = [_drawn(box) for column in boxes for box in column]
    arrows = [arrow for here, there in pairwise(boxes) for arrow in _arrows(here, there)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="{LINE}">\n<rect width="100%" height="100%" fill="{GROUND}"/>\n'
        + "\n".join([*arrows, *drawn])
        + "\n</svg>\n"
    )


def _columns(walked: Walk, starts: tuple[str, ...]) -> list[list[str]]:
    columns, placed = [], set(starts)
    column = [name for name in starts if name in walked.ways]
    while column:
        columns.append(column)
        onward = [to for name in column for _, to in walked.ways.get(name, [])]
        column = [name for name in dict.fromkeys(onward) if name not in placed]
        placed.update(column)
    return columns


def _column(walked: Walk, names: list[str], x: int) -> Iterator[_Box]:
    y = MARGIN
    for name in names:
        variants = list(walked.variants.get(name, {}).values())
        for at, variant in enumerate(variants, start=1):
            form = f"{at}/{len(variants)}" if len(variants) > 1 else ""
            box = _Box(name, form, _title(variant), _choices(variant), x, y)
            yield box
            y += box.height + BETWEEN
        y += GAP_DOWN - BETWEEN


def _title(variant: Variant) -> tuple[str, ...]:
    """The title in lines, broken between words as on a phone."""
    lines: list[str] = []
    for wording in variant.title.split("\n"):
        line = ""
        for word in wording.split():
            if line and len(line) + 1 + len(word) > TITLE_LETTERS:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
    kept = [line for line in lines if line]
    if len(kept) > TITLE_LINES:
        kept = [*kept[: TITLE_LINES - 1], _cut(f"{kept[TITLE_LINES - 1]} …", TITLE_LETTERS)]
    return tuple(_cut(line, TITLE_LETTERS) for line in kept)


def _choices(variant: Variant) -> tuple[tuple[str, str], ...]:
    """The choices in their order; those that lead to one screen are cut short where they are many."""
    shown: list[tuple[str, str]] = []
    for to in dict.fromkeys(where for _, where in variant.ways):
        labels = [label for label, where in variant.ways if where == to]
        kept = labels if len(labels) <= MOST_CHOICES else labels[: MOST_CHOICES - 1]
        shown += [(_cut(label, LABEL_LETTERS), to) for label in kept]
        if more := len(labels) - len(kept):
            shown.append((f"… et {more} autres", to))
    return tuple(shown)


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _drawn(box: _Box) -> str:
    parts = [
        f'<rect x="{box.x}" y="{box.y}" width="{WIDE}" height="{box.height}" rx="5" fill="{BOX}" stroke="{QUIET}"/>',
        _text(box.x + 8, box.y + HIGH, box.name, QUIET, 'font-style="italic"'),
        _text(box.x + WIDE - 8, box.y + HIGH, box.form, QUIET, 'text-anchor="end"'),
    ]
    for at, line in enumerate(box.title):
        parts.append(_text(box.x + 8, box.y + (2 + at) * HIGH, line, INK, 'font-weight="bold"'))
    for at, (label, to) in enumerate(box.choices):
        y = box.choice_at(at) + 4
        parts.append(_text(box.x + 8, y, label, INK))
        parts.append(_text(box.x + WIDE - 8, y, f"→ {to}", LINK, 'text-anchor="end"'))
    return "\n".join(parts)


def _text(x: int, y: int, wording: str, colour: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" {more}>{escape(wording)}</text>'


def _arrows(here: Sequence[_Box], there: Sequence[_Box]) -> Iterator[str]:
    """From each choice to its screen in the next column, all of one screen in one colour."""
    ends = {box.name: box for box in reversed(there)}
    colours = {box.name: COLOURS[at % len(COLOURS)] for at, box in enumerate(there)}
    for box in here:
        for at, (_, to) in enumerate(box.choices):
            if end := ends.get(to):
                yield _arrow(box.x + WIDE, box.choice_at(at), end.x, end.y + HIGH, colours[to])


def _arrow(x: int, y: int, to_x: int, to_y: int, colour: str) -> str:
    """A curve that leaves and arrives level, with a head."""
    bend = (x + to_x) // 2
    path = f"M{x} {y} C{bend} {y} {bend} {to_y} {to_x - 7} {to_y}"
    head = f"{to_x},{to_y} {to_x - 8},{to_y - 4} {to_x - 8},{to_y + 4}"
    return f'<path d="{path}" fill="none" stroke="{colour}"/><polygon points="{head}" fill="{colour}"/>'
