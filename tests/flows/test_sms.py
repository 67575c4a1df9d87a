import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.pack import Pack
from flows.sms import Meaning, SmsRequest, commune_answered, read_sms
from flows.triage import Triage


@pytest.mark.parametrize(
    ("text", "meaning", "about"),
    [
        ("AIDE", Meaning.HELP, ""),
        ("dɛmɛ", Meaning.HELP, ""),
        ("Stop", Meaning.STOP, ""),
        ("ARRÊT", Meaning.STOP, ""),
        ("start", Meaning.START, ""),
        ("SUIVI CCS-7K4Q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("suivi 7k4q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("Nɔfɛ ccs 7k4q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("suivi", Meaning.FOLLOW, ""),
        ("langue bm", Meaning.LANGUAGE, "bm"),
        ("CCS Lafiabougou", Meaning.COMMITTEE, "ml-bamako-commune-iv|Lafiabougou"),
        ("ccs xyzxyz", Meaning.COMMITTEE, ""),
        ("", Meaning.HELP, ""),
        ("   \n", Meaning.HELP, ""),
        ("🙂🙂", Meaning.HELP, ""),
        ("on a volé ma moto à Banconi", Meaning.CONCERN, "on a volé ma moto à Banconi"),
        # A keyword at the head of a cry for help is no keyword.
        ("Aide nous ils nous attaquent à Banconi", Meaning.CONCERN, "Aide nous ils nous attaquent à Banconi"),
        ("stop aux vols à Banconi chaque nuit", Meaning.CONCERN, "stop aux vols à Banconi chaque nuit"),
        ("suivi par des hommes armés", Meaning.CONCERN, "suivi par des hommes armés"),
    ],
)
def test_a_message_is_a_keyword_in_either_language_or_a_concern(
    text: str, meaning: Meaning, about: str, pack: Pack, triage: Triage
) -> None:
    assert read_sms(text, pack, triage.places) == SmsRequest(meaning, about)


@given(text=st.text(max_size=200))
def test_any_text_has_a_meaning_and_a_concern_keeps_its_words(text: str, pack: Pack, triage: Triage) -> None:
    request = read_sms(text, pack, triage.places)
    if request.meaning is Meaning.CONCERN:
        assert request.about.split() == [word for word in request.about.split() if word]
        assert request.about


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("Kalabankoura", "ml-bamako-commune-v"),
        ("c'est à Banconi", "ml-bamako-commune-i"),
        ("commune 4", "ml-bamako-commune-iv"),
        ("bamba", None),  # there are two: no guess
        ("je ne sais pas", None),
        ("on a encore volé des motos à Banconi cette nuit", None),  # a new concern that names a place
    ],
)
def test_the_answer_to_which_commune_is_a_place_or_something_else(
    text: str, commune: str | None, triage: Triage
) -> None:
    spot = commune_answered(text, triage)
    assert (spot.commune if spot else None) == commune
