"""French labels for the codes of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from config.pack import Pack
from gateway.outbound.citizen_notifications import Goes, Promise
from storage.tables.concerns import ConcernEvent

STATES = {
    "received": "Reçu",
    "on_agenda": "À l'ordre du jour",
    "discussed": "Discuté",
    "passed_on": "Transmis",
    "closed": "Clos",
}
ITEM_STATES = {
    "proposed": "Proposé",
    "on_agenda": "À l'ordre du jour",
    "discussed": "Discuté",
    "decided": "Décidé",
    "referred": "Transmis à un service",
    "recommended": "Recommandé",
    "closed": "Clos",
}
BROADCAST_STATES = {"waiting": "Attend un accord", "approved": "En cours", "done": "Partie", "stopped": "Arrêtée"}
MEETING_STATES = {"planned": "Prévue", "cancelled": "Annulée", "held": "Tenue"}
RECOMMENDATION_STATES = {
    "open": "À traiter",
    "accepted": "Acceptée, réponse due",
    "answered": "Répondue",
    "declined": "Déclinée",
}
STEPS = {
    "made": "faite",
    "accepted": "acceptée",
    "passed_on": "transmise au niveau au-dessus",
    "answered": "répondue",
    "declined": "déclinée",
}
POINTS = {
    "urgency": "urgence",
    "people": "personnes",
    "recent": "récent",
    "waiting": "attente",
    "came_back": "revient",
}
ALERT_STAGES = {
    "committee": "secrétaires",
    "region": "numéro de garde de la région",
    "country": "numéro de garde du pays",
}
SET_ASIDE = {"spam": "Écarté : indésirable", "test": "Écarté : essai"}
"""The state of a concern that was closed without an answer, by reason."""
URGENCIES = {"emergency": "Urgence", "priority": "Prioritaire", "routine": "Courant"}
KINDS = {
    "concern": "Préoccupation",
    "proposal": "Proposition",
    "question": "Question",
    "thanks": "Remerciement",
}
ROLES = {
    "observer": "Observateur : lit",
    "secretary": "Secrétaire : agit pour son comité",
    "coordinator": "Coordinateur : lit et agit, hors du sensible",
    "administrator": "Administrateur : tout, dans sa zone",
    "auditor": "Auditeur : lit l'audit, et rien d'autre",
}
ACCOUNT_STATES = {"invited": "Invité, sans mot de passe", "active": "Actif", "disabled": "Désactivé"}
PERIOD_LABELS = {"today": "Aujourd'hui", "week": "7 jours", "month": "30 jours", "quarter": "90 jours"}
CHANNELS = {"ussd": "USSD", "sms": "SMS"}
MESSAGE_STATES = {
    "queued": "En attente",
    "sending": "En cours d'envoi",
    "uncertain": "Incertain",
    "sent": "Envoyé",
    "delivered": "Remis",
    "failed": "Échec",
    "held": "Retenu",
}
HELD_BACK = {
    "answers_an_hour": "plus de cinq réponses sans nouvelle dans l'heure à ce numéro",
    "cost_an_hour": "coût des réponses dans l'heure à ce numéro",
    "country": "pays où aucun SMS ne part",
    "undone": "annulé avant l'envoi",
    "budget": "attend le budget du mois prochain",
}
REASONS = {
    "may_be_urgent": "peut-être urgent",
    "replied": "le citoyen a répondu",
    "commune_unknown": "commune inconnue",
    "commune_ambiguous": "plusieurs communes possibles",
    "place_misspelt": "lieu mal orthographié",
    "category_unsure": "catégorie incertaine",
    "category_disagrees": "le texte dit une autre catégorie",
    "place_disagrees": "le texte dit un autre lieu",
    "urgency_disagrees": "le texte dit un danger, le citoyen non",
    "text_unreadable": "texte illisible",
    "text_cut": "texte trop long, la fin manque",
    "incomplete": "message incomplet : une partie du SMS manque",
    "over_limit": "au-delà de la limite du jour",
    "many_emergencies": "plusieurs urgences du même téléphone",
    "flood": "soupçon d'envoi en masse",
    "thanks_unsure": "peut-être un simple remerciement",
    "thanks": "remerciement : rien à traiter",
    "greeting": "salutation : rien à traiter",
    "test": "essai : rien à traiter",
    "off_topic": "hors sujet : rien à traiter",
    "wants_silence": "demande peut-être de ne plus recevoir de SMS",
    "cannot_be_answered": "aucune réponse possible : SMS vers ce pays non permis",
}
ACTS = {
    "received": "reçu",
    "read": "lu par le tri",
    "alerted": "alerte envoyée",
    "repeated": "redit par le même numéro",
    "commune_answered": "commune précisée par le citoyen",
    "corrected": "corrigé",
    "on_agenda": "mis à l'ordre du jour",
    "taken_off": "retiré de l'ordre du jour",
    "ordered": "rangé à la main",
    "described": "titre ou résumé changé",
    "split": "divisé",
    "split_from": "séparé d'un autre point",
    "merged_with": "un autre point joint",
    "given": "donné à un autre comité",
    "replied": "réponse du service notée",
    "no_matter": "rien à traiter",
    "postponed": "reporté à la réunion suivante",
    "discussed": "discuté",
    "decided": "décidé",
    "referred": "transmis à un service",
    "recommended": "recommandé au niveau au-dessus",
    "declined": "recommandation déclinée",
    "reminded": "rappelé, sans réponse",
    "moved_up": "passé au comité au-dessus",
    "moved_down": "passé au comité installé",
    "score_set": "score changé",
    "passed_on": "transmis",
    "closed": "clos avec une réponse",
    "reviewed": "vérifié",
    "set_aside": "écarté sans réponse",
    "reopened": "rouvert",
    "asked": "question posée au citoyen",
    "citizen_replied": "réponse du citoyen",
    "reply_stands_alone": "réponse devenue un message à part",
    "noted": "note laissée",
    "told_late": "numéro de garde prévenu du retard",
    "undone": "annulé",
}
MESSAGE_KINDS = {
    "reply": "Réponse à un SMS",
    "news": "Suite donnée",
    "question": "Question",
    "sms.received": "Accusé de réception",
    "sms.repeated": "Accusé de réception",
    "sms.urgent": "Numéros d'urgence",
    "sms.ask_commune": "Demande de la commune",
    "sms.limit": "Limite du jour",
    "sms.reply_received": "Réponse reçue",
    "sms.thanks": "Remerciement",
    "alert": "Alerte d'urgence",
    "recommendation": "Recommandation, aux secrétaires",
    "referral": "Rappel d'un service saisi",
    "meeting": "Réunion déplacée ou annulée",
    "digest": "Résumé hebdomadaire",
    "broadcast": "Annonce",
    "surge": "Hausse inhabituelle",
    "draft": "Message inachevé",
}
"""The kind of an SMS, by the beginning of its key."""


def message_kind(key: str) -> str:
    """The kind of an SMS, in French."""
    return MESSAGE_KINDS.get(key.partition(":")[0], "SMS")


def promised_sms(promises: Sequence[Promise]) -> str:
    """What happens with the SMS of an answer: how many are sent, and until when the others wait."""
    count = Counter(promise.goes for promise in promises)
    if not promises or count[Goes.NEVER] == len(promises):
        return "Aucun SMS ne part : sans numéro, ou par STOP, la réponse se lit avec la référence."
    sentences = []
    if going := count[Goes.NOW]:
        sentences.append("La réponse part par SMS." if len(promises) == 1 else f"SMS qui partent : {going}.")
    if soon := count[Goes.SOON]:
        what = "La réponse part" if len(promises) == 1 else f"{soon} SMS, la réponse part"
        sentences.append(f"{what} par SMS dans cinq minutes : jusque-là cela s'annule.")
    for goes, why in WAITS.items():
        until = max((promise.until for promise in promises if promise.goes is goes and promise.until), default=None)
        if until:
            sentences.append(f"{why.format(count=count[goes])} {on_day(until)}.")
    return " ".join(sentences)


def when_it_goes(promise: Promise) -> str:
    """When an SMS would be sent that is still being written."""
    match promise.goes:
        case Goes.NEVER:
            return "Aucun SMS ne partirait : sans numéro, ou par STOP. La réponse se lit avec la référence."
        case Goes.WHEN_BUDGET_ALLOWS if promise.until:
            return f"Le budget SMS du comité est épuisé : la réponse attendrait le {on_day(promise.until)}."
        case Goes.WHEN_WEEK_IS_OVER if promise.until:
            return f"Au plus un SMS par semaine à un citoyen : la réponse attendrait le {on_day(promise.until)}."
        case _:
            return "Le SMS partirait cinq minutes après l'envoi, le temps d'annuler."


WAITS = {
    Goes.WHEN_BUDGET_ALLOWS: "Le budget SMS du comité est épuisé ({count} SMS) : la réponse attend le",
    Goes.WHEN_WEEK_IS_OVER: "Au plus un SMS par semaine à un citoyen ({count} SMS) : la réponse attend le",
}


def on_day(moment: datetime) -> str:
    """A day as people write it: `1/12/2026`."""
    return f"{moment.day}/{moment:%m/%Y}"


def detail_label(pack: Pack, event: ConcernEvent, kept_back: Collection[str] = ()) -> str:
    """The details of a line of history, in words; without the categories that are kept from the reader."""
    detail = event.detail.get("after", event.detail)
    french = pack.first_language
    parts = []
    if (commune := detail.get("commune")) in pack.areas:
        parts.append(pack.areas[str(commune)].name)
    category = detail.get("category")
    if category in french.categories and category not in kept_back:
        parts.append(french.categories[str(category)])
    if (urgency := detail.get("urgency")) in URGENCIES:
        parts.append(URGENCIES[str(urgency)])
    if (committee := detail.get("committee")) in pack.committees:
        parts.append(pack.committees[str(committee)].name)
    if (channel := detail.get("channel")) in CHANNELS:
        parts.append(CHANNELS[str(channel)])
    parts += [REASONS.get(reason, reason) for reason in detail.get("reasons", ())]
    return ", ".join(parts)
