"""A secretary's commands as people type them, and sentences that only begin like a command."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.pack import Pack
from flows.sms.secretary import Command, read_command, read_day

A_TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["OK 47GZ", "ok47GZ", "OK : CCS-47GZ", '"OK 47GZ"', "OK 47GZ.", "ok ccs 47gz svp", "OK «47GZ»", "OKCCS-47GZ",
     "s'il vous plaît OK 47GZ", "OK, 47gz merci !"],
)  # fmt: skip
def test_a_command_is_understood_as_it_is_written(text: str, pack: Pack) -> None:
    request = read_command(text, pack)
    assert request
    assert (request.command, request.reference, request.right) == (Command.ACCEPT, "CCS-47GZ", True)


@pytest.mark.parametrize("text", ["okYW32", "OK:yw32", "OKCCS-YW32"])
def test_a_reference_may_begin_with_letters(text: str, pack: Pack) -> None:
    request = read_command(text, pack)
    assert request
    assert (request.command, request.reference) == (Command.ACCEPT, "CCS-YW32")


@pytest.mark.parametrize(
    ("text", "command", "about"),
    [
        ("CLORE 47GZ Une patrouille passe.", Command.CLOSE, "Une patrouille passe."),
        ("clore 47GZ : « Une patrouille passe. »", Command.CLOSE, "Une patrouille passe."),
        ("PASSER 47GZ à la police", Command.PASS, "police"),
        ("passer 47GZ Mairie svp", Command.PASS, "mairie"),
        ("PIN : 4711.", Command.PIN, "4711"),
        ('"4711"', Command.PIN, "4711"),
        ("Ordre du jour svp", Command.AGENDA, ""),
    ],
)
def test_what_stands_behind_a_command_is_its_argument(text: str, command: Command, about: str, pack: Pack) -> None:
    request = read_command(text, pack)
    assert request
    assert (request.command, request.about, request.right, request.concern) == (command, about, True, "")


@pytest.mark.parametrize("text", ["VOIR ZZZZ", "voir 7k4r", "OK CCS-2222", "CLORE 7K4R Une patrouille passe."])
def test_a_mistyped_reference_is_one_that_does_not_exist(text: str, pack: Pack) -> None:
    request = read_command(text, pack)
    assert request
    assert (request.reference, request.right, request.concern) == ("", True, "")


@pytest.mark.parametrize(
    "text",
    ["OK on nous attaque au marché", "ok merci pour tout", "VOIR la police ne fait rien", "OK 47GZ on nous attaque",
     "OK 300 bandits", "CLORE 2000 boeufs volés cette nuit", "PASSER 47GZ des hommes armés passent",
     "réunion ce soir, des bandits arrivent", "agenda du maire volé"],
)  # fmt: skip
def test_a_sentence_that_begins_with_a_command_is_a_concern_and_gets_the_form(text: str, pack: Pack) -> None:
    request = read_command(text, pack)
    assert request
    assert (request.right, request.concern) == (False, text)


def test_a_sentence_behind_a_pin_is_kept_without_the_pin(pack: Pack) -> None:
    request = read_command("PIN 4711 on nous attaque au marché", pack)
    assert request
    assert (request.right, request.concern) == (False, "on nous attaque au marche")


@pytest.mark.parametrize("text", ["REUNION", "REUNION demain à 10h", "réunion lundi svp", "OK", "ok merci", "OK 7K4"])
def test_what_is_only_incomplete_gets_the_form_and_is_not_filed(text: str, pack: Pack) -> None:
    request = read_command(text, pack)
    assert request
    assert (request.right, request.concern) == (False, "")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12/12", "12/12 09:00"),
        ("12/12 à 10h", "12/12 10:00"),
        ("le 12/12/2026 à 10 h 30", "12/12 10:30"),
        ("12-12, 10 heures", "12/12 10:00"),
        ("12/12 10:00.", "12/12 10:00"),
    ],
)
def test_a_day_may_have_its_hour_behind(text: str, moment: str, pack: Pack) -> None:
    request = read_command(f"REUNION {text}", pack)
    assert request
    day = read_day(request.about, A_TUESDAY)
    assert day
    assert f"{day:%d/%m %H:%M}" == moment


@pytest.mark.parametrize("text", ["12/12 25h", "12/12 10:75", "12/12 à 24:00", "31/02", "32/12 10h"])
def test_an_impossible_hour_or_day_is_never_the_usual_one(text: str, pack: Pack) -> None:
    request = read_command(f"REUNION {text}", pack)
    assert request
    assert request.concern == ""
    assert read_day(request.about, A_TUESDAY) is None


@given(
    key=st.sampled_from(["OK", "voir", "Reporter", "bila", "agenda", "réunion"]),
    behind=st.lists(
        st.sampled_from(["on", "nous", "attaque", "voleurs", "feu", "sonw", "binna", "an", "kan", "danger"]), min_size=2
    ),
)
def test_words_behind_a_command_are_never_lost(key: str, behind: list[str], pack: Pack) -> None:
    text = f"{key} {' '.join(behind)}"
    request = read_command(text, pack)
    assert request
    assert request.concern == text
