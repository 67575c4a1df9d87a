"""Stores the result of triage in the concern."""

from __future__ import annotations

from collections.abc import Sequence

from config.pack import Pack
from flows.triage import Kind, Reading, Urgency
from flows.triage.category import OTHER
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import WHY
from storage.tables.concerns import Concern

LONGEST_SUBJECTS = 200
"""Characters of the column that keeps the codes of a message's subjects."""


def understand(deployment: Deployment, concern: Concern, reading: Reading | None) -> None:
    """Combines what the citizen chose with what triage read: a choice is kept, a contradiction is left to a person."""
    reasons = list(concern.reasons)
    if reading is None and concern.text_sealed is not None:
        reasons.append("text_unreadable")
    reasons += _without_what_left_the_pack(deployment.pack, concern)
    usual = deployment.pack.categories[concern.category].urgency if concern.category else Urgency.PRIORITY
    urgency = Urgency(usual)
    if reading:
        concern.language = reading.language
        if concern.spoken is None:
            is_answered = reading.language_is_sure and reading.language in deployment.pack.languages
            concern.spoken = reading.language if is_answered else deployment.pack.first_language.code
        concern.kind, concern.confidence = reading.kind, reading.confidence
        if reading.kind is Kind.THANKS and not reading.no_matter:
            reasons.append("thanks_unsure")
        concern.why_sealed = deployment.vault.seal(WHY, "\n".join(reading.why)) if reading.why else None
        urgency = reading.urgency
        if concern.category is None:
            concern.category = reading.category
        elif reading.category not in (concern.category, OTHER) and reading.confidence >= 0.5:
            reasons.append("category_disagrees")
        if concern.channel == "sms":
            concern.commune, concern.place = reading.commune, reading.place
            reasons += reading.reasons
        elif reading.commune and concern.commune not in deployment.pack.areas:
            concern.commune = reading.commune
        elif reading.commune and reading.commune != concern.commune:
            reasons.append("place_disagrees")
        if concern.channel == "ussd" and urgency is Urgency.EMERGENCY and not concern.danger:
            # The citizen was asked about danger and said no: a person decides soon.
            urgency = Urgency.PRIORITY
            reasons.append("urgency_disagrees")
    else:
        concern.kind = concern.kind or Kind.CONCERN
        concern.category = concern.category or OTHER
    if reading and not deployment.pack.categories[concern.category].sensitive:
        concern.subjects = _fitting(reading.subjects)
    if concern.danger:
        urgency = Urgency.EMERGENCY
    concern.urgency, concern.urgency_rank = urgency, urgency.rank
    concern.reasons = list(dict.fromkeys(reasons))
    concern.needs_review = bool(concern.reasons)


def _without_what_left_the_pack(pack: Pack, concern: Concern) -> list[str]:
    """Forgets a chosen category that the pack has no more; returns why a person must look.

    The choice may be older than a new version of the pack, or come from a process that still has the old one. The
    category is read from the text then. A commune that left stays until a person, or the text, names another: the
    last committee of the chain hears it.
    """
    reasons = []
    if concern.category and concern.category not in pack.categories:
        concern.category = None
        reasons.append("category_left_pack")
    if concern.commune and concern.commune not in pack.areas:
        reasons.append("commune_left_pack")
    return reasons


def _fitting(codes: Sequence[str]) -> str:
    """As many codes as the column holds; a message with more subjects than that is about none of them."""
    kept: list[str] = []
    for code in codes:
        if len(" ".join([*kept, code])) > LONGEST_SUBJECTS:
            break
        kept.append(code)
    return " ".join(kept)
