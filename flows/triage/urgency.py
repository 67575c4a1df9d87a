"""Decides how soon somebody must look: a missed emergency is as bad as twenty false alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from config.enumerations import Urgency as Urgency

COST_OF_MISSED = 20
"""False alarms that are as bad as one missed emergency; training chooses the threshold of the model by it."""
RULES_MOVE = 1.5
"""The factor by which the rules lower or raise the threshold of the model. They never decide alone."""


class Sign(StrEnum):
    """What the rules find: danger now, something past or lasting, or neither."""

    NOW = "now"
    NOT_NOW = "not_now"
    UNKNOWN = "unknown"


def sign_of(hits: Mapping[str, Sequence[str]]) -> Sign:
    """Applies the rules to what the lexicon found (`hits`, by labels such as `u:danger`).

    Words of danger beside words of now mean NOW. Words of the past, of what is over, of every night or of what may
    happen mean NOT_NOW.
    """
    now, ongoing = "u:now" in hits, "u:ongoing" in hits
    if "u:past" in hits and not now:
        return Sign.NOT_NOW
    if "u:danger" in hits and (now or ongoing or "u:today" in hits):
        return Sign.NOW
    waits = bool({"u:lasting", "u:risk", "u:over"} & hits.keys())
    return Sign.NOT_NOW if waits and not (now or ongoing) else Sign.UNKNOWN


def words_of(hits: Mapping[str, Sequence[str]]) -> list[str]:
    """The words of a message that mean danger now, as the lexicon found them."""
    return [word for label in ("u:danger", "u:now", "u:ongoing") for word in hits.get(label, ())]


def decide(emergency: float, urgency: Mapping[str, float], threshold: float, sign: Sign) -> Urgency:
    """Combines the model and the rules, which move the threshold for the model's probability of an emergency.

    `urgency` holds the probabilities that decide between priority and routine.
    """
    if is_emergency(emergency, threshold, sign):
        return Urgency.EMERGENCY
    priority = urgency[Urgency.PRIORITY] >= urgency[Urgency.ROUTINE]
    return Urgency.PRIORITY if priority else Urgency.ROUTINE


def is_emergency(probability: float, threshold: float, sign: Sign) -> bool:
    """Whether a probability reaches the threshold that the rules have moved."""
    needed = threshold * {Sign.NOW: 1 / RULES_MOVE, Sign.NOT_NOW: RULES_MOVE, Sign.UNKNOWN: 1.0}[sign]
    return probability >= needed
