"""The secretary's menu: the agenda item by item, behind a PIN, from the same service code as the citizen's."""

from __future__ import annotations

from flows.conversation.citizen import citizen
from flows.conversation.effects import ActOnItem, CheckPin, ChoosePin, LookUp
from flows.conversation.facts import HAS_PIN, PIN_IS_RIGHT
from flows.conversation.machine import Menu, ScreenContext, Step, View, again, go
from flows.screen import shorten, to_gsm

SHORTEST_PIN, LONGEST_PIN = 4, 6
LABEL_SHOWN = 24
SHORTEST_ANSWER = 5


def is_pin(typed: str) -> bool:
    """Whether a text has the form of a PIN: four to six digits."""
    return typed.isdecimal() and typed.isascii() and SHORTEST_PIN <= len(typed) <= LONGEST_PIN


@citizen.screen
def desk(context: ScreenContext) -> View:
    """The first screen of a secretary, who may also report as a citizen."""
    known = context.facts.secretary == HAS_PIN
    agenda = go("desk_pin") if known else go("desk_choose_pin")
    return Menu(context.say("desk"), [(context.say("desk.agenda"), agenda), (context.say("desk.citizen"), go("main"))])


@citizen.screen
def desk_pin(context: ScreenContext) -> View:
    """Asks for the PIN, which is put into the effect only, never into the session."""
    answered = context.facts.pin
    title = context.say(f"desk.pin.{answered}" if answered in ("wrong", "locked") else "desk.pin")
    return Menu(title, typed=_typed_pin)


def _typed_pin(typed: str) -> Step:
    return go("desk_agenda", CheckPin(typed), LookUp("agenda")) if is_pin(typed) else again("desk.pin.form")


@citizen.screen
def desk_choose_pin(context: ScreenContext) -> View:
    """Asks for a first PIN."""

    def chosen(typed: str) -> Step:
        return go("desk_agenda", ChoosePin(typed), LookUp("agenda")) if is_pin(typed) else again("desk.pin.form")

    return Menu(context.say("desk.pin.choose"), typed=chosen)


@citizen.screen
def desk_agenda(context: ScreenContext) -> View:
    """Lists the agenda items, after the right PIN; else asks for the PIN again."""
    if context.facts.pin != PIN_IS_RIGHT:
        return desk_pin(context)
    items = context.facts.agenda
    choices = []
    for reference, label, count, urgent in items:
        mark = "! " if urgent else ""
        shown = f"{mark}{shorten(to_gsm(label), LABEL_SHOWN)} {count}"
        choices.append((shown, go(f"desk_item:{reference}", LookUp("item", reference))))
    return Menu(context.say("desk.items") if choices else context.say("desk.nothing"), choices)


@citizen.screen
def desk_item(context: ScreenContext) -> View:
    """Shows an agenda item and the acts on it, after the right PIN."""
    shown = context.facts.item
    if not shown or context.facts.pin != PIN_IS_RIGHT:
        return Menu(context.say("follow.unknown"))
    reference = context.argument
    choices = [
        (context.say("desk.accept"), _act("accept", reference)),
        (context.say("desk.postpone"), _act("postpone", reference)),
        (context.say("desk.pass"), go(f"desk_pass:{reference}")),
        (context.say("desk.close"), go(f"desk_close:{reference}")),
    ]
    return Menu(str(shown), choices)


@citizen.screen
def desk_pass(context: ScreenContext) -> View:
    """Asks to which service the item is passed on."""
    names = context.language.services
    choices = [(names[to], _act("pass", context.argument, to)) for to in context.pack.services]
    return Menu(context.say("desk.pass.whom"), choices)


@citizen.screen
def desk_close(context: ScreenContext) -> View:
    """Asks for the answer. Every citizen of the item gets it, so a text as short as a mistyped key is refused."""

    def typed(text: str) -> Step:
        return _act("close", context.argument, text) if len(text) >= SHORTEST_ANSWER else again("wrong_key")

    return Menu(context.say("desk.close.answer"), typed=typed)


def _act(act: str, reference: str, about: str = "") -> Step:
    return go("desk_done", ActOnItem(act, reference, about))


@citizen.screen
def desk_done(context: ScreenContext) -> View:
    """Shows the result of an act."""
    return Menu(context.facts.done or context.say("again", code=""), [(context.say("desk.agenda"), _back_to_agenda())])


def _back_to_agenda() -> Step:
    return go("desk_agenda", LookUp("agenda"))
