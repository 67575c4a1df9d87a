"""The citizen's menu: to say what is wrong in under a minute, and to hear what became of it."""

from __future__ import annotations

from flows.conversation.effects import DropDraft, FileConcern, KeepDraft, LookUp, RememberLanguage
from flows.conversation.machine import Conversation, End, Menu, Step, Talk, View, again, go
from flows.emergency_numbers import numbers_lines
from flows.screen import shorten, to_gsm
from flows.triage.gazetteer import Spot

citizen = Conversation(first="language", main="main", resume="resume", desk="desk")

SHORTEST_WORDS = 3
"""Characters under which a typed text says nothing and is a mistyped key."""
WORDS_SHOWN = 50


@citizen.screen
def language(talk: Talk) -> View:
    title = " / ".join(f"{one.name}" for one in talk.pack.languages.values())
    choices = [
        (one.name, Step("main", effects=(RememberLanguage(one.code),), language=one.code, afresh=True))
        for one in talk.pack.languages.values()
    ]
    return Menu(f"CCS. {title} ?", choices)


@citizen.screen
def main(talk: Talk) -> View:
    usual = str(talk.fact("usual") or "").partition("|")[0]
    committee = go(f"committee:{usual}", LookUp("committee", usual)) if usual else go("committee_place")
    return Menu(
        talk.say("main"),
        [
            (talk.say("main.report"), go("danger")),
            (talk.say("main.follow"), go("follow", LookUp("reports"))),
            (talk.say("main.committee"), committee),
            (talk.say("main.numbers"), go("numbers")),
            (talk.say("main.settings"), go("settings")),
        ],
    )


@citizen.screen
def resume(talk: Talk) -> View:
    """Cut off a while ago: go on there, or start again."""
    _, answers = talk.fact("draft", ("", {}))
    spot = talk.places.spot(str(answers.get("place", "")))
    label = talk.language.categories.get(str(answers.get("category")), "")
    choices = [
        (talk.say("resume.go"), Step("main", restores=True)),
        (talk.say("resume.afresh"), go("main", DropDraft())),
    ]
    return Menu(talk.say("resume", category=label, place=spot.label if spot else ""), choices)


@citizen.screen
def danger(talk: Talk) -> View:
    choices = [
        (talk.say("yes"), go("call_first", danger=True)),
        (talk.say("no"), go("category", danger=False)),
    ]
    return Menu(talk.say("danger"), choices)


@citizen.screen
def call_first(talk: Talk) -> View:
    title = talk.say("danger.call", numbers=numbers_lines(talk.pack, talk.language))
    return Menu(title, [(talk.say("danger.continue"), go("category"))])


@citizen.screen
def category(talk: Talk) -> View:
    """The most frequent of the person's usual commune first, the others in the pack's order."""
    labels = talk.language.categories
    often = [id for id in talk.fact("often", ()) if id in labels]
    order = [*often, *(id for id in talk.pack.categories if id not in often)]
    return Menu(talk.say("category"), [(labels[id], go("place", category=id)) for id in order])


@citizen.screen
def place(talk: Talk) -> View:
    """The place used last comes first; any name may be typed instead."""
    choices = []
    usual = talk.places.spot(str(talk.fact("usual"))) if talk.fact("usual") else None
    if usual:
        choices.append((usual.label, _placed(usual.id)))
    choices.append((talk.say("place.list"), go(f"place_list:{talk.pack.country_area.code}")))
    title = talk.say("place.known") if usual else talk.say("place")
    return Menu(title, choices, typed=lambda typed: typed_place(talk, typed, "place_confirm"))


def _placed(spot_id: str) -> Step:
    """From here on a report that is cut off is worth keeping."""
    return go("words", KeepDraft(), place=spot_id)


def typed_place(talk: Talk, typed: str, confirm: str) -> Step:
    """One match is confirmed, several are offered, none asks again."""
    spots = talk.places.find(typed, usual=str(talk.fact("usual") or "").partition("|")[0])
    if not spots:
        return again("wrong_key") if typed.isdecimal() else again("place.unknown", shorten(to_gsm(typed), 30))
    if len(spots) == 1:
        return go(f"{confirm}:{spots[0].id}")
    return go("place_which", spots=[spot.id for spot in spots], then=confirm)


