"""The audit in words for the actors, acts and details that its lines keep as codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from config.pack import Pack
from gateway.queue.labels import CHANNELS, ROLES, category_names
from gateway.translations import N_, Labels, _

WHAT = Labels(
    {
        "signed_in": N_("est entré"),
        "signed_out": N_("est sorti"),
        "sign_in_refused": N_("entrée refusée"),
        "account_password": N_("a changé son mot de passe"),
        "account_codes": N_("a réglé un code à l'entrée"),
        "administrator_added": N_("a ajouté un compte"),
        "administrator_invited": N_("a invité quelqu'un"),
        "administrator_changed": N_("a changé un rôle ou une zone"),
        "administrator_disabled": N_("a désactivé un compte"),
        "password_reset": N_("a réinitialisé un mot de passe"),
        "password_chosen": N_("a choisi son mot de passe"),
        "codes_reset": N_("a retiré le code à l'entrée"),
        "secretary_added": N_("a ajouté un secrétaire"),
        "secretary_removed": N_("a retiré un secrétaire"),
        "duty_set": N_("a réglé un numéro de garde"),
        "duty_removed": N_("a retiré un numéro de garde"),
        "stopped": N_("a envoyé STOP"),
        "started": N_("a envoyé START"),
        "pin_right": N_("a montré son code secret"),
        "pin_wrong": N_("code secret faux"),
        "pin_locked": N_("code secret bloqué pour une heure"),
        "pin_chosen": N_("a choisi son code secret"),
        "pin_none": N_("n'a pas encore de code secret"),
        "pin_not_invited": N_("invitation inconnue"),
        "concerns_listed": N_("a lu la liste des préoccupations"),
        "concerns_exported": N_("a exporté la liste des préoccupations"),
        "figures_exported": N_("a exporté des chiffres du tableau de bord"),
        "concern_seen": N_("a lu une préoccupation"),
        "concern_correct": N_("a corrigé une préoccupation"),
        "concern_agenda": N_("a mis une préoccupation à l'ordre du jour"),
        "concern_close": N_("a clos une préoccupation"),
        "concern_ask": N_("a posé une question à un citoyen"),
        "concern_note": N_("a écrit une note entre collègues"),
        "concern_reviewed": N_("a vérifié une préoccupation"),
        "concern_reopen": N_("a rouvert une préoccupation"),
        "concern_aside": N_("a écarté un message"),
        "concern_own": N_("a fait d'une réponse une préoccupation"),
        "concern_split": N_("a séparé une préoccupation d'un point"),
        "concern_merge": N_("a joint une préoccupation à un point"),
        "act_undone": N_("a annulé un acte"),
        "act_sent_now": N_("a fait partir un SMS sans attendre"),
        "campaigns_seen": N_("a lu les textes semblables"),
        "reference_unknown": N_("a ouvert en vain des références ou des numéros"),
        "agenda": N_("a lu un ordre du jour"),
        "view": N_("a lu une préoccupation par téléphone"),
        "accept": N_("a mis à l'ordre du jour par téléphone"),
        "postpone": N_("a reporté par téléphone"),
        "pass": N_("a transmis par téléphone"),
        "close": N_("a clos par téléphone"),
        "meeting": N_("a fixé une réunion par téléphone"),
        "item_seen": N_("a lu un point"),
        "item_agenda": N_("a mis un point à l'ordre du jour"),
        "item_discuss": N_("a noté un point comme discuté"),
        "item_decide": N_("a noté une décision"),
        "item_refer": N_("a transmis un point à un service"),
        "item_recommend": N_("a recommandé au niveau au-dessus"),
        "item_postpone": N_("a reporté un point"),
        "item_close": N_("a clos un point"),
        "item_score": N_("a changé un score"),
        "item_take_off": N_("a retiré un point de l'ordre du jour"),
        "item_describe": N_("a décrit un point"),
        "item_reply": N_("a noté la réponse d'un service"),
        "item_split": N_("a séparé un point en deux"),
        "item_merge": N_("a réuni deux points"),
        "item_give": N_("a donné un point à un autre comité"),
        "meeting_planned": N_("a préparé une réunion"),
        "meeting_seen": N_("a lu une réunion"),
        "meeting_move": N_("a déplacé une réunion"),
        "meeting_cancel": N_("a annulé une réunion"),
        "meeting_held": N_("a noté une réunion comme tenue"),
        "meeting_venue": N_("a noté le lieu d'une réunion"),
        "meeting_order": N_("a ordonné l'ordre du jour d'une réunion"),
        "service_contact": N_("a réglé le contact d'un service"),
        "paper": N_("a pris un document"),
        "recommendation_seen": N_("a lu une recommandation"),
        "recommendation_accept": N_("a accepté une recommandation"),
        "recommendation_answer": N_("a répondu à une recommandation"),
        "recommendation_decline": N_("a décliné une recommandation"),
        "recommendation_pass": N_("a transmis une recommandation au-dessus"),
        "broadcast_proposed": N_("a écrit une annonce"),
        "broadcast_approve": N_("a donné son accord à une annonce"),
        "broadcast_stop": N_("a arrêté une annonce"),
        "message_again": N_("a fait repartir un SMS"),
        "digests_shown": N_("a lu les résumés dus"),
        "digests_sent": N_("a envoyé les résumés dus"),
        "committee_install": N_("a installé un comité"),
        "committee_close": N_("a fermé un comité"),
        "committee_change": N_("a changé les réglages d'un comité"),
        "committees_imported": N_("a importé des comités"),
        "registry_exported": N_("a exporté le registre des comités"),
        "corrections_read": N_("a lu les corrections pour l'apprentissage"),
        "exported": N_("a exporté ce qu'on sait d'un numéro"),
        "erased": N_("a effacé un numéro"),
        "purged": N_("a effacé ce qui est trop ancien"),
        "backup": N_("a fait une sauvegarde"),
        "restored": N_("a restauré une sauvegarde"),
        "keys_rotated": N_("a changé les clés"),
        "audit_exported": N_("a exporté l'audit"),
        "token_created": N_("a ouvert l'accès à un programme"),
        "token_used": N_("un programme a lu, pour la première fois ce jour"),
        "token_revoked": N_("a retiré l'accès à un programme"),
        "webhook_added": N_("un programme a demandé à être averti"),
        "webhook_removed": N_("un programme ne veut plus être averti"),
        "webhook_stopped": N_("un programme qui ne répond plus n'est plus averti"),
    }
)
ABOUT = Labels(
    {
        "concern": N_("Préoccupation : "),
        "item": N_("Point : "),
        "meeting": N_("Réunion : "),
        "recommendation": N_("Recommandation : "),
        "broadcast": N_("Annonce : "),
        "account": N_("Compte : "),
    }
)
"""The subject of an act that has no words of its own, by the beginning of its code."""
WHO = (
    (re.compile(r"secretary (\d+)"), N_(r"secrétaire n° \1")),
    (re.compile(r"duty (\d+)"), N_(r"numéro de garde n° \1")),
    (re.compile(r"command (.+)"), N_(r"commande de \1")),
    (re.compile(r"token (.+)"), N_(r"programme \1")),
    (re.compile(r"nobody"), N_("une adresse inconnue")),
    (re.compile(r"timetable|worker"), N_("l'horaire")),
)
DETAILS = Labels(
    {
        "account": N_("compte"),
        "role": N_("rôle"),
        "area": N_("zone"),
        "committee": N_("comité"),
        "committees": N_("comités"),
        "commune": N_("commune"),
        "category": N_("catégorie"),
        "reference": "",
        "channel": N_("par"),
        "secretary": N_("secrétaire n°"),
        "contact": N_("contact n°"),
        "item": N_("point n°"),
        "meeting": N_("réunion n°"),
        "number": "",
        "message": N_("SMS n°"),
        "broadcast": N_("annonce n°"),
        "tries": N_("essais"),
        "shown": N_("montrées"),
        "page": N_("page"),
        "done": N_("fait"),
        "new": N_("nouveau"),
        "moved": N_("déplacées"),
        "changed": N_("réglages"),
        "changes": N_("changements"),
        "on": N_("le"),
        "rows": N_("lignes"),
        "token": N_("programme"),
        "scopes": N_("droits"),
        "webhook": N_("avertissement n°"),
        "reports": N_("signalements"),
        "acts": N_("actes"),
        "texts": N_("textes"),
        "paper": N_("document"),
        "form": N_("format"),
        "searched": N_("cherché par mots"),
        "figure": N_("chiffre"),
        "installed": N_("installés"),
        "secretaries": N_("secrétaires"),
    }
)


def who_in_words(actor: str) -> str:
    """The actor in words; an account's address stays as it is."""
    for pattern, words in WHO:
        if match := pattern.fullmatch(actor):
            return match.expand(_(words))
    return actor


