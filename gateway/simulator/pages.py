"""The simulator's page and the stand-in's addresses."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from config.aggregators import load_mappings
from config.pack import Pack
from config.settings import Settings
from flows.screen import GSM_BASIC, GSM_EXTENSION
from flows.triage.places.gazetteer import Gazetteer
from gateway.providers.africastalking import NAME
from gateway.simulator.people import people, tour_inputs
from gateway.simulator.standin import Mood, StandIn
from gateway.translations import N_, Labels, _

simulator = Blueprint(
    "simulator", __name__, url_prefix="/simulator", template_folder="templates", static_folder="static"
)

PHONES = 2
"""How many phones the page shows at first. Any number may be typed on them: nothing leaves this machine."""
MOODS: dict[str, str] = {
    Mood.WELL: N_("Le réseau marche"),
    Mood.REFUSES_REQUEST: N_("L'opérateur est en panne (500)"),
    Mood.REFUSES_RECIPIENT: N_("L'opérateur refuse le destinataire"),
    Mood.BLACKLISTS: N_("Le destinataire est sur liste noire"),
    Mood.NEVER_DELIVERS: N_("Les SMS n'arrivent pas"),
    Mood.ANSWERS_TOO_LATE: N_("L'opérateur répond trop tard"),
    Mood.SHUFFLES_REPORTS: N_("Les accusés arrivent deux fois et en désordre"),
}

SAYS = {
    "hung_up": N_("Raccroché."),
    "cut_off": N_("Connexion interrompue."),
    "no_network": N_("Erreur de réseau ou code MMI non valide."),
    "sent": N_("Envoyé au %(number)s."),
    "not_sent": N_("Non envoyé."),
    "not_gsm": N_("hors de l'alphabet GSM"),
    "of_160": N_(" septets sur 160"),
    "copied": N_("Lien copié"),
    "in_address": N_("Le lien est dans l'adresse"),
}
"""The texts that the page's script shows."""


def _parts() -> tuple[Settings, Pack, Gazetteer]:
    here = current_app.extensions["deployment"]
    return here.settings, here.pack, here.triage.places


def stand_in() -> StandIn:
    """The application's stand-in; it keeps its phones in this process's memory."""
    kept: StandIn | None = current_app.extensions.get("stand_in")
    if kept is None:
        settings, pack, _places = _parts()
        kept = StandIn(lambda: f"{settings.own_address}/hooks/{settings.webhook_token}/{NAME}/delivery", pack.price)
        current_app.extensions["stand_in"] = kept
    return kept


@simulator.get("")
@simulator.get("/")
def phones() -> str:
    """The page with the phones."""
    settings, pack, places = _parts()
    ready = people(pack)
    return render_template(
        "simulator/phones.html",
        hooks=f"/hooks/{settings.webhook_token}",
        mappings={name: mapping.ussd.model_dump() for name, mapping in load_mappings().items() if mapping.ussd},
        code=pack.service_code,
        short_code=pack.short_code,
        numbers=[person.msisdn for person in ready[:PHONES]],
        people=ready,
        tour=tour_inputs(pack, places),
        gsm={"basic": "".join(sorted(GSM_BASIC)), "extension": "".join(sorted(GSM_EXTENSION))},
        moods=Labels(MOODS),
        says={key: _(french, number=pack.short_code) for key, french in SAYS.items()},
        mood=stand_in().mood,
    )


@simulator.get("/inbox")
def inbox() -> Response:
    """The SMS on the phone of `number`, oldest first."""
    return jsonify([asdict(sms) for sms in stand_in().inbox(request.args.get("number", ""))])


@simulator.post("/mood")
def mood() -> tuple[Response, int]:
    """Sets how the stand-in behaves; 400 for an unknown mood."""
    asked = request.form.get("mood", "")
    if asked not in set(Mood):
        return jsonify({"error": "mood is none of " + ", ".join(Mood)}), 400
    stand_in().mood = Mood(asked)
    return jsonify({"mood": asked}), 200


@simulator.post("/api/version1/messaging")
def messaging() -> tuple[Response, int]:
    """The stand-in for the provider's API, as its SDK calls it."""
    body, status = stand_in().take(request.form, request.headers.get("apiKey"))
    answer = jsonify(body) if isinstance(body, dict) else Response(body, content_type="text/plain")
    return answer, status
