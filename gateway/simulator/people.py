"""The invented people who hold the simulator's phones, and what the tour types."""

from __future__ import annotations

from dataclasses import dataclass

from config.pack import Pack
from flows.conversation.facts import Facts
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation
from flows.msisdn import invented_msisdn
from flows.triage.places.gazetteer import Gazetteer
from gateway.translations import _

NEWCOMERS, SECRETARIES, CITIZENS = 0, 9, 60
"""Series of invented numbers. `gateway demo` makes the second ones secretaries, and the third ones its citizens."""
TOUR_WORDS = "on a volé ma moto devant la mosquée hier soir"
LONGEST_TOUR = 20
"""Screens; a report takes nine."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a phone; `about` says in one line who that is."""

    msisdn: str
    about: str


def people(pack: Pack) -> tuple[Person, ...]:
    """Ready-made people with invented numbers of the pack's country; the first two hold the phones at first."""
    return (
        Person(invented_msisdn(pack.country, NEWCOMERS, 1), _("un nouveau venu")),
        Person(invented_msisdn(pack.country, NEWCOMERS, 2), _("une autre nouvelle venue")),
        Person(invented_msisdn(pack.country, CITIZENS, 0), _("une citoyenne de la démonstration")),
        Person(invented_msisdn(pack.country, SECRETARIES, 0), _("le secrétaire d'un comité de la démonstration")),
    )


def tour_inputs(pack: Pack, places: Gazetteer) -> list[str]:
    """What a newcomer types from the first screen to "thank you", for the pack's own screens."""
    typed_on = {"danger": "2", "place": pack.places[0].name, "words": TOUR_WORDS}
    machine = Machine(conversation, pack, places)
    session, screen, _ = machine.dial(Facts())
    inputs: list[str] = []
    while not screen.ends and len(inputs) < LONGEST_TOUR:
        inputs.append(typed_on.get(session.screen, "1"))
        session, screen, _ = machine.advance(session, inputs[-1])
    return inputs
