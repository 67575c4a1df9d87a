"""The longest data that the pack and the gateway can show on a screen, for checking the screens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from config.pack import Pack
from flows.conversation.effects import (
    ActOnItem,
    AllowMessages,
    CheckPin,
    ChoosePin,
    Effect,
    FileConcern,
    ForgetPerson,
    LookUp,
)
from flows.conversation.facts import PIN_IS_RIGHT, CommitteeFacts
from flows.conversation.machine import Machine
from flows.conversation.session import Session

ANSWER = "Des patrouilles passent désormais chaque soir dans le quartier, avec les volontaires. " * 5


def answered_by_the_gateway(machine: Machine, pack: Pack, session: Session, effects: tuple[Effect, ...]) -> Session:
    """The session with the facts that the gateway would answer, each with the longest possible text."""
    for effect in effects:
        facts = session.facts
        match effect:
            case LookUp(what):
                facts = replace(facts, **{what: _LOOKED_UP[what](pack, session)})
            case FileConcern():
                facts = replace(facts, reference="CCS-7K4R-M3XY", meeting="12/12")
            case CheckPin() | ChoosePin():
                facts = replace(facts, pin=PIN_IS_RIGHT)
            case ForgetPerson() | AllowMessages():
                facts = replace(facts, keeps_role=facts.secretary is not None)
            case ActOnItem():
                facts = replace(facts, done=pack.language(session.language).say("desk.bad_answer"))
        session = machine.inform(session, facts)[0]
    return session


def longest_place(machine: Machine, pack: Pack) -> str:
    """The spot with the longest label."""
    spots = [machine.places.spot(f"{place.commune}|{place.name}") for place in pack.places]
    spots += [machine.places.spot(f"{area.code}|") for area in pack.communes]
    return max((spot for spot in spots if spot), key=lambda spot: len(spot.label)).id


def twin_name(pack: Pack) -> str | None:
    """A name that several communes or places have, if any do."""
    names = [*(area.name for area in pack.communes), *(place.name for place in pack.places)]
    name, count = Counter(names).most_common(1)[0]
    return name if count > 1 else None


def _category(pack: Pack, session: Session) -> str:
    return max(pack.language(session.language).categories.values(), key=len)


def _item(pack: Pack, session: Session) -> str:
    language = pack.language(session.language)
    return language.say(
        "desk.item",
        reference="CCS-7K4R-M3XY",
        category=_category(pack, session),
        place=max((place.name for place in pack.places), key=len),
        count=999,
        state=language.state("on_agenda", "12/12"),
    )


def _committee(pack: Pack, _: Session) -> CommitteeFacts:
    return CommitteeFacts(
        own=False,
        commune=max((area.name for area in pack.communes), key=len),
        name=max((committee.name for committee in pack.committees.values()), key=len),
        meeting="12/12",
        month=9999,
        decided=("W" * 60, "W" * 60),
    )


def _reports(pack: Pack, session: Session) -> tuple[tuple[str, str, str], ...]:
    names = pack.language(session.language).services
    states = (("on_agenda", "12/12"), ("passed_on", max(names, key=lambda service: len(names[service]))))
    return tuple((f"2{n}/11", *states[n % 2]) for n in range(2, 7))


def _agenda(pack: Pack, session: Session) -> tuple[tuple[str, str, int, bool], ...]:
    return tuple((f"CCS-{n}K4R-M3XY", _category(pack, session), 999, True) for n in range(2, 9))


_LOOKED_UP: dict[str, Callable[[Pack, Session], Any]] = {
    "reports": _reports,
    "report": lambda _, __: ("CCS-7K4R-M3XY", "on_agenda", "12/12", ANSWER),
    "committee": _committee,
    "agenda": _agenda,
    "item": _item,
}
