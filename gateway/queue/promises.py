"""When the SMS of an answer goes, in words: now, in five minutes, or when the night, the budget or the week allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from gateway.outbound.citizen_notifications import Goes, Promise
from gateway.queue.dates import hour_of, on_day
from gateway.translations import _, ngettext


def promised_sms(promises: Sequence[Promise]) -> str:
    """What happens with the SMS of an answer: how many are sent, and until when the others wait."""
    count = Counter(promise.goes for promise in promises)
    if not promises or count[Goes.NEVER] == len(promises):
        return _("Aucun SMS ne part : sans numéro, ou par STOP, la réponse se lit avec la référence.")
    is_one = len(promises) == 1
    sentences = []
    if going := count[Goes.NOW]:
        several = ngettext("%(num)s SMS part.", "%(num)s SMS partent.", going)
        sentences.append(_("La réponse part par SMS.") if is_one else several)
    if soon := count[Goes.SOON]:
        several = ngettext(
            "%(num)s SMS part dans cinq minutes : jusque-là cela s'annule.",
            "%(num)s SMS partent dans cinq minutes : jusque-là cela s'annule.",
            soon,
        )
        one = _("La réponse part par SMS dans cinq minutes : jusque-là cela s'annule.")
        sentences.append(one if is_one else several)
    for goes in (Goes.WHEN_NIGHT_IS_OVER, Goes.WHEN_BUDGET_ALLOWS, Goes.WHEN_WEEK_IS_OVER):
        until = max((promise.until for promise in promises if promise.goes is goes and promise.until), default=None)
        if until:
            sentences.append(_waiting(goes, count[goes], until))
    return " ".join(sentences)


def _waiting(goes: Goes, count: int, until: datetime) -> str:
    day = on_day(until)
    if goes is Goes.WHEN_NIGHT_IS_OVER:
        waiting = ngettext(
            "La nuit, aucune réponse ne part : %(num)s SMS part le %(day)s à %(hour)s.",
            "La nuit, aucune réponse ne part : %(num)s SMS partent le %(day)s à %(hour)s.",
            count,
            day=day,
            hour=hour_of(until),
        )
        stopped = _("Cinq minutes pour annuler ; ensuite, rouvrir le message avant cette heure l'arrête.")
        return f"{waiting} {stopped}"
    if goes is Goes.WHEN_BUDGET_ALLOWS:
        return ngettext(
            "Le budget SMS du comité est épuisé : %(num)s SMS attend le %(day)s.",
            "Le budget SMS du comité est épuisé : %(num)s SMS attendent le %(day)s.",
            count,
            day=day,
        )
    return ngettext(
        "Au plus un SMS par semaine à un citoyen : %(num)s SMS attend le %(day)s.",
        "Au plus un SMS par semaine à un citoyen : %(num)s SMS attendent le %(day)s.",
        count,
        day=day,
    )


def when_it_goes(promise: Promise) -> str:
    """When an SMS would be sent that is still being written."""
    if promise.goes is Goes.NEVER:
        return _("Aucun SMS ne partirait : sans numéro, ou par STOP. La réponse se lit avec la référence.")
    if promise.goes is Goes.WHEN_NIGHT_IS_OVER and promise.until:
        day, hour = on_day(promise.until), hour_of(promise.until)
        return _("La nuit, ce SMS ne part pas : il partirait le %(day)s à %(hour)s.", day=day, hour=hour)
    if promise.goes is Goes.WHEN_BUDGET_ALLOWS and promise.until:
        day = on_day(promise.until)
        return _("Le budget SMS du comité est épuisé : la réponse attendrait le %(day)s.", day=day)
    if promise.goes is Goes.WHEN_WEEK_IS_OVER and promise.until:
        day = on_day(promise.until)
        return _("Au plus un SMS par semaine à un citoyen : la réponse attendrait le %(day)s.", day=day)
    return _("Le SMS partirait cinq minutes après l'envoi, le temps d'annuler.")
