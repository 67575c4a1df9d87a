"""The emergency numbers as a screen and an SMS show them."""

from __future__ import annotations

from config.language import Language
from config.pack import Pack
from flows.screen import septets


def numbers_lines(pack: Pack, spoken: Language) -> str:
    """The emergency numbers, one service a line: `Police 17, 80001115`."""
    return "\n".join(f"{spoken.services[entry.service]} {', '.join(entry.numbers)}" for entry in pack.emergency_numbers)


def first_numbers(pack: Pack, spoken: Language) -> str:
    """The shortest number of each service on one line, for an SMS."""
    short = [min(entry.numbers, key=lambda number: septets(number) or 0) for entry in pack.emergency_numbers]
    return ", ".join(
        f"{spoken.services[entry.service]} {number}"
        for entry, number in zip(pack.emergency_numbers, short, strict=True)
    )
