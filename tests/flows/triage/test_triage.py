import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.examples import Example, load_examples
from config.pack import Area, Pack, Place
from flows.learning.bounds import share
from flows.learning.by_writer import ByWriter, Learning, writers_apart
from flows.learning.evaluation import evaluate
from flows.triage import Kind, Triage, Urgency, mask_numbers
from flows.triage.model import ModelError, ModelFile
from flows.triage.spelling import key, plain
from tests.support.servers import ROOT


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("on a volé ma moto hier soir", "fr"),
        ("on a vole ma moto hier soir", "fr"),
        ("sonw ye butigi kari su in na", "bm"),
        ("dɔrɔgu bɛ ka feere yan", "bm"),
        ("dorogu be ka feere yan", "bm"),
        ("", "und"),
        ("12", "und"),
        ("🙂🙂🙂", "und"),
    ],
)
def test_french_and_bambara_are_told_apart_with_and_without_marks(text: str, language: str, triage: Triage) -> None:
    assert triage.read(text).language == language
    assert triage.read(text) == triage.read(text)


@pytest.mark.parametrize(
    ("spelling", "other_spelling"),
    [
        ("Boulkassoumbougou", "Bulkasumbugu"),
        ("Djicoroni Para", "jikɔrɔni-para"),
        ("Kalaban-Coura", "kalaban kura"),
        ("Quinzambougou", "Kinzanbugu"),
        ("Médina-Coura", "medina kura"),
        ("Badialan II", "badjalan 2"),
    ],
)
def test_spellings_of_one_name_have_one_key(spelling: str, other_spelling: str) -> None:
    assert key(spelling) == key(other_spelling)


@pytest.mark.parametrize(
    ("text", "commune", "place"),
    [
        # The names that are easy to confuse (SOURCES.md).
        ("vol a Lafiabougou", "Commune IV", "Lafiabougou"),
        ("vol a Lafiabougou Kayes", "Kayes", None),
        ("bagarre à Lafiabougou de Kayes", "Kayes", None),
        ("voleurs a sirakoro meguetana", "Kalabancoro", "Sirakoro-Méguétana"),
        ("vol à Hamdallaye", "Commune IV", "Hamdallaye"),
        ("vol au point g", "Commune III", "Point G"),
        ("vol a l'hopital du point g", "Commune III", "Hôpital du Point G"),
        ("vol à Sikasso", "Sikasso", None),
        # Spelt by ear, glued, split, numbered.
        ("vol a sebenikoro", "Commune IV", "Sébénikoro"),
        ("moto volée kalaban koura", "Commune V", "Kalaban-Coura"),
        ("son Kinzanbugu", "Commune II", "Quinzambougou"),
        ("vol a l'Hippodrome", "Commune II", "Hippodrome"),
        ("vol à la TSF", "Commune II", "TSF"),
        ("vol a l'ACI 2000", "Commune IV", "ACI 2000"),
        ("com 4 pas de lumiere", "Commune IV", None),
        ("vol en C6", "Commune VI", None),
        ("CIV : trop de bruit", "Commune IV", None),
        ("Komini wɔɔrɔnan na dibi", "Commune VI", None),
        ("aw ye polisi ci", None, None),
        ("slt cv", None, None),
        # Where it happens, and where somebody comes from.
        ("je suis de Sikasso, on m'a volé à Sogoniko", "Commune VI", "Sogoniko"),
        ("j'habite à Faladié mais on m'a volé à Hamdallaye", "Commune IV", "Hamdallaye"),
        ("mon cousin de Kayes a été agressé à Missira", "Commune II", "Missira"),
        ("accident sur la route de Kati à Banconi", "Commune I", "Banconi"),
        ("bagarre à Banconi et à Sogoniko", None, None),
        ("j'habite à Faladié", "Commune VI", "Faladié"),
        # Everyday words that are places too, foreign places, and a region that is no commune.
        ("vol à San", "San", None),
        ("san kura", None, None),
        ("foro kɛlɛ", None, None),
        ("on m'a volé à Abidjan", None, None),
        ("vol à Dakar", None, None),
        ("accident à Dioïla", None, None),
        ("vol à Kalaban-Coura", "Commune V", "Kalaban-Coura"),
        ("vol a kalabancoro", "Kalabancoro", None),
        ("vol à Djicoroni Para", "Commune IV", "Djicoroni Para"),
        ("vol à Baco Djicoroni", "Commune V", "Baco-Djicoroni"),
        ("sonyali Bulkasumbugu la", "Commune I", "Boulkassoumbougou"),
        ("voleurs a sirakoro dounfing", "Commune III", "Sirakoro Dounfing"),
        ("bagarre en commune 4", "Commune IV", None),
        ("komini naaninan na sonw bɛ yen", "Commune IV", None),
        ("vol à Lafiabougu CIV", "Commune IV", "Lafiabougou"),
        ("il y a des voleurs la nuit", None, None),
        ("aw ni baara", None, None),
        ("bandits à Bamba", None, None),
        ("bandits à Bamba, cercle de Bourem", "Bamba", None),
        ("vol à Paris", None, None),
    ],
)
def test_places_are_found_by_name_or_not_at_all(
    text: str, commune: str | None, place: str | None, triage: Triage, pack: Pack
) -> None:
    reading = triage.read(text)
    assert (pack.areas[reading.commune].name if reading.commune else None) == commune
    assert reading.place == place


