"""Every screen fits the phone in every language with the longest data, and the walk finds each one that does not."""

import re
from dataclasses import replace
from types import MappingProxyType

import pytest

from config.language import Language
from config.pack import Pack
from flows.conversation.drawing import draw
from flows.conversation.machine import Conversation, Machine, Menu, ScreenContext, View, go
from flows.conversation.menus import conversation
from flows.conversation.walk import Walk, walk
from flows.screen import USSD_SEPTETS, pages, septets, wrap
from flows.triage import Triage


def changed(pack: Pack, code: str, **texts: str | None) -> Pack:
    """The pack with changed texts; None removes a text."""
    language: Language = pack.languages[code]
    kept = {name: text for name, text in {**language.texts, **texts}.items() if text is not None}
    languages = {**pack.languages, code: replace(language, texts=MappingProxyType(kept))}
    return replace(pack, languages=MappingProxyType(languages))


def problems(pack: Pack, triage: Triage, subject: Conversation = conversation) -> list[str]:
    return list(dict.fromkeys(map(str, walk(Machine(subject, pack, triage.places), pack, ["fr"]).problems)))


@pytest.fixture(scope="module")
def walked(pack: Pack, triage: Triage) -> Walk:
    return walk(Machine(conversation, pack, triage.places), pack)


@pytest.mark.slow
def test_every_screen_of_the_pack_fits_is_reached_and_leads_back(walked: Walk) -> None:
    assert list(map(str, walked.problems)) == []
    assert set(walked.ways) == set(conversation.screens)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"sent": "Merci infiniment. " * 12 + "{reference} {meeting}"}, "sent (fr): an end of 2 pages"),
        ({"danger": "Danger ŋ ?"}, None),  # shown with the nearest letters
        ({"desk.items": None}, "desk_pin (fr): leads to what cannot be drawn: KeyError 'desk.items'"),
        ({"summary": "{category} {nowhere}"}, "answer (fr): leads to what cannot be drawn: KeyError 'nowhere'"),
    ],
)
def test_what_does_not_fit_or_is_missing_is_named(
    pack: Pack, triage: Triage, texts: dict[str, str | None], message: str | None
) -> None:
    problems_found = problems(changed(pack, "fr", **texts), triage)
    assert problems_found == [] if message is None else any(problem.startswith(message) for problem in problems_found)


@pytest.mark.slow
def test_a_screen_that_nothing_leads_to_is_named(pack: Pack, triage: Triage) -> None:
    subject = Conversation(first="language", main="main", resume="resume", desk="desk")
    subject.screens = dict(conversation.screens)

    def orphan(_: ScreenContext) -> View:
        return Menu("Personne ne vient ici", [("Menu", go("main"))])

    subject.screens["orphan"] = orphan
    assert problems(pack, triage, subject) == ["orphan (-): cannot be reached"]


def test_a_long_title_is_read_over_pages_and_nothing_is_cut() -> None:
    title = " ".join(f"mot{number}" for number in range(90))
    shown = pages(title, ["1 Oui", "2 Non"], ["0 Retour"], "98 Suite", "99 Avant")
    assert len(shown) > 3
    assert all((septets(page) or 999) <= USSD_SEPTETS for page in shown)
    read = " ".join(word for page in shown for word in page.split() if word.startswith("mot"))
    assert read == title
    assert "1 Oui" in shown[-1]
    assert "98 Suite" not in shown[-1]
    assert "99 Avant" not in shown[0]


def test_text_is_wrapped_between_words_and_by_septets() -> None:
    assert wrap("un deux trois", 8) == ["un deux", "trois"]
    assert wrap("[[[[", 4) == ["[[", "[["]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@pytest.mark.slow
def test_the_drawing_shows_every_screen(walked: Walk) -> None:
    svg = draw(walked, ("language", "resume", "desk"))
    assert svg.startswith("<svg ")
    for name in conversation.screens:
        assert f">{name}</text>" in svg


@pytest.mark.slow
def test_no_arrow_of_the_drawing_runs_behind_a_box(walked: Walk) -> None:
    svg = draw(walked, ("language", "resume", "desk"))
    boxes = [(int(x), int(x) + int(width)) for x, width in re.findall(r'<rect x="(\d+)" y="\d+" width="(\d+)"', svg)]
    arrows = [(int(x), int(to)) for x, to in re.findall(r'<path d="M(\d+) \d+ C.* (\d+) \d+" fill', svg)]
    assert len(arrows) > 50
    assert not [(arrow, box) for arrow in arrows for box in boxes if arrow[0] < box[1] and box[0] < arrow[1]]


@pytest.mark.slow
def test_each_form_of_a_screen_has_a_box_of_its_own(walked: Walk) -> None:
    summaries = list(walked.variants["summary"].values())
    assert [[label for label, _ in variant.ways] for variant in summaries] == [
        ["1 Envoyer", "2 Annuler"], ["1 Envoyer", "2 Envoyer sans mon numéro", "3 Annuler"],
    ]  # fmt: skip
    svg = draw(walked, ("language", "resume", "desk"))
    assert svg.count(">summary</text>") == 2
    assert svg.count(">2/2</text>") >= 4
    assert "… et 9 autres" in svg
