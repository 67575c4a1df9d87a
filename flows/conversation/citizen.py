"""The citizen's menu for reporting a concern in under a minute. Each function is a screen."""

from __future__ import annotations

from flows.conversation.effects import DropDraft, FileConcern, KeepDraft, LookUp, RememberLanguage
from flows.conversation.machine import Conversation, End, Menu, ScreenContext, Step, View, again, go
from flows.emergency_numbers import numbers_lines
from flows.screen import shorten, to_gsm
from flows.triage.places.gazetteer import Spot

citizen = Conversation(first="language", main="main", resume="resume", desk="desk")

SHORTEST_WORDS = 3
"""Characters of the shortest text; a shorter one counts as a mistyped key."""
WORDS_SHOWN = 50


@citizen.screen
def language(context: ScreenContext) -> View:
    """Asks a new caller for the language, in no language."""
    title = " / ".join(f"{language.name}" for language in context.pack.languages.values())
    choices = [
        (language.name, Step("main", effects=(RememberLanguage(language.code),), language=language.code, afresh=True))
        for language in context.pack.languages.values()
    ]
    return Menu(f"CCS. {title} ?", choices)


@citizen.screen
def main(context: ScreenContext) -> View:
    """The main menu."""
    usual = (context.facts.usual or "").partition("|")[0]
    committee = go(f"committee:{usual}", LookUp("committee", usual)) if usual else go("committee_place")
    return Menu(
        context.say("main"),
        [
            (context.say("main.report"), go("danger")),
            (context.say("main.follow"), go("follow", LookUp("reports"))),
            (context.say("main.committee"), committee),
            (context.say("main.numbers"), go("numbers")),
            (context.say("main.settings"), go("settings")),
        ],
    )


@citizen.screen
def resume(context: ScreenContext) -> View:
    """Offers to go on with a report that was cut off, or to start again."""
    answers = context.facts.draft[1] if context.facts.draft else {}
    spot = context.places.spot(str(answers.get("place", "")))
    label = context.language.categories.get(str(answers.get("category")), "")
    choices = [
        (context.say("resume.go"), Step("main", restores=True)),
        (context.say("resume.afresh"), go("main", DropDraft())),
    ]
    return Menu(context.say("resume", category=label, place=spot.label if spot else ""), choices)


@citizen.screen
def danger(context: ScreenContext) -> View:
    """Asks whether somebody is in danger now."""
    choices = [
        (context.say("yes"), go("call_first", danger=True)),
        (context.say("no"), go("category", danger=False)),
    ]
    return Menu(context.say("danger"), choices)


@citizen.screen
def call_first(context: ScreenContext) -> View:
    """Shows the emergency numbers to a caller in danger, before the report goes on."""
    title = context.say("danger.call", numbers=numbers_lines(context.pack, context.language))
    return Menu(title, [(context.say("danger.continue"), go("category"))])


@citizen.screen
def category(context: ScreenContext) -> View:
    """Asks for the category: the frequent ones of the caller's commune first, the others in the pack's order."""
    labels = context.language.categories
    often = [id for id in context.facts.often if id in labels]
    order = [*often, *(id for id in context.pack.categories if id not in often)]
    return Menu(context.say("category"), [(labels[id], go("place", category=id)) for id in order])


@citizen.screen
def place(context: ScreenContext) -> View:
    """Asks for the place: offers the place that the caller used last; any name may be typed instead."""
    choices = []
    usual = context.places.spot(context.facts.usual) if context.facts.usual else None
    if usual:
        choices.append((usual.label, _placed(usual.id)))
    choices.append((context.say("place.list"), go(f"place_list:{context.pack.country_area.code}")))
    title = context.say("place.known") if usual else context.say("place")
    return Menu(title, choices, typed=lambda typed: typed_place(context, typed, "place_confirm"))


def _placed(spot_id: str) -> Step:
    """Sets the place. From here on, a report that is cut off is kept as a draft."""
    return go("words", KeepDraft(), place=spot_id)


def typed_place(context: ScreenContext, typed: str, confirm: str) -> Step:
    """The caller chooses one of several matching places, or confirms a single one; if none matches, they type again."""
    spots = context.places.find(typed, usual=(context.facts.usual or "").partition("|")[0])
    if not spots:
        return again("wrong_key") if typed.isdecimal() else again("place.unknown", shorten(to_gsm(typed), 30))
    if len(spots) == 1:
        return go(f"{confirm}:{spots[0].id}")
    return go("place_which", spots=[spot.id for spot in spots], then=confirm)


