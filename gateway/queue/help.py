"""The short help at the head of each page, and the guide that it leads to, served from this project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from flask import render_template, request, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup

from flows.triage.spelling import plain
from gateway.queue.blueprint import queue
from gateway.queue.login import PageRefused, signed_in
from gateway.translations import N_, _

GUIDE = Path(__file__).parents[2] / "docs" / "guide-administrateurs.md"
START, CONCERNS, COMMITTEES = "L'accueil", "Les messages", "Comités, réunions et suites"
FIGURES, RIGHTS, PEOPLE, ACCOUNT = "Le tableau de bord", "Qui voit quoi", "Comptes, secrétaires, comités", "Entrer"


@dataclass(frozen=True, slots=True)
class Help:
    """What a page is for and what to do there first; `section` is the heading of the guide that says more."""

    purpose: str
    first: str
    section: str


HELP = {
    "queue.start": Help(
        N_("Cette page dit ce qui attend maintenant, le plus pressant en haut."),
        N_("Ouvrez d'abord l'urgence la plus ancienne : en l'ouvrant, vous la prenez, et elle n'est plus en retard."),
        START,
    ),
    "queue.listing": Help(
        N_("Tous les messages des citoyens que vous pouvez lire, les ouverts et les plus urgents d'abord."),
        N_("Filtrez, ouvrez un message par sa référence, ou cochez-en plusieurs pour agir sur tous."),
        CONCERNS,
    ),
    "queue.concern": Help(
        N_("Un message, ce que le tri en a compris, et tout ce qu'on peut en faire."),
        N_(
            "Dans l'ordre : corrigez le lieu ou la catégorie, mettez à l'ordre du jour, puis répondez. Chaque geste "
            "s'annule pendant cinq minutes."
        ),
        CONCERNS,
    ),
    "queue.concern_items": Help(
        N_("Les points du comité auxquels ce message peut se joindre."),
        N_("Choisissez le point qui parle de la même chose au même lieu."),
        CONCERNS,
    ),
    "queue.committees": Help(
        N_("Les comités par région : installés, ou attendus."),
        N_("Ouvrez un comité par son nom ; les comités attendus se trouvent par leur région."),
        COMMITTEES,
    ),
    "queue.registry_import": Help(
        N_("Changer beaucoup de comités à la fois par un fichier, montré ligne par ligne avant d'être fait."),
        N_("Prenez le registre d'aujourd'hui, changez-y ce qu'il faut, envoyez-le et lisez l'aperçu."),
        COMMITTEES,
    ),
    "queue.registry_preview": Help(
        N_("Ce que le fichier changerait, l'ancien et le nouveau ; rien n'est encore fait."),
        N_("Corrigez d'abord ce qui est refusé ; sinon relisez les changements, puis faites-les."),
        COMMITTEES,
    ),
    "queue.committee": Help(
        N_("Un comité : ses points, ses réunions, ses secrétaires, ses réglages."),
        N_("Préparez sa prochaine réunion, puis ouvrez ses points, les plus hauts scores d'abord."),
        COMMITTEES,
    ),
    "queue.services": Help(
        N_("À qui vont les lettres du comité, un destinataire pour chaque service."),
        N_("Écrivez le destinataire tel qu'il doit paraître sur la lettre ; vide, celui de la région vaut."),
        COMMITTEES,
    ),
    "queue.item": Help(
        N_("Un point : un ou plusieurs messages sur la même chose, devant un comité."),
        N_("Donnez-lui un titre clair, mettez-le à l'ordre du jour, puis notez ce que le comité a décidé."),
        COMMITTEES,
    ),
    "queue.calendar": Help(
        N_("Toutes les réunions des comités que vous voyez, mois par mois."),
        N_("Ouvrez une réunion pour régler son ordre du jour ; préparez-la si elle ne l'est pas encore."),
        COMMITTEES,
    ),
    "queue.meeting": Help(
        N_("Une réunion : son ordre du jour, ses papiers, sa date et son lieu."),
        N_("Avant : inscrivez et rangez les points. Après : notez d'abord les décisions, puis dites-la tenue."),
        COMMITTEES,
    ),
    "queue.recommendations": Help(
        N_("Ce que les comités recommandent au niveau au-dessus, et qui doit une réponse depuis quand."),
        N_("Commencez par celles en retard, en rouge."),
        COMMITTEES,
    ),
    "queue.recommendation": Help(
        N_("Une recommandation et son chemin d'un niveau à l'autre."),
        N_("Le niveau qui la tient l'accepte, y répond, la transmet ou la décline avec une raison."),
        COMMITTEES,
    ),
    "queue.dashboard": Help(
        N_("Les chiffres d'une zone ou d'un comité, pour une période."),
        N_("Choisissez la zone et la période en haut ; chaque figure a son tableau et son fichier."),
        FIGURES,
    ),
    "queue.broadcasts": Help(
        N_("Un SMS à ceux d'une zone qui ont accepté les annonces."),
        N_("Choisissez la zone, écrivez, relisez l'aperçu et proposez ; une autre personne donne son accord."),
        COMMITTEES,
    ),
    "queue.campaigns": Help(
        N_("Des textes à peu près pareils, venus de beaucoup de numéros en un jour."),
        N_("Lisez-en un ou deux : un vrai malheur se traite, un envoi en masse s'écarte."),
        RIGHTS,
    ),
    "queue.messages": Help(
        N_("Les SMS qui partent, où ils en sont, et ceux qui ont échoué. Aucun numéro n'y paraît."),
        N_("Regardez d'abord les échecs, et renvoyez ce qui doit encore arriver."),
        RIGHTS,
    ),
    "queue.people": Help(
        N_("Qui a un compte dans votre zone, et combien de secrétaires a chaque comité."),
        N_("Invitez quelqu'un : un lien s'affiche une fois, que vous remettez vous-même."),
        PEOPLE,
    ),
    "queue.person": Help(
        N_("Un compte : son rôle, sa zone, et comment le remettre en marche."),
        N_("Un changement vaut tout de suite : la personne doit entrer de nouveau."),
        PEOPLE,
    ),
    "queue.secretaries": Help(
        N_("Les secrétaires d'un comité : à qui vont ses alertes et ses résumés par SMS."),
        N_("Ajoutez un numéro ; la personne reçoit un code pour choisir son code secret par SMS."),
        PEOPLE,
    ),
    "queue.account": Help(
        N_("Votre compte : mot de passe, et code demandé à l'entrée."),
        N_("Demandez un code à l'entrée : un mot de passe volé n'ouvre alors rien."),
        ACCOUNT,
    ),
    "queue.audit": Help(
        N_("Qui a vu et fait quoi, dans l'ordre du temps, sans les textes des citoyens."),
        N_("Cherchez par personne, par acte et par jours, puis exportez en CSV."),
        RIGHTS,
    ),
}
"""By the endpoint of the page."""


@queue.app_context_processor
def _help() -> dict[str, object]:
    """`page_help` is the help of this request's page, or None; `guide_section` the address of its part of the guide."""
    return {
        "page_help": HELP.get(request.endpoint or ""),
        "guide_section": lambda section: url_for("queue.guide", _anchor=anchor(section)),
    }


def anchor(heading: str) -> str:
    """The id of a heading of the guide in its HTML."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain(heading)).split())


@queue.get("/guide")
@signed_in
def guide() -> str:
    """The guide for administrators."""
    if not GUIDE.exists():
        raise PageRefused(_("Le guide n'est pas installé ici."))
    return render_template("queue/guide.html", guide=Markup(_guide()))  # noqa: S704 - our own text, without raw HTML


@lru_cache(maxsize=1)
def _guide() -> str:
    """The guide as HTML: its headings with ids, the cells of its tables with the words above them, for small screens.

    Links to other files of the repository become plain words.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(GUIDE.read_text("utf-8"))
    columns: list[str] = []
    cells = 0
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(inside.content))
        elif token.type == "table_open":
            columns = []
        elif token.type == "th_open":
            columns.append(inside.content)
        elif token.type == "tr_open":
            cells = 0
        elif token.type == "td_open":
            token.attrSet("data-label", columns[cells])
            cells += 1
        for link in inside.children or ():
            if link.type == "link_open" and "://" not in str(link.attrGet("href")):
                link.attrs = {}
    return str(reader.renderer.render(tokens, reader.options, {}))
