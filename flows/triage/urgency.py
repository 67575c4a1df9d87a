"""How soon somebody must look: an emergency missed weighs as much as twenty cried in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

COST_OF_MISSED = 20
"""False emergencies that weigh as much as one missed; the threshold of the model follows from it."""
RULES_MOVE = 1.5
"""By how much the rules, which the model knows nothing of, lower or raise its threshold. They never decide alone."""


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    PRIORITY = "priority"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Urgency).index(self)


class Sign(StrEnum):
    """What the rules see: danger now, something past or lasting, or neither."""

    NOW = "now"
    NOT_NOW = "not_now"
    UNKNOWN = "unknown"


def sign_of(hits: Mapping[str, Sequence[str]]) -> Sign:
    """The rules: danger to a life or a building beside words of now; yesterday, what is over, every night and
    what may happen one day are not now.

    `hits` are the lexicon's, by `u:danger` and its like.
    """
    now, ongoing = "u:now" in hits, "u:ongoing" in hits
    if "u:past" in hits and not now:
        return Sign.NOT_NOW
    if "u:danger" in hits and (now or ongoing or "u:today" in hits):
        return Sign.NOW
    waits = bool({"u:lasting", "u:risk", "u:over"} & hits.keys())
    return Sign.NOT_NOW if waits and not (now or ongoing) else Sign.UNKNOWN


def words_of(hits: Mapping[str, Sequence[str]]) -> list[str]:
    """The words of a message that speak of danger now."""
    return [word for label in ("u:danger", "u:now", "u:ongoing") for word in hits.get(label, ())]


def decide(emergency: float, urgency: Mapping[str, float], threshold: float, sign: Sign) -> Urgency:
    """The model and the rules joined: the rules move the threshold, the model's probability is held against it.

    `emergency` comes from a head of its own, `urgency` settles between the two below it.
    """
    if is_emergency(emergency, threshold, sign):
        return Urgency.EMERGENCY
    priority = urgency[Urgency.PRIORITY] >= urgency[Urgency.ROUTINE]
    return Urgency.PRIORITY if priority else Urgency.ROUTINE


def is_emergency(probability: float, threshold: float, sign: Sign) -> bool:
    needed = threshold * {Sign.NOW: 1 / RULES_MOVE, Sign.NOT_NOW: RULES_MOVE, Sign.UNKNOWN: 1.0}[sign]
    return probability >= needed
