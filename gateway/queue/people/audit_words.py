"""The audit in French: words for the actors, acts and details that its lines keep as codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from config.pack import Pack
from gateway.queue.labels import CHANNELS, ROLES

WHAT = {
    "signed_in": "est entré",
    "signed_out": "est sorti",
    "sign_in_refused": "entrée refusée",
    "account_password": "a changé son mot de passe",
    "account_codes": "a réglé un code à l'entrée",
    "administrator_added": "a ajouté un compte",
    "administrator_invited": "a invité quelqu'un",
    "administrator_changed": "a changé un rôle ou une zone",
    "administrator_disabled": "a désactivé un compte",
    "password_reset": "a réinitialisé un mot de passe",
    "password_chosen": "a choisi son mot de passe",
    "codes_reset": "a retiré le code à l'entrée",
    "secretary_added": "a ajouté un secrétaire",
    "secretary_removed": "a retiré un secrétaire",
    "duty_set": "a réglé un numéro de garde",
    "duty_removed": "a retiré un numéro de garde",
    "stopped": "a envoyé STOP",
    "started": "a envoyé START",
    "pin_right": "a montré son code secret",
    "pin_wrong": "code secret faux",
    "pin_locked": "code secret bloqué pour une heure",
    "pin_chosen": "a choisi son code secret",
    "pin_none": "n'a pas encore de code secret",
    "pin_not_invited": "invitation inconnue",
    "concerns_listed": "a lu la liste des préoccupations",
    "concerns_exported": "a exporté la liste des préoccupations",
    "figures_exported": "a exporté des chiffres du tableau de bord",
    "concern_seen": "a lu une préoccupation",
    "concern_correct": "a corrigé une préoccupation",
    "concern_agenda": "a mis une préoccupation à l'ordre du jour",
    "concern_close": "a clos une préoccupation",
    "concern_ask": "a posé une question à un citoyen",
    "concern_note": "a écrit une note entre collègues",
    "concern_reviewed": "a vérifié une préoccupation",
    "concern_reopen": "a rouvert une préoccupation",
    "concern_aside": "a écarté un message",
    "concern_own": "a fait d'une réponse une préoccupation",
    "concern_split": "a séparé une préoccupation d'un point",
    "concern_merge": "a joint une préoccupation à un point",
    "act_undone": "a annulé un acte",
    "act_sent_now": "a fait partir un SMS sans attendre",
    "campaigns_seen": "a lu les textes semblables",
    "reference_unknown": "a ouvert en vain des références ou des numéros",
    "agenda": "a lu un ordre du jour",
    "view": "a lu une préoccupation par téléphone",
    "accept": "a mis à l'ordre du jour par téléphone",
    "postpone": "a reporté par téléphone",
    "pass": "a transmis par téléphone",
    "close": "a clos par téléphone",
    "meeting": "a fixé une réunion par téléphone",
    "item_seen": "a lu un point",
    "item_agenda": "a mis un point à l'ordre du jour",
    "item_discuss": "a noté un point comme discuté",
    "item_decide": "a noté une décision",
    "item_refer": "a transmis un point à un service",
    "item_recommend": "a recommandé au niveau au-dessus",
    "item_postpone": "a reporté un point",
    "item_close": "a clos un point",
    "item_score": "a changé un score",
    "item_take_off": "a retiré un point de l'ordre du jour",
    "item_describe": "a décrit un point",
    "item_reply": "a noté la réponse d'un service",
    "item_split": "a séparé un point en deux",
    "item_merge": "a réuni deux points",
    "item_give": "a donné un point à un autre comité",
    "meeting_planned": "a préparé une réunion",
    "meeting_seen": "a lu une réunion",
    "meeting_move": "a déplacé une réunion",
    "meeting_cancel": "a annulé une réunion",
    "meeting_held": "a noté une réunion comme tenue",
    "meeting_venue": "a noté le lieu d'une réunion",
    "meeting_order": "a ordonné l'ordre du jour d'une réunion",
    "service_contact": "a réglé le contact d'un service",
    "paper": "a pris un document",
    "recommendation_seen": "a lu une recommandation",
    "recommendation_accept": "a accepté une recommandation",
    "recommendation_answer": "a répondu à une recommandation",
    "recommendation_decline": "a décliné une recommandation",
    "recommendation_pass": "a transmis une recommandation au-dessus",
    "broadcast_proposed": "a écrit une annonce",
    "broadcast_approve": "a donné son accord à une annonce",
    "broadcast_stop": "a arrêté une annonce",
    "message_again": "a fait repartir un SMS",
    "digests_shown": "a lu les résumés dus",
    "digests_sent": "a envoyé les résumés dus",
    "committee_install": "a installé un comité",
    "committee_close": "a fermé un comité",
    "committee_change": "a changé les réglages d'un comité",
    "committees_imported": "a importé des comités",
    "corrections_read": "a lu les corrections pour l'apprentissage",
    "exported": "a exporté ce qu'on sait d'un numéro",
    "erased": "a effacé un numéro",
    "purged": "a effacé ce qui est trop ancien",
    "backup": "a fait une sauvegarde",
    "restored": "a restauré une sauvegarde",
    "keys_rotated": "a changé les clés",
    "audit_exported": "a exporté l'audit",
    "token_created": "a ouvert l'accès à un programme",
    "token_used": "un programme a lu, pour la première fois ce jour",
    "token_revoked": "a retiré l'accès à un programme",
    "webhook_added": "un programme a demandé à être averti",
    "webhook_removed": "un programme ne veut plus être averti",
    "webhook_stopped": "un programme qui ne répond plus n'est plus averti",
}
ABOUT = {
    "concern": "Préoccupation : ",
    "item": "Point : ",
    "meeting": "Réunion : ",
    "recommendation": "Recommandation : ",
    "broadcast": "Annonce : ",
    "account": "Compte : ",
}
"""The subject of an act that has no words of its own, by the beginning of its code."""
WHO = (
    (re.compile(r"secretary (\d+)"), r"secrétaire n° \1"),
    (re.compile(r"duty (\d+)"), r"numéro de garde n° \1"),
    (re.compile(r"command (.+)"), r"commande de \1"),
    (re.compile(r"token (.+)"), r"programme \1"),
    (re.compile(r"nobody"), "une adresse inconnue"),
    (re.compile(r"timetable|worker"), "l'horaire"),
)
DETAILS = {
    "account": "compte", "role": "rôle", "area": "zone", "committee": "comité", "committees": "comités",
    "commune": "commune", "category": "catégorie", "reference": "", "channel": "par", "secretary": "secrétaire n°",
    "contact": "contact n°", "item": "point n°", "meeting": "réunion n°", "number": "", "message": "SMS n°",
    "broadcast": "annonce n°", "tries": "essais", "shown": "montrées", "page": "page", "done": "fait", "new": "nouveau",
    "moved": "déplacées", "changed": "réglages", "changes": "changements", "on": "le", "rows": "lignes",
    "token": "programme", "scopes": "droits", "webhook": "avertissement n°",
    "reports": "signalements", "acts": "actes", "texts": "textes", "paper": "document", "form": "format",
    "searched": "cherché par mots", "figure": "chiffre",
}  # fmt: skip


def who_in_french(actor: str) -> str:
    """The actor in words; an account's address stays as it is."""
    for pattern, words in WHO:
        if match := pattern.fullmatch(actor):
            return match.expand(words)
    return actor


def what_in_french(what: str) -> str:
    """The words of an act; if it has none, words made from its code."""
    if what in WHAT:
        return WHAT[what]
    about, _, act = what.partition("_")
    return f"{ABOUT.get(about, '')}{act if about in ABOUT else what}".replace("_", " ")


def detail_in_french(pack: Pack, detail: Mapping[str, Any]) -> str:
    """The details in words: codes of areas, committees and categories become names."""
    words = [f"{DETAILS.get(name, name)} {_named(pack, name, value)}" for name, value in detail.items()]
    return ", ".join(" ".join(each.split()) for each in words)


def _named(pack: Pack, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return " ".join(_named(pack, name, each) for each in value)
    names = {
        "area": lambda code: pack.areas[code].name,
        "commune": lambda code: pack.areas[code].name,
        "committee": lambda code: pack.committees[code].name,
        "category": lambda code: pack.first_language.categories[code],
        "role": lambda code: ROLES[code].partition(" :")[0].lower(),
        "channel": lambda code: CHANNELS[code],
    }
    try:
        return str(names[name](value)) if name in names and value is not None else str("—" if value is None else value)
    except KeyError:
        return str(value)  # a code that the pack no longer has
