"""Draws the conversation as an SVG for people who decide on wording: a box a screen, a line a choice."""

from __future__ import annotations

from html import escape

from flows.walk import Walk

WIDE, HIGH, LINE = 230, 16, 13
"""Points: a box's width, a line's height, its letters."""
GAP_ACROSS, GAP_DOWN, MARGIN = 110, 18, 20
LETTERS = 31
MOST_WAYS = 7
INK, QUIET, BOX, GROUND = "#1d2733", "#8a97a5", "#ffffff", "#f4f6f8"


def draw(walked: Walk, starts: tuple[str, ...]) -> str:
    """Screens in columns by how many choices they are away from where talks begin."""
    columns = _columns(walked, starts)
    places: dict[str, tuple[int, int]] = {}
    boxes, tallest = [], 0
    for across, names in enumerate(columns):
        x, y = MARGIN + across * (WIDE + GAP_ACROSS), MARGIN
        for name in names:
            lines = _lines(walked, name)
            places[name] = (x, y)
            boxes.append(_box(x, y, lines))
            y += len(lines) * HIGH + 2 * GAP_DOWN
        tallest = max(tallest, y)
    width = MARGIN * 2 + len(columns) * (WIDE + GAP_ACROSS)
    lines = [_way(places[name], places[to], at) for name in places for at, (_, to) in enumerate(_ways(walked, name))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{tallest}" font-family="sans-serif" '
        f'font-size="{LINE}">\n<rect width="100%" height="100%" fill="{GROUND}"/>\n'
        + "\n".join([*lines, *boxes])
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


def _ways(walked: Walk, name: str) -> list[tuple[str, str]]:
    """The first ways from a screen, and one to each screen that they leave out."""
    ways = walked.ways.get(name, [])
    shown = ways[:MOST_WAYS]
    for label, to in ways[MOST_WAYS:]:
        if to not in {where for _, where in shown}:
            shown.append((label, to))
    return shown


def _lines(walked: Walk, name: str) -> list[str]:
    title = walked.titles.get(name, "").replace("\n", " ")
    return [name, _cut(title), *(_cut(label) for label, _ in _ways(walked, name))]


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _box(x: int, y: int, lines: list[str]) -> str:
    height = len(lines) * HIGH + 10
    texts = [
        f'<text x="{x + 8}" y="{y + (at + 1) * HIGH}" fill="{QUIET if at == 0 else INK}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    ]
    frame = f'<rect x="{x}" y="{y}" width="{WIDE}" height="{height}" rx="5" fill="{BOX}" stroke="{QUIET}"/>'
    return "\n".join([frame, *texts])


def _way(start: tuple[int, int], end: tuple[int, int], at: int) -> str:
    """From the choice's line to the top of its screen."""
    x, y = start[0] + WIDE, start[1] + (at + 3) * HIGH - 5
    to_x, to_y = end[0], end[1] + HIGH
    bend = (x + to_x) // 2
    path = f"M{x} {y} C{bend} {y} {bend} {to_y} {to_x} {to_y}"
    return f'<path d="{path}" fill="none" stroke="{QUIET}" stroke-width="1"/>'