def what_in_words(what: str) -> str:
    """The words of an act; if it has none, words made from its code."""
    if what in WHAT:
        return WHAT[what]
    about, *act = what.split("_", 1)
    return f"{ABOUT[about]}{' '.join(act)}".replace("_", " ") if about in ABOUT else what.replace("_", " ")


def detail_in_words(pack: Pack, detail: Mapping[str, Any]) -> str:
    """The details in words: codes of areas, committees and categories become names. What has no value is left out."""
    given = {name: value for name, value in detail.items() if value is not None}
    words = [f"{DETAILS.get(name, name)} {_named(pack, name, value)}" for name, value in given.items()]
    return ", ".join(" ".join(each.split()) for each in words)


def _named(pack: Pack, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, list):
        return " ".join(_named(pack, name, each) for each in value)
    names = {
        "area": lambda code: pack.areas[code].name,
        "commune": lambda code: pack.areas[code].name,
        "committee": lambda code: pack.committees[code].name,
        "category": lambda code: category_names(pack)[code],
        "role": lambda code: ROLES[code].partition(":")[0].strip().lower(),
        "channel": lambda code: CHANNELS[code],
    }
    try:
        return str(names[name](value)) if name in names else str(value)
    except KeyError:
        return str(value)  # a code that the pack no longer has
