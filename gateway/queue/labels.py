"""Labels for the codes of the database: French here, other languages in the catalogues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from config.pack import Pack
from config.pack.subjects import Subject, Subjects
from gateway.translations import N_, Labels
from storage.committees.titles import Titles
from storage.safety.vault import Vault
from storage.tables.concerns import ConcernEvent

STATES = Labels(
    {
        "received": N_("Reçu"),
        "on_agenda": N_("À l'ordre du jour"),
        "discussed": N_("Discuté"),
        "passed_on": N_("Transmis"),
        "closed": N_("Clos"),
    }
)
ITEM_STATES = Labels(
    {
        "proposed": N_("Proposé"),
        "on_agenda": N_("À l'ordre du jour"),
        "discussed": N_("Discuté"),
        "decided": N_("Décidé"),
        "referred": N_("Transmis à un service"),
        "recommended": N_("Recommandé"),
        "closed": N_("Clos"),
    }
)
BROADCAST_STATES = Labels(
    {
        "waiting": N_("Attend un accord"),
        "approved": N_("En cours"),
        "done": N_("Envoyée"),
        "stopped": N_("Arrêtée"),
    }
)
MEETING_STATES = Labels({"planned": N_("Prévue"), "cancelled": N_("Annulée"), "held": N_("Tenue")})
RECOMMENDATION_STATES = Labels(
    {
        "open": N_("À traiter"),
        "accepted": N_("Acceptée, réponse due"),
        "answered": N_("Répondue"),
        "declined": N_("Déclinée"),
    }
)
STEPS = Labels(
    {
        "made": N_("faite"),
        "accepted": N_("acceptée"),
        "passed_on": N_("transmise au niveau au-dessus"),
        "answered": N_("répondue"),
        "declined": N_("déclinée"),
    }
)
POINTS = Labels(
    {
        "urgency": N_("urgence"),
        "people": N_("personnes"),
        "recent": N_("récent"),
        "waiting": N_("attente"),
        "came_back": N_("revient"),
    }
)
ALERT_STAGES = Labels(
    {
        "committee": N_("secrétaires"),
        "region": N_("numéro de garde de la région"),
        "country": N_("numéro de garde du pays"),
    }
)
SET_ASIDE = Labels({"spam": N_("Écarté : indésirable"), "test": N_("Écarté : essai")})
"""The state of a concern that was closed without an answer, by reason."""
URGENCIES = Labels({"emergency": N_("Urgence"), "priority": N_("Prioritaire"), "routine": N_("Courant")})
KINDS = Labels(
    {
        "concern": N_("Préoccupation"),
        "proposal": N_("Proposition"),
        "question": N_("Question"),
        "thanks": N_("Remerciement"),
    }
)
ROLES = Labels(
    {
        "observer": N_("Observateur : lit"),
        "secretary": N_("Secrétaire : agit pour son comité"),
        "coordinator": N_("Coordinateur : lit et agit, hors du sensible"),
        "administrator": N_("Administrateur : tout, dans sa zone"),
        "auditor": N_("Auditeur : lit l'audit, et rien d'autre"),
    }
)
ACCOUNT_STATES = Labels(
    {"invited": N_("Invité, sans mot de passe"), "active": N_("Actif"), "disabled": N_("Désactivé")}
)
PERIOD_LABELS = Labels(
    {"today": N_("Aujourd'hui"), "week": N_("7 jours"), "month": N_("30 jours"), "quarter": N_("90 jours")}
)
CHANNELS = Labels({"ussd": "USSD", "sms": "SMS"})
REASONS = Labels(
    {
        "may_be_urgent": N_("peut-être urgent"),
        "replied": N_("le citoyen a répondu"),
        "commune_unknown": N_("commune inconnue"),
        "commune_ambiguous": N_("plusieurs communes possibles"),
        "place_misspelt": N_("lieu mal orthographié"),
        "category_unsure": N_("catégorie incertaine"),
        "category_left_pack": N_("la catégorie choisie n'existe plus"),
        "commune_left_pack": N_("la commune choisie n'existe plus"),
        "category_disagrees": N_("le texte dit une autre catégorie"),
        "place_disagrees": N_("le texte dit un autre lieu"),
        "urgency_disagrees": N_("le texte dit un danger, le citoyen non"),
        "text_unreadable": N_("texte illisible"),
        "text_cut": N_("texte trop long, la fin manque"),
        "incomplete": N_("message incomplet : une partie du SMS manque"),
        "over_limit": N_("au-delà de la limite du jour"),
        "many_emergencies": N_("plusieurs urgences du même téléphone"),
        "flood": N_("soupçon d'envoi en masse"),
        "thanks_unsure": N_("peut-être un simple remerciement"),
        "thanks": N_("remerciement : rien à traiter"),
        "greeting": N_("salutation : rien à traiter"),
        "test": N_("essai : rien à traiter"),
        "off_topic": N_("hors sujet : rien à traiter"),
        "wants_silence": N_("demande peut-être de ne plus recevoir de SMS"),
        "cannot_be_answered": N_("aucune réponse possible : SMS vers ce pays non permis"),
    }
)
ACTS = Labels(
    {
        "received": N_("reçu"),
        "read": N_("lu par le tri"),
        "alerted": N_("alerte envoyée"),
        "repeated": N_("redit par le même numéro"),
        "commune_answered": N_("commune précisée par le citoyen"),
        "corrected": N_("corrigé"),
        "on_agenda": N_("mis à l'ordre du jour"),
        "taken_off": N_("retiré de l'ordre du jour"),
        "ordered": N_("rangé à la main"),
        "described": N_("titre ou résumé changé"),
        "split": N_("divisé"),
        "split_from": N_("séparé d'un autre point"),
        "merged_with": N_("un autre point joint"),
        "given": N_("donné à un autre comité"),
        "replied": N_("réponse du service notée"),
        "no_matter": N_("rien à traiter"),
        "postponed": N_("reporté à la réunion suivante"),
        "discussed": N_("discuté"),
        "decided": N_("décidé"),
        "referred": N_("transmis à un service"),
        "recommended": N_("recommandé au niveau au-dessus"),
        "declined": N_("recommandation déclinée"),
        "reminded": N_("rappelé, sans réponse"),
        "moved_up": N_("passé au comité au-dessus"),
        "moved_down": N_("passé au comité installé"),
        "score_set": N_("score changé"),
        "passed_on": N_("transmis"),
        "closed": N_("clos avec une réponse"),
        "reviewed": N_("vérifié"),
        "set_aside": N_("écarté sans réponse"),
        "reopened": N_("rouvert"),
        "asked": N_("question posée au citoyen"),
        "citizen_replied": N_("réponse du citoyen"),
        "reply_stands_alone": N_("réponse devenue un message à part"),
        "noted": N_("note laissée"),
        "told_late": N_("numéro de garde prévenu du retard"),
        "undone": N_("annulé"),
    }
)


def category_names(pack: Pack) -> Labels:
    """The pack's names of its categories: its first language's, or as the catalogue translates them."""
    return Labels(pack.first_language.categories)


def category_label(pack: Pack, code: str | None, unread: str = "") -> str:
    """The name of a category, or its code if it left the pack; `unread` for None."""
    return category_names(pack)[code] if code else unread


def page_titles(vault: Vault, pack: Pack) -> Titles:
    """The titles of items as pages show them, in the language of the page; papers and phones have the pack's words."""
    first = pack.first_language
    words = replace(first, categories=category_names(pack), texts=Labels(first.texts))
    return Titles(vault, replace(pack, subjects=_translated(pack.subjects)), words)


