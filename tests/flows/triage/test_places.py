"""Reading where something happens: mistakes that sentences invite, and what is read instead."""

import pytest

from config.pack import Pack
from flows.triage import Triage


def commune_of(triage: Triage, pack: Pack, text: str) -> str | None:
    commune = triage.read(text).commune
    return pack.areas[commune].name if commune else None


@pytest.mark.parametrize(
    "text",
    [
        # Words for burning, tree, current, strength, boat, years; French words and verbs.
        "sugu bɛ ka jeni", "an ka so djènina kunun", "jiri binna sira kan", "kuran tɛ an fɛ", "fanga tɛ a la",
        "kurun cira ba la", "san fila bɛ o la", "u ye da la bɔ", "tama ni furu ko don", "numukɛ dɔ tununna kabini kunun",
        "il va tout leur dire demain", "sa gorge saigne encore", "trois noix de cola sur la table", "je le lui ai rendu",
        "la serrure est cassée", "il faut une telle lettre", "merci, que Dieu protège le Mali",
        "on a volé trois bocaux de soumbala dans ma cuisine",
        "trop de bruit dans la cour commune, 6 fois par nuit", "SISAN U BƐ KA SO CI LA",
    ],
)  # fmt: skip
def test_an_everyday_word_is_no_place(text: str, triage: Triage) -> None:
    assert triage.read(text).commune is None


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("incendie au marché de Djenné", "Djenné"),
        ("le grenier a brûlé. Djenné", "Djenné"),
        ("Koro : deux familles se battent", "Koro"),
        ("on a volé des plaques solaires à Diré hier", "Diré"),
        ("San gare la, u ye n ka bɔrɔ sonya", "San"),
    ],
)
def test_but_where_something_says_so(text: str, commune: str, triage: Triage, pack: Pack) -> None:
    assert commune_of(triage, pack, text) == commune


@pytest.mark.parametrize(
    ("typed", "commune"), [("dire", "Diré"), ("jeni", "Djenné"), ("fanga", "Fanga"), ("san", "San")]
)
def test_what_is_typed_as_a_place_is_looked_up_as_it_is(typed: str, commune: str, triage: Triage, pack: Pack) -> None:
    assert commune in {pack.areas[spot.commune].name for spot in triage.places.find(typed)}


@pytest.mark.parametrize(
    ("text", "commune", "place"),
    [
        ("vol à Quinzan", "Commune II", "Quinzambougou"),
        ("vol chez les teinturiers à Bozo", "Commune II", "Bozola"),
        ("Korofina sugu da la sonw bɛ yen", "Commune I", "Korofina Nord"),
        ("Banconi bolon kɔfɛ dibi don", "Commune I", "Banconi"),
        ("bruit chaque nuit au pont de Sofara", "Fakala", "Sofara"),
        ("bagarre au pont de Baguinéda", "Baguineda-camp", None),
        ("ça tire à Nampala", "Nampalari", None),
        ("attaque de motos à Ouenkoro", "HabéOuenkoro", None),
        ("deux bergers se battent à Soloba", "Yallankoro-Soloba", None),
        ("des eaux sales partout, quartier du fleuve", "Commune III", "Quartier du Fleuve"),
        ("drapeau brûlé au port de Kabara", "Tombouctou", "Kabara"),
        ("sonyali kɛra Gadey sugu la", "Gao", "Gadeye"),
        ("le pont de Wabaria est barré", "Gounzoureye", "Wabaria"),
        ("magasin vidé à Légal Ségou", "Kayes", "Légal Ségou"),
        ("bagarre à l'abattoir de Niafunké", "Souboundou", "Niafunké"),
        ("bornes arrachées à Ouezindougou", "Mande", "Ouezzindougou"),
        ("vol à Hamda", "Commune IV", "Hamdallaye"),
        ("vol à Niamana", None, None),
        ("inspection au SOS Villages d'enfants", None, None),
    ],
)
def test_short_and_older_names_and_quartiers_of_other_towns_are_known(
    text: str, commune: str | None, place: str | None, triage: Triage, pack: Pack
) -> None:
    assert (commune_of(triage, pack, text), triage.read(text).place) == (commune, place)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("un car attaqué entre Kita et Bafoulabé", ("kita", "bafoulabe")),
        ("barrage Ségou–Markala, ils prennent l'argent", ("segou", "markala")),
        ("deux camions renversés sur la route de Sikasso", ("sikasso",)),
        ("Kolokani ni Kati cɛ u ye kari jɔ", ("kolokani", "kati")),
        ("partis de Niono vers Macina, plus de nouvelles d'eux", ("niono", "macina")),
        ("binkannikɛlaw bɛ Kayi sira kan", ("kayi",)),
        ("le car Kayes Bamako est arrêté par des hommes", ("kayes",)),
        ("depuis Bla jusqu'à Yangasso, pas une patrouille", ("bla", "yangasso")),
        ("bagarre au match Bankass contre Douentza", ("bankass", "douentza")),
    ],
)
def test_a_road_is_in_no_commune_and_its_ends_are_kept_for_who_reviews(
    text: str, mentions: tuple[str, ...], triage: Triage
) -> None:
    reading = triage.read(text)
    assert reading.commune is None
    assert "commune_unknown" in reading.reasons
    assert all(name in " ".join(reading.why) for name in mentions), reading.why


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("mon oncle est soigné à Kati", None),
        ("le blessé emmené au CHU du Point G", None),
        ("un coup de couteau, on l'a amené au Point G", None),
        ("bagarre à Diago, le blessé est emmené au Point G", "Diago"),
        ("collision à Konobougou, les blessés sont évacués sur Ségou", "Konobougou"),
        ("on a volé les draps de l'hôpital du Mali", "Commune VI"),
        ("j'habite à Sikoro, mon cousin de Gao est en visite", "Commune I"),
    ],
)
def test_where_somebody_is_brought_or_comes_from_is_not_where_it_happened(
    text: str, commune: str | None, triage: Triage, pack: Pack
) -> None:
    assert commune_of(triage, pack, text) == commune


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vol de bétail à Socoura", "ml-mopti-mopti-socoura"),
        ("vol de bétail à Sokoura", "ml-bandiagara-bankass-sokoura"),
        ("inondation à Dogofry, cercle de Niono", "ml-segou-niono-dogofry"),
        ("bandits à Lafia, Tombouctou", "ml-tombouctou-tombouctou-lafia"),
        ("le marché de Koutiala, quartier Darsalam, a brûlé", "ml-koutiala-koutiala-koutiala"),
        ("Segala Kayes, une femme est battue", "ml-kayes-kayes-segala"),
        ("Kayes mara la sonyali cayara", None),
    ],
)
def test_names_that_several_places_have_are_settled_by_what_stands_beside(
    text: str, code: str | None, triage: Triage
) -> None:
    assert triage.read(text).commune == code


def test_a_name_that_several_communes_have_is_asked_for_and_not_dropped(triage: Triage) -> None:
    assert "commune_ambiguous" in triage.read("vol à Lafia").reasons
    assert triage.read("vol à Lafia", "ml-bamako-commune-iv").place == "Lafiabougou"
