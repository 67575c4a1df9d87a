"""The texts of alerts: reference, category and place; sensitive matters have their own. Never a citizen's words."""

from __future__ import annotations

from collections.abc import Sequence

from config.language import Language
from config.pack import Pack
from storage.enumerations import AlertKind, AlertStage
from storage.tables.concerns import Concern

MOST_REFERENCES = 8
"""References that one SMS names; its count says how many there are in all."""
FOR_DUTY_ALONE = (AlertKind.LATE, AlertKind.MAY_BE_URGENT)
"""Kinds that go to duty numbers only; their own texts say that it is the reader's turn."""


def alert_text(pack: Pack, language: Language, what: tuple[AlertKind, AlertStage], concerns: Sequence[Concern]) -> str:
    """Returns the SMS about these concerns for one stage; an alert of kind `single` is about one concern."""
    kind, stage = what
    text = _single(pack, language, concerns[0]) if kind is AlertKind.SINGLE else _several(language, kind, concerns)
    if stage is AlertStage.COMMITTEE or kind in FOR_DUTY_ALONE:
        return text
    return f"{text} {language.say('alert.duty')}"


def _several(language: Language, kind: AlertKind, concerns: Sequence[Concern]) -> str:
    named = [concern.reference.removeprefix("CCS-") for concern in concerns[:MOST_REFERENCES]]
    return language.say(f"alert.{kind}", count=len(concerns), references=", ".join(named))


def _single(pack: Pack, language: Language, concern: Concern) -> str:
    area = pack.areas.get(concern.commune or "")
    where = concern.place or (area.name if area else "")
    sensitive = pack.categories[concern.category or "other"].sensitive
    return language.say(
        "alert.sensitive" if sensitive else "alert",
        reference=concern.reference,
        category=language.categories[concern.category or "other"],
        place=where or language.say("alert.place_unknown"),
    )
