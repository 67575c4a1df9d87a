"""The conversation as a whole: whatever is typed, a screen that fits the phone, and nothing filed that was not sent."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.pack import Pack
from flows.conversation.effects import ActOnItem, CheckPin, ChoosePin, Effect, FileConcern, LookUp
from flows.conversation.facts import CommitteeFacts, Facts
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation as citizen
from flows.conversation.session import Session
from flows.screen import Screen, septets
from flows.triage import Triage

LAFIABOUGOU = "ml-bamako-commune-iv|Lafiabougou"
CALLERS = [
    Facts(),
    Facts("fr"),
    Facts("bm", usual=LAFIABOUGOU, asked=True),
    Facts("fr", usual="gone|nowhere"),
    Facts("fr", usual=LAFIABOUGOU, asked=True, secretary="has_pin"),
    Facts("bm", secretary="new"),
    Facts("fr", draft=("answer", {"category": "theft", "place": LAFIABOUGOU, "words": "é" * 190})),
]
FACTS: dict[str, Any] = {
    "reports": [("CCS-7K4Q", "on_agenda", "12/12"), ("CCS-2222", "closed", "")],
    "report": ("CCS-7K4Q", "closed", "", "Des patrouilles passent désormais chaque soir dans le quartier. " * 3),
    "agenda": [(f"CCS-{number}K4Q", "Violence femme, enfant Djicoroni Para", 100, True) for number in range(2, 9)],
    "item": "CCS-7K4Q Violence femme, enfant, Marché de Dabanani Djicoroni : 100 (à l'ordre du jour du 12/12)",
    "committee": CommitteeFacts(False, "Tin-Essako", "CCS régional : Kidal", "12/12", 30),
}
inputs = st.lists(
    st.one_of(
        st.sampled_from(
            ["0", "00", "1", "2", "3", "4", "5", "98", "99", "lafiabougou", "Kalaban", "7K4Q", "", "4711", "0000"]
        ),
        st.integers(-1, 200).map(str),
        st.text(max_size=40),
        st.text(min_size=390, max_size=600),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def machine(pack: Pack, triage: Triage) -> Machine:
    return Machine(citizen, pack, triage.places)


def carry_on(machine: Machine, session: Session, typed: str) -> tuple[Session, Screen, tuple[Effect, ...]]:
    """Does one request as the gateway does: stores and reads the session, advances, and answers its questions."""
    session, screen, effects = machine.advance(Session.decode(session.encode()), typed)
    for effect in effects:
        if isinstance(effect, LookUp):
            session, screen, _ = machine.inform(session, replace(session.facts, **{effect.what: FACTS[effect.what]}))
        if isinstance(effect, CheckPin | ChoosePin):
            pin = "wrong" if effect.pin == "0000" else "right"
            session, screen, _ = machine.inform(session, replace(session.facts, pin=pin))
        if isinstance(effect, ActOnItem):
            session, screen, _ = machine.inform(
                session, replace(session.facts, done=f"{effect.reference} est reporté au 12/12.")
            )
        if isinstance(effect, FileConcern):
            session, screen, _ = machine.inform(session, replace(session.facts, reference="CCS-7K4Q", meeting="12/12"))
    return session, screen, effects


@settings(max_examples=300)
@given(caller=st.sampled_from(CALLERS), typed=inputs)
def test_any_sequence_of_inputs_ends_in_a_screen_that_fits(machine: Machine, caller: Facts, typed: list[str]) -> None:
    session, screen, _ = machine.dial(caller)
    filed = 0
    for text in typed:
        before = session
        session, screen, effects = carry_on(machine, session, text)
        filed += sum(isinstance(effect, FileConcern) for effect in effects)
        assert screen.text.strip()
        assert (septets(screen.text) or 999) <= 160
        assert len(session.encode()) < 1024
        assert screen.ends or session.screen.partition(":")[0] in citizen.screens
        if before.screen in ("sent", "cancelled"):
            assert session == before
    assert filed <= 1


@settings(max_examples=100)
@given(caller=st.sampled_from(CALLERS), typed=inputs)
def test_the_same_inputs_give_the_same_screens(machine: Machine, caller: Facts, typed: list[str]) -> None:
    def walk() -> list[str]:
        session, screen, _ = machine.dial(caller)
        shown = [screen.text]
        for text in typed:
            session, screen, _ = carry_on(machine, session, text)
            shown.append(screen.text)
        return shown

    assert walk() == walk()


def walk(machine: Machine, caller: Facts, *typed: str) -> tuple[Session, Screen, tuple[Effect, ...]]:
    session, screen, effects = machine.dial(caller)
    for text in typed:
        session, screen, effects = carry_on(machine, session, text)
    return session, screen, effects


def test_a_newcomer_in_bamako_has_sent_a_report_after_nine_inputs(machine: Machine) -> None:
    _, screen, effects = walk(machine, Facts(), "1", "1", "2", "1", "lafiabougou", "1", "vol de moto", "1", "1")
    assert effects == (
        FileConcern(False, "theft", "ml-bamako-commune-iv", "Lafiabougou", "vol de moto", answerable=True),
    )
    assert screen.ends
    assert "CCS-7K4Q" in screen.text


def test_someone_who_reported_before_needs_six(machine: Machine) -> None:
    known = Facts("fr", usual=LAFIABOUGOU, asked=True)
    _, screen, effects = walk(machine, known, "1", "2", "1", "1", "vol de moto", "1")
    assert [type(effect) for effect in effects] == [FileConcern]
    assert screen.ends


def test_danger_shows_whom_to_call_before_anything_else(machine: Machine) -> None:
    _, screen, _ = walk(machine, Facts(language="fr"), "1", "1")
    assert screen.text.startswith("APPELEZ D'ABORD")
    assert "17" in screen.text
    _, _, effects = walk(machine, Facts(language="fr"), "1", "1", "1", "9", "banconi", "1", "1", "1", "1")
    assert [effect.danger for effect in effects if isinstance(effect, FileConcern)] == [True]


def test_a_wrong_key_shows_the_same_screen_with_one_line(machine: Machine) -> None:
    _, before, _ = walk(machine, Facts(language="fr"), "1")
    _, after, _ = walk(machine, Facts(language="fr"), "1", "7")
    assert after.text == f"Choix inconnu. {before.text}"


def test_zero_goes_back_and_keeps_the_place_in_the_list(machine: Machine) -> None:
    country = walk(machine, Facts(language="fr"), "1", "2", "1", "1")[1]
    region = walk(machine, Facts(language="fr"), "1", "2", "1", "1", "2")[1]
    assert region.text != country.text
    assert walk(machine, Facts(language="fr"), "1", "2", "1", "1", "2", "0")[1].text == country.text
    assert (
        walk(machine, Facts(language="fr"), "1", "2", "1", "1", "2", "00")[1] == walk(machine, Facts(language="fr"))[1]
    )


def test_every_commune_can_be_reached_by_paging_alone(machine: Machine, pack: Pack) -> None:
    reached = set()

    def go_down(session: Session) -> None:
        number = 1
        while True:
            after, _, _ = machine.advance(session, str(number))
            if after.notice:
                return
            if after.screen == "words":
                reached.add(after.answers["place"].partition("|")[0])
            else:
                go_down(after)
            number += 1

    go_down(walk(machine, Facts(language="fr"), "1", "2", "1", "1")[0])
    assert reached == {area.code for area in pack.communes}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("lafiabougou", "Commune IV, Lafiabougou ?"),
        ("Jikɔrɔni Para", "Commune IV, Djicoroni Para ?"),
        ("kalabankura", "Commune V, Kalaban-Coura ?"),
        ("Kalabancoro", "Kalabancoro ?"),
        ("sebeninkro", "Commune IV, Sébénikoro ?"),
        ("komini naaninan", "Commune IV ?"),
        ("bamba", "Quel lieu ?"),
        ("xyzxyz", "Lieu non trouvé : xyzxyz."),
    ],
)
def test_a_typed_place_is_confirmed_offered_or_asked_again(machine: Machine, typed: str, shown: str) -> None:
    assert shown in walk(machine, Facts(language="fr"), "1", "2", "1", typed)[1].text


def test_who_wants_no_number_kept_says_so_and_it_is_passed_on(machine: Machine) -> None:
    effects = walk(machine, Facts(), "1", "1", "2", "1", "lafiabougou", "1", "vol", "2", "1")[2]
    assert [effect.answerable for effect in effects if isinstance(effect, FileConcern)] == [False]


def test_what_is_too_long_to_keep_is_said_and_nothing_of_it_is_lost_silently(machine: Machine) -> None:
    session, screen, _ = walk(machine, Facts(language="fr"), "1", "2", "1", "lafiabougou", "1", "é" * 300)
    assert session.screen == "words"
    assert screen.text.startswith("Texte trop long")


@pytest.mark.parametrize("language", ["fr", "bm"])
def test_bambara_and_french_have_every_screen(machine: Machine, language: str) -> None:
    for path in (["1", "1"], ["2"], ["2", "7K4Q"], ["3"], ["3", "tin-essako"], ["4"], ["5"], ["5", "2"], ["5", "3"]):
        _, screen, _ = walk(machine, Facts(language=language), *path)
        assert (septets(screen.text) or 999) <= 160


@pytest.mark.parametrize(
    "kept",
    [
        Session("a_screen_of_the_release_before", "fr"),
        Session("place_confirm:gone|nowhere", "fr", {"category": "theft"}, trail=("main", "gone")),
        Session("place_list:ml-atlantis", "fr", trail=("main",)),
        Session("place_which", "bm", {"spots": ["gone|nowhere"], "then": "place_confirm"}),
        Session("summary", "fr", {"category": "a_category_of_before", "place": "gone|", "words": "vol"}),
        Session("answer", "a_language_of_before", {"category": "theft", "place": LAFIABOUGOU}),
        Session("follow", "fr", facts=Facts(reports=())),
        Session("report:7K4Q", "fr"),
        Session("resume", "fr", facts=Facts(draft=("gone", {"place": "gone|"}))),
        Session("category", "fr", page=9),
    ],
)
@pytest.mark.parametrize("typed", ["1", "0", "00", "98", "99", "lafiabougou", ""])
def test_a_session_of_another_release_or_pack_is_led_on_and_never_to_an_error(
    machine: Machine, kept: Session, typed: str
) -> None:
    session, screen, _ = carry_on(machine, kept, typed)
    assert screen.text.strip()
    assert (septets(screen.text) or 999) <= 160
    for again in ("1", "1", "00"):
        session, screen, _ = carry_on(machine, session, again)
        assert (septets(screen.text) or 999) <= 160
