"""What an alert says: a reference, what and where; of sensitive matters the place alone, never a citizen's word."""

from __future__ import annotations

from collections.abc import Sequence

from config.language import Language
from config.pack import Pack
from storage.enumerations import AlertKind, AlertStage
from storage.tables.concerns import Concern

MOST_REFERENCES = 8
"""References that an SMS names; the count says how many there are."""
FOR_DUTY_ALONE = (AlertKind.LATE, AlertKind.MAY_BE_URGENT)
"""Their texts say themselves that it is the reader's turn."""


def alert_text(pack: Pack, language: Language, what: tuple[AlertKind, AlertStage], concerns: Sequence[Concern]) -> str:
    """The SMS about these concerns for one stage; an alert of kind `single` is about one."""
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