@pytest.mark.parametrize(
    ("text", "is_danger"),
    [
        ("on tire sur le marché", True),
        ("ils tirent sur nous", True),
        ("ça a tiré toute la nuit", True),
        ("marfaw bɛ ka ci", True),
        ("des hommes avec des kalachs", True),
        ("tasuma bɛ so la", True),
        ("il a tiré la charrette jusqu'au champ", True),  # read first, and then not urgent: that costs nothing
        ("le tireur de sable demande son argent", False),
        ("aucun lampadaire ne marche", False),
    ],
)
def test_words_of_danger_are_seen_at_a_glance(text: str, is_danger: bool, triage: Triage) -> None:
    assert triage.speaks_of_danger(text) is is_danger


def test_what_is_unsure_is_marked_with_its_reason(triage: Triage) -> None:
    assert "commune_ambiguous" in triage.read("bandits à Bamba").reasons
    assert "commune_unknown" in triage.read("on a volé ma moto").reasons
    assert "place_misspelt" in triage.read("on a volé ma moto à Boulkasoumbouguo").reasons
    assert "category_unsure" in triage.read("il se passe des choses à Banconi").reasons
    assert "category_unsure" in triage.read("xyz qsd Banconi").reasons
    assert not triage.read("on a volé ma moto à Banconi hier").needs_review


@pytest.mark.parametrize(
    ("text", "category", "urgency", "kind"),
    [
        (
            "ils sont en train de défoncer la porte du voisin a Sebenicoro venez",
            "theft",
            Urgency.EMERGENCY,
            Kind.CONCERN,
        ),
        ("tasuma bɛ ka jɛnɛ sugu la", "disaster", Urgency.EMERGENCY, Kind.CONCERN),
        ("des hommes armés tirent à Banconi", "armed_group", Urgency.EMERGENCY, Kind.CONCERN),
        ("la semaine derniere des hommes armes sont passés", "armed_group", Urgency.PRIORITY, Kind.CONCERN),
        ("aucun lampadaire ne marche à Sogoniko", "lighting", Urgency.ROUTINE, Kind.CONCERN),
        ("il n'y a plus de vols à Lafiabougou, merci", "other", Urgency.ROUTINE, Kind.THANKS),
        ("je propose un poste de police à Yirimadio", "other", Urgency.ROUTINE, Kind.PROPOSAL),
        ("quand les lampes de Banconi seront elles réparées ?", "other", Urgency.ROUTINE, Kind.QUESTION),
        ("aw ni ce, sonw minena", "other", Urgency.ROUTINE, Kind.THANKS),
        ("un enfant de 4 ans est introuvable depuis ce matin à Missira", "kidnapping", Urgency.EMERGENCY, Kind.CONCERN),
        ("u bɛ ka muso dɔ bugɔ sisan", "gbv", Urgency.EMERGENCY, Kind.CONCERN),
        ("kunun tasuma ye so jeni", "disaster", Urgency.PRIORITY, Kind.CONCERN),
    ],
)
def test_category_urgency_and_kind_are_read_from_the_words(
    text: str, category: str, urgency: Urgency, kind: Kind, triage: Triage
) -> None:
    reading = triage.read(text)
    assert (reading.category, reading.urgency, reading.kind) == (category, urgency, kind)


def test_a_phone_number_in_a_text_is_masked_before_anything_reads_it(triage: Triage) -> None:
    assert mask_numbers("appelez 76 00 00 01 ou +22376000001, 3 blessés en 2026") == "appelez # ou #, 3 blessés en 2026"
    assert "76000001" not in repr(triage.read("appelez le 76000001 à Banconi, voleurs"))


@given(text=st.text(max_size=1700))
def test_any_text_has_a_reading(text: str, triage: Triage, pack: Pack) -> None:
    reading = triage.read(text)
    assert reading.category in pack.categories
    assert reading.commune is None or reading.commune in pack.areas
    assert 0 <= reading.confidence <= 1