def _translated(subjects: Subjects) -> Subjects:
    """The same subjects and landmarks; their names come in the language of the page when they are looked up."""

    def in_page_language(some: Sequence[Subject]) -> tuple[Subject, ...]:
        return tuple(replace(subject, names=Labels(subject.names)) for subject in some)

    by_category = {category: in_page_language(some) for category, some in subjects.by_category.items()}
    return Subjects(by_category, in_page_language(subjects.landmarks))


def service_names(pack: Pack) -> Labels:
    """The pack's names of the services, like those of the categories."""
    return Labels(pack.first_language.services)


def detail_label(pack: Pack, event: ConcernEvent, kept_back: Collection[str] = ()) -> str:
    """The details of a line of history, in words; without the categories that are kept from the reader."""
    detail = event.detail.get("after", event.detail)
    categories = category_names(pack)
    parts = []
    if commune := detail.get("commune"):
        parts.append(pack.areas[str(commune)].name)
    category = detail.get("category")
    if category in categories and category not in kept_back:
        parts.append(categories[str(category)])
    if (urgency := detail.get("urgency")) in URGENCIES:
        parts.append(URGENCIES[str(urgency)])
    if (committee := detail.get("committee")) in pack.committees:
        parts.append(pack.committees[str(committee)].name)
    if (channel := detail.get("channel")) in CHANNELS:
        parts.append(CHANNELS[str(channel)])
    parts += [REASONS.get(reason, reason) for reason in detail.get("reasons", ())]
    return ", ".join(parts)