@citizen.screen
def place_which(context: ScreenContext) -> View:
    """Asks which of several places with a similar name is meant."""
    spots = [spot for id in context.answer("spots", ()) if (spot := context.places.spot(id))]
    return Menu(context.say("place.which"), [(spot.label, _chosen(context, spot)) for spot in spots])


def _chosen(context: ScreenContext, spot: Spot) -> Step:
    if context.answer("then") == "committee_confirm":
        return go(f"committee:{spot.commune}", LookUp("committee", spot.commune))
    return _placed(spot.id)


@citizen.screen
def place_confirm(context: ScreenContext) -> View:
    """Asks whether the place that was found is the right one."""
    spot = context.places.spot(context.argument)
    label = spot.label if spot else ""
    choices = [(context.say("yes"), _placed(context.argument)), (context.say("place.other"), go("place"))]
    return Menu(context.say("place.confirm", place=label), choices)


@citizen.screen
def place_list(context: ScreenContext) -> View:
    """Lists the areas under an area, down to the commune: region → cercle → commune in Mali."""
    children = context.pack.children(context.argument)
    commune_kind = context.pack.levels[0].of
    kind = children[0].kind if children else commune_kind
    title = context.say(f"place.{kind}") if f"place.{kind}" in context.language.texts else context.say("place.which")
    choices = [
        (area.name, _placed(f"{area.code}|"))
        if area.kind == commune_kind
        else (area.name, go(f"place_list:{area.code}"))
        for area in children
        if area.kind == commune_kind or context.pack.children(area.code)
    ]
    return Menu(title, choices, typed=lambda typed: typed_place(context, typed, "place_confirm"))


@citizen.screen
def words(context: ScreenContext) -> View:
    """Asks for the report in the caller's own words, which may be skipped."""
    onward = _after_words(context)
    return Menu(
        context.say("words"),
        [(context.say("words.skip"), go(onward, KeepDraft(), words=""))],
        typed=lambda typed: (
            go(onward, KeepDraft(), words=typed) if len(typed) >= SHORTEST_WORDS else again("wrong_key")
        ),
    )


def _after_words(context: ScreenContext) -> str:
    """The next screen. A caller who was asked before skips `answer` and chooses on the summary, to save a request."""
    return "summary" if context.facts.asked else "answer"


@citizen.screen
def answer(context: ScreenContext) -> View:
    """Asks whether the caller may be answered, for which the number is kept."""
    choices = [
        (context.say("answer.yes"), go("summary", KeepDraft(), answerable=True)),
        (context.say("answer.no"), go("summary", DropDraft(), answerable=False)),
    ]
    return Menu(context.say("answer"), choices)


@citizen.screen
def summary(context: ScreenContext) -> View:
    """Shows the whole report before it is sent."""
    spot = context.places.spot(str(context.answer("place", "")))
    label = context.language.categories.get(str(context.answer("category")), "")
    shown_words = shorten(to_gsm(str(context.answer("words", ""))), WORDS_SHOWN)
    key = "summary.urgent" if context.answer("danger") else "summary"
    title = context.say(key, category=label, place=spot.label if spot else "", words=shown_words)
    chosen = context.answer("answerable")
    if chosen is None:
        sends = [
            (context.say("summary.send"), _send(context, spot, answerable=True)),
            (context.say("summary.send_without"), _send(context, spot, answerable=False)),
        ]
    else:
        sends = [(context.say("summary.send"), _send(context, spot, answerable=bool(chosen)))]
    return Menu(title, [*sends, (context.say("summary.cancel"), go("cancelled", DropDraft()))])


def _send(context: ScreenContext, spot: Spot | None, answerable: bool) -> Step:
    if spot is None:
        return go("place")
    concern = FileConcern(
        danger=bool(context.answer("danger")),
        category=str(context.answer("category")),
        commune=spot.commune,
        place=spot.place,
        words=str(context.answer("words", "")),
        answerable=answerable,
    )
    return Step("sent", effects=(concern,))


@citizen.screen
def sent(context: ScreenContext) -> View:
    """Ends with the reference and the committee's next meeting, or with the limit of reports that was reached."""
    if context.facts.limit:
        return End(context.say("limit", limit=context.facts.limit))
    meeting = context.facts.meeting
    when = context.say("sent.meeting", date=meeting) if meeting else context.say("sent.no_meeting")
    return End(context.say("sent", reference=context.facts.reference or "...", meeting=when))


@citizen.screen
def cancelled(context: ScreenContext) -> View:
    """Ends without a report."""
    return End(context.say("cancelled"))
