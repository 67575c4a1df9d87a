"""The subjects that the people behind an agenda item share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

FEWEST_PEOPLE = 3
"""People whose messages must name a subject before a title may."""


def shared_subjects(messages: Iterable[tuple[int | None, str]]) -> tuple[str, ...]:
    """The codes that at least three people name, the most named first.

    `messages` are pairs of a person and the codes of one message, with a blank between them. Messages without a number
    may all be of one person: together they count as one.
    """
    people = {(person, code) for person, codes in messages for code in codes.split()}
    named = sorted(Counter(code for _, code in people).items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(code for code, count in named if count >= FEWEST_PEOPLE)
