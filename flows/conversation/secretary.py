"""The secretary's menu: the agenda item by item, behind a PIN, from the same service code as the citizen's."""

from __future__ import annotations

from flows.conversation.citizen import citizen
from flows.conversation.effects import ActOnItem, CheckPin, ChoosePin, LookUp
from flows.conversation.machine import Menu, Step, Talk, View, again, go
from flows.screen import shorten, to_gsm

SHORTEST_PIN, LONGEST_PIN = 4, 6
LABEL_SHOWN = 24
SHORTEST_ANSWER = 5


def is_pin(typed: str) -> bool:
    return typed.isdecimal() and typed.isascii() and SHORTEST_PIN <= len(typed) <= LONGEST_PIN


@citizen.screen
def desk(talk: Talk) -> View:
    """What a secretary sees first; whoever it is may still report as a citizen."""
    known = talk.fact("secretary") == "has_pin"
    agenda = go("desk_pin") if known else go("desk_choose_pin")
    return Menu(talk.say("desk"), [(talk.say("desk.agenda"), agenda), (talk.say("desk.citizen"), go("main"))])


@citizen.screen
def desk_pin(talk: Talk) -> View:
    """The PIN goes into the effect alone, never into the session."""
    told = talk.fact("pin")
    title = talk.say(f"desk.pin.{told}" if told in ("wrong", "locked") else "desk.pin")
    return Menu(title, typed=_typed_pin)


def _typed_pin(typed: str) -> Step:
    return go("desk_agenda", CheckPin(typed), LookUp("agenda")) if is_pin(typed) else again("desk.pin.form")


@citizen.screen
def desk_choose_pin(talk: Talk) -> View:
    def chosen(typed: str) -> Step:
        return go("desk_agenda", ChoosePin(typed), LookUp("agenda")) if is_pin(typed) else again("desk.pin.form")

    return Menu(talk.say("desk.pin.choose"), typed=chosen)


@citizen.screen
def desk_agenda(talk: Talk) -> View:
    if talk.fact("pin") != "right":
        return desk_pin(talk)
    items = talk.fact("agenda") or []
    choices = []
    for reference, label, count, urgent in items:
        mark = "! " if urgent else ""
        shown = f"{mark}{shorten(to_gsm(label), LABEL_SHOWN)} {count}"
        choices.append((shown, go(f"desk_item:{reference}", LookUp("item", reference))))
    return Menu(talk.say("desk.items") if choices else talk.say("desk.nothing"), choices)


@citizen.screen
def desk_item(talk: Talk) -> View:
    found = talk.fact("item")
    if not found or talk.fact("pin") != "right":
        return Menu(talk.say("follow.unknown"))
    reference = talk.argument
    choices = [
        (talk.say("desk.accept"), _act("accept", reference)),
        (talk.say("desk.postpone"), _act("postpone", reference)),
        (talk.say("desk.pass"), go(f"desk_pass:{reference}")),
        (talk.say("desk.close"), go(f"desk_close:{reference}")),
    ]
    return Menu(str(found), choices)


@citizen.screen
def desk_pass(talk: Talk) -> View:
    names = talk.language.services
    choices = [(names[to], _act("pass", talk.argument, to)) for to in talk.pack.services]
    return Menu(talk.say("desk.pass.whom"), choices)


@citizen.screen
def desk_close(talk: Talk) -> View:
    """The answer goes to every citizen of the item, so a mistyped key is none."""

    def typed(text: str) -> Step:
        return _act("close", talk.argument, text) if len(text) >= SHORTEST_ANSWER else again("wrong_key")

    return Menu(talk.say("desk.close.answer"), typed=typed)


def _act(act: str, reference: str, about: str = "") -> Step:
    return go("desk_done", ActOnItem(act, reference, about))


@citizen.screen
def desk_done(talk: Talk) -> View:
    return Menu(str(talk.fact("done") or talk.say("again", code="")), [(talk.say("desk.agenda"), _back_to_agenda())])


def _back_to_agenda() -> Step:
    return go("desk_agenda", LookUp("agenda"))
