"""An agenda as one SMS of at most three parts, in GSM 7-bit, the most important first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from config.language import Language
from config.pack import Pack
from flows.committees.agenda import RankedItem, rank
from flows.committees.titles import generated_title
from flows.screen import count_segments, shorten, to_gsm
from flows.triage.urgency import Urgency

MOST_PARTS = 3
LONGEST_NAME = 40
LONGEST_ABOUT = 70
"""Characters of an item's title in a digest."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a digest speaks of, both included, and the day of the next meeting."""

    since: date
    until: date
    meeting: date | None


def day(moment: date) -> str:
    """How a day is written on a phone: `12/12`."""
    return moment.strftime("%d/%m")


def digest(committee: str, items: Sequence[RankedItem], period: Period, pack: Pack, language: Language) -> str:
    """The text of a committee's digest. Sensitive categories are a count and their references, nothing more."""
    count = sum(item.count for item in items)
    name = shorten(to_gsm(committee), LONGEST_NAME)
    since, until = day(period.since), day(period.until)
    meeting = language.say("digest.meeting", date=day(period.meeting)) if period.meeting else ""
    if not items:
        quiet = language.say("digest.quiet", committee=name, since=since, until=until)
        return to_gsm(f"{quiet} {meeting}".strip())
    title = language.say_count("digest.title", count, committee=name, since=since, until=until)
    open_items = rank([item for item in items if not pack.categories[item.category].sensitive])
    sensitive = rank([item for item in items if pack.categories[item.category].sensitive])
    tail = [_sensitive(sensitive, language)] if sensitive else []
    tail += [meeting] if meeting else []
    lines = [_line(at, item, pack, language) for at, item in enumerate(open_items, start=1)]
    for shown in range(len(lines), -1, -1):
        left = len(lines) - shown
        more = [language.say_count("digest.more", left)] if left else []
        text = to_gsm("\n".join([title, *lines[:shown], *more, *tail]))
        if count_segments(text) <= MOST_PARTS:
            return text
    return shorten(to_gsm("\n".join([title, *tail])), MOST_PARTS * 153)


def _line(at: int, item: RankedItem, pack: Pack, language: Language) -> str:
    change = item.count - item.before
    return language.say(
        "digest.item",
        rank=at,
        about=shorten(to_gsm(item.title or generated_title(pack, language, item, item.subjects, False)), LONGEST_ABOUT),
        count=item.count,
        change=f" ({change:+d})" if item.before and change else "",
        urgent=language.say("digest.urgent") if item.urgency is Urgency.EMERGENCY else "",
        reference=item.reference.removeprefix("CCS-"),
    )


def _sensitive(items: Sequence[RankedItem], language: Language) -> str:
    references = " ".join(item.reference.removeprefix("CCS-") for item in items[:4])
    return language.say("digest.sensitive", count=sum(item.count for item in items), references=references)