@citizen.screen
def place_which(talk: Talk) -> View:
    spots = [spot for id in talk.answer("spots", ()) if (spot := talk.places.spot(id))]
    return Menu(talk.say("place.which"), [(spot.label, _chosen(talk, spot)) for spot in spots])


def _chosen(talk: Talk, spot: Spot) -> Step:
    if talk.answer("then") == "committee_confirm":
        return go(f"committee:{spot.commune}", LookUp("committee", spot.commune))
    return _placed(spot.id)


@citizen.screen
def place_confirm(talk: Talk) -> View:
    spot = talk.places.spot(talk.argument)
    label = spot.label if spot else ""
    choices = [(talk.say("yes"), _placed(talk.argument)), (talk.say("place.other"), go("place"))]
    return Menu(talk.say("place.confirm", place=label), choices)


@citizen.screen
def place_list(talk: Talk) -> View:
    """Region → cercle → commune, whatever the pack's hierarchy is, page by page."""
    children = talk.pack.children(talk.argument)
    commune_kind = talk.pack.levels[0].of
    kind = children[0].kind if children else commune_kind
    title = talk.say(f"place.{kind}") if f"place.{kind}" in talk.language.texts else talk.say("place.which")
    choices = [
        (area.name, _placed(f"{area.code}|"))
        if area.kind == commune_kind
        else (area.name, go(f"place_list:{area.code}"))
        for area in children
        if area.kind == commune_kind or talk.pack.children(area.code)
    ]
    return Menu(title, choices, typed=lambda typed: typed_place(talk, typed, "place_confirm"))


@citizen.screen
def words(talk: Talk) -> View:
    onward = _after_words(talk)
    return Menu(
        talk.say("words"),
        [(talk.say("words.skip"), go(onward, KeepDraft(), words=""))],
        typed=lambda typed: (
            go(onward, KeepDraft(), words=typed) if len(typed) >= SHORTEST_WORDS else again("wrong_key")
        ),
    )


def _after_words(talk: Talk) -> str:
    """Who was asked before may change the answer in the summary; asking each time would cost a hop."""
    return "summary" if talk.fact("asked") else "answer"


@citizen.screen
def answer(talk: Talk) -> View:
    choices = [
        (talk.say("answer.yes"), go("summary", KeepDraft(), answerable=True)),
        (talk.say("answer.no"), go("summary", DropDraft(), answerable=False)),
    ]
    return Menu(talk.say("answer"), choices)


@citizen.screen
def summary(talk: Talk) -> View:
    spot = talk.places.spot(str(talk.answer("place", "")))
    label = talk.language.categories.get(str(talk.answer("category")), "")
    said = shorten(to_gsm(str(talk.answer("words", ""))), WORDS_SHOWN)
    key = "summary.urgent" if talk.answer("danger") else "summary"
    title = talk.say(key, category=label, place=spot.label if spot else "", words=said)
    chosen = talk.answer("answerable")
    if chosen is None:
        sends = [
            (talk.say("summary.send"), _send(talk, spot, answerable=True)),
            (talk.say("summary.send_without"), _send(talk, spot, answerable=False)),
        ]
    else:
        sends = [(talk.say("summary.send"), _send(talk, spot, answerable=bool(chosen)))]
    return Menu(title, [*sends, (talk.say("summary.cancel"), go("cancelled", DropDraft()))])


def _send(talk: Talk, spot: Spot | None, answerable: bool) -> Step:
    if spot is None:
        return go("place")
    concern = FileConcern(
        danger=bool(talk.answer("danger")),
        category=str(talk.answer("category")),
        commune=spot.commune,
        place=spot.place,
        words=str(talk.answer("words", "")),
        answerable=answerable,
    )
    return Step("sent", effects=(concern,))


@citizen.screen
def sent(talk: Talk) -> View:
    if talk.fact("limit"):
        return End(talk.say("limit", limit=talk.fact("limit")))
    meeting = talk.fact("meeting")
    when = talk.say("sent.meeting", date=meeting) if meeting else talk.say("sent.no_meeting")
    return End(talk.say("sent", reference=talk.fact("reference", "..."), meeting=when))


@citizen.screen
def cancelled(talk: Talk) -> View:
    return End(talk.say("cancelled"))
