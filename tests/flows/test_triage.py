import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.pack import Pack
from flows.triage import Kind, Triage, Urgency, mask_numbers
from flows.triage.spelling import key


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
    ("one", "other"),
    [
        ("Boulkassoumbougou", "Bulkasumbugu"),
        ("Djicoroni Para", "jikɔrɔni-para"),
        ("Kalaban-Coura", "kalaban kura"),
        ("Quinzambougou", "Kinzanbugu"),
        ("Médina-Coura", "medina kura"),
        ("Badialan II", "badjalan 2"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("text", "commune", "place"),
    [
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


def test_what_is_unsure_is_marked_with_its_reason(triage: Triage) -> None:
    assert triage.read("bandits à Bamba").reasons == ("commune_ambiguous",)
    assert "commune_unknown" in triage.read("on a volé ma moto").reasons
    assert "place_misspelt" in triage.read("on a volé ma moto à Boulkasoumbouguo").reasons
    assert "category_unsure" in triage.read("il se passe des choses à Banconi").reasons
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
