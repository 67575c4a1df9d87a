"""A message that is nothing but a cry for help is an emergency, however briefly or often somebody cries."""

import pytest

from flows.triage import Kind, Triage, Urgency


@pytest.mark.parametrize(
    "cry",
    [
        "SOS", "S.O.S", "s o s", "sos sos sos", "SOOOS", "🆘", "🆘🆘🆘", "sos, sos ! sos", "help", "help me", "HELP!!",
        "please help", "mayday", "secours", "au secour", "osecour", "au secours au secours au secours", "à l'aide",
        "aidez nous", "aidez-moi svp", "urgence", "urgent svp", "dɛmɛ", "an dɛmɛ", "aw ka an dɛmɛ", "a ye an kisi",
        "a y'an dɛmɛ joona",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["", " Lafiabougou", " à Banconi", " commune 4", " Zoromina"])
def test_a_cry_is_an_emergency_with_a_place_or_without(cry: str, place: str, triage: Triage) -> None:
    reading = triage.read(cry + place)
    assert (reading.urgency, reading.kind, reading.no_matter) == (Urgency.EMERGENCY, Kind.CONCERN, "")
    assert reading.emergency == 1.0
    assert reading.needs_review
    assert (reading.commune is None) is (place in ("", " Zoromina"))
    assert triage.speaks_of_danger(cry)


@pytest.mark.parametrize(
    "text",
    [
        "merci pour l'aide", "SOS Villages d'enfants", "SOS Villages", "numéro d'urgence ?", "où est le poste de secours ?",
        "Ala k'an dɛmɛ", "aw y'an dɛmɛ, barika", "SOS sos. non pardon je teste le téléphone", "aide", "Banconi",
    ],
)  # fmt: skip
def test_the_words_of_a_cry_among_others_are_none(text: str, triage: Triage) -> None:
    assert triage.read(text).urgency is not Urgency.EMERGENCY


@pytest.mark.parametrize(
    "phrase", ["au feu", "ils tirent", "tasuma", "on nous attaque", "u bɛ ka ci", "venez vite", "trop de bruit"]
)
def test_what_is_said_often_counts_as_much_as_what_is_said_once(phrase: str, triage: Triage) -> None:
    once = triage.read(f"{phrase} Banconi")
    for often in (" ".join([phrase] * 3), "! ".join([phrase] * 8), ", ".join([f"{phrase} Banconi"] * 4)):
        reading = triage.read(f"{often} Banconi")
        assert (reading.emergency, reading.urgency, reading.category) == (once.emergency, once.urgency, once.category)


def test_what_is_said_twice_on_purpose_is_not_shortened(triage: Triage) -> None:
    assert triage.parts("teliya teliya").tokens == ["teliya", "teliya"]
    assert triage.parts("don o don, don o don").tokens == ["don", "o", "don", ",", "don", "o", "don"]