HOSTILE = [
    "", " ", "a", "7", "12 34", "🙂" * 200, "x" * 1600, "é" * 1600, "مرحبا هناك لصوص", "ߒ ߞߊ߬ ߞߊ߲", "\u202e\x00\x07",
    "<script>alert(1)</script>", "'; DROP TABLE concerns; --", "?" * 500, "@ @ @", "^$", "a " * 800, "1e309", "{text}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_has_a_defined_reading(text: str, triage: Triage, pack: Pack) -> None:
    reading = triage.read(text)
    assert reading.commune is None
    assert reading.needs_review
    assert reading == triage.read(text)


@pytest.mark.parametrize(
    "text", ["", "non", "ok", "oui merci", "Banconi", "12", "asdf qwer zxcv", "a " * 200, "x" * 400]
)
def test_what_says_nothing_is_no_emergency_and_not_nearly_one(text: str, triage: Triage) -> None:
    reading = triage.read(text)
    assert reading.urgency is not Urgency.EMERGENCY
    assert "may_be_urgent" not in reading.reasons


@pytest.mark.parametrize(
    "text", ["au secours", "tasuma", "ils tirent", "feu au marché", "sonw bɛ so kɔnɔ", "dɛmɛ joona"]
)
def test_few_words_are_enough_to_cry_for_help(text: str, triage: Triage) -> None:
    reading = triage.read(text)
    assert reading.urgency is Urgency.EMERGENCY or "may_be_urgent" in reading.reasons


def test_why_names_the_words_that_decided(triage: Triage) -> None:
    assert "moto" in triage.read("on a volé ma moto à Banconi").why
    why = triage.read("incendie au marché de Missira maintenant").why
    assert {"incendie", "maintenant", "missira"} <= set(why)


def test_the_usual_commune_settles_between_places_of_one_name_and_is_never_a_guess(triage: Triage) -> None:
    bourem = next(area.code for area in triage_communes(triage, "Bamba") if "bourem" in area.code)
    assert triage.read("bandits à Bamba", bourem).commune == bourem
    assert triage.read("bandits la nuit", bourem).commune is None
    assert triage.read("bandits à Banconi", bourem).commune == "ml-bamako-commune-i"


def triage_communes(triage: Triage, name: str) -> list[Area]:
    return [area for area in triage.where.pack.communes if area.name == name]


def test_a_writer_whom_no_model_has_seen_is_read_well(triage: Triage, pack: Pack) -> None:
    """The least figures that `gateway evaluate config/mali/training --set-aside` may print."""
    aside = [example for example in load_examples(pack, ROOT / "config" / "mali") if example.is_set_aside]
    assert len(aside) > 100
    scores = evaluate(triage.read, aside)
    for name, floor in {
        "category": 0.87, "commune": 0.95, "no_commune": 0.99, "language": 0.97,
        "emergency_recall": 0.78, "emergency_precision": 0.7, "emergency_or_softer": 0.83,
    }.items():  # fmt: skip
        share = scores.shares[name]
        assert share
        assert share.value >= floor, (name, share)


@pytest.mark.parametrize("bare", [False, True])
def test_four_words_are_enough_to_tell_french_from_bambara(triage: Triage, pack: Pack, bare: bool) -> None:
    """Runs of four words of a writer whom no profile was made from; some are names and numbers alone, and some of a
    mixed message are the other's."""
    right = count = 0
    for example in load_examples(pack, ROOT / "config" / "mali"):
        message_words = (plain(example.text) if bare else example.text).split()
        if example.is_set_aside:
            runs = [" ".join(message_words[at : at + 4]) for at in range(0, len(message_words) - 3, 2)]
            right += sum(triage.read(run).language == example.language for run in runs)
            count += len(runs)
    assert count > 500
    assert right / count > 0.94


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("neɗɗo kala ina jogii hakke wuurde", "ff"),
        ("soro su da saarene i ya nan", "snk"),
        ("ninsaal fãa tara a burkĩndlim", "mos"),
        ("there are thieves in our street every night", "en"),
        ("هناك لصوص في الحي كل ليلة", "ar"),
    ],
)
def test_other_languages_of_the_country_are_told_too(text: str, language: str, triage: Triage) -> None:
    assert triage.read(text).language == language


def test_the_examples_are_many_and_no_text_stands_twice(pack: Pack) -> None:
    examples = load_examples(pack, ROOT / "config" / "mali")
    assert len(examples) >= 2000
    assert len({example.text for example in examples}) == len(examples)
    for category in pack.categories:
        for language in ("fr", "bm"):
            assert sum(example.category == category and example.language == language for example in examples) >= 30


def test_thanks_questions_and_proposals_are_labelled_as_other_and_routine(pack: Pack) -> None:
    for example in load_examples(pack, ROOT / "config" / "mali"):
        if example.kind != Kind.CONCERN:
            assert (example.category, example.urgency) == ("other", Urgency.ROUTINE), (example.writer, example.text)


@pytest.mark.parametrize("weapon", ["kalachnikovs", "mitraillettes", "pistolero"])
def test_a_word_that_no_message_taught_counts_by_its_topic(weapon: str, triage: Triage) -> None:
    def armed_group(word: str) -> float:
        assert not triage.model.knows(word)
        message = triage.parts(f"un homme a sorti sa {word} au marché")
        return triage.model.read(triage.model.add_up(message.tokens, message.hits)).category["armed_group"]

    assert armed_group(weapon) > 2 * armed_group("zorbelle")


@pytest.mark.slow
def test_training_again_gives_the_same_model(pack: Pack) -> None:
    """The shipped model is the one that training with the pack's messages gives."""
    known = [example for example in load_examples(pack, ROOT / "config" / "mali") if not example.is_set_aside]
    again, (shipped, _) = Learning(pack, known).fit(), ModelFile.decode(pack.model)
    assert (again.vocabulary, again.across) == (shipped.vocabulary, shipped.across), "run `gateway train --into-pack`"
    assert again.everyday == shipped.everyday
    assert np.abs(again.weights - shipped.weights).max() < 0.01
    assert (again.network.rows == shipped.network.rows).all()
    assert np.abs(again.network.last - shipped.network.last).max() < 0.1
    assert shipped.report["writers"] >= 26


@pytest.mark.slow
def test_no_writer_is_read_by_a_model_that_has_seen_them(pack: Pack) -> None:
    """A word that names the category helps if other writers use it too, but not if each writer has one of their own."""
    examples = load_examples(pack, ROOT / "config" / "mali")[:600]

    def right(word_of: Callable[[int, str], str]) -> float:
        with_word = [
            replace(example, writer=f"w{at % 4}", text=f"{example.text} {word_of(at, example.category)}")
            for at, example in enumerate(examples)
        ]
        return float(
            np.mean(
                [
                    example.category == reading.category
                    for example, reading in ByWriter(Learning(pack, with_word), 4).readings()
                ]
            )
        )

    def invented(number: int, category: str) -> str:
        return (
            sha256(f"{number}{category}".encode()).hexdigest()[:9].translate(str.maketrans("0123456789", "ghijklmnop"))
        )

    own, shared = (
        right(lambda at, category: invented(at % 4, category)),
        right(lambda _, category: invented(0, category)),
    )
    assert own < 0.85
    assert shared > own + 0.1


def test_the_writers_are_parted_whole() -> None:
    examples = [Example("", "fr", None, None, "theft", "routine", "concern", f"w{at % 4}") for at in range(100)]
    parts = writers_apart(examples, range(100), 3)
    assert sorted(len({examples[row].writer for row in part}) for part in parts) == [1, 1, 2]
    assert sorted(row for part in parts for row in part) == list(range(100))


def test_a_share_has_bounds_by_messages_or_by_writers() -> None:
    assert share([]) is None
    few = share([("a", True)] * 90 + [("a", False)] * 10)
    assert few
    assert (few.value, few.low, few.high) == (0.9, 0.8256, 0.9448)  # Wilson's
    uneven = share((f"w{at}", at < 5) for at in range(10) for _ in range(10))
    assert uneven
    assert uneven.value == 0.5
    assert uneven.low < 0.3 < 0.7 < uneven.high  # ten writers say less than a hundred messages would


def test_a_changed_or_foreign_model_file_is_refused(pack: Pack) -> None:
    for data, message in (
        (b"", "is missing"),
        (b"PK nonsense", "is no model file"),
        (pack.model[:-200], "is no model file"),
    ):
        with pytest.raises(ModelError, match=message):
            ModelFile.decode(data)
    buffer = io.BytesIO(pack.model)
    with zipfile.ZipFile(buffer) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["head.json"] = parts["head.json"].replace(b'"emergency_from": 0', b'"emergency_from": 9')
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part)
    with pytest.raises(ModelError, match="was changed"):
        ModelFile.decode(changed.getvalue())


def test_villages_are_found_only_beside_a_word_that_marks_a_place(pack: Pack, triage: Triage) -> None:
    villages = (
        Place("Tienfala Diallo", "ml-koulikoro-kati-kati", "village"),
        Place("Diallo", "ml-koulikoro-kati-kati", "village"),
        Place("Hamdallaye", "ml-koulikoro-kati-kati", "village"),
        Place("Zoromina", "ml-koulikoro-kati-kati", "village"),
    )
    wide = Triage(replace(pack, villages=villages))
    assert wide.read("des bandits a zoromina").place == "Zoromina"
    assert wide.read("zoromina bandits").commune is None
    assert wide.read("Diallo a volé ma moto").commune is None
    assert wide.read("vol à Hamdallaye").commune == "ml-bamako-commune-iv"
    assert triage.read("des bandits a zoromina").commune is None
    assert [spot.place for spot in wide.places.find("zoromina")] == ["Zoromina"]
