import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from config.pack import Pack, PackError
from config.pack.loader import load_pack
from config.settings import Settings

MALI = Settings().pack


def test_the_mali_pack_holds_the_country(pack: Pack) -> None:
    kinds = Counter(area.kind for area in pack.areas.values())
    assert kinds["commune"] == 691
    assert kinds["country"] == 1
    assert len(pack.places) == 145
    assert list(pack.languages) == ["fr", "bm"]
    assert len(pack.categories) == 14
    assert {row.id for row in pack.categories.values() if row.sensitive} == {
        "gbv", "misconduct", "armed_group", "kidnapping",
    }  # fmt: skip
    chain = [row.code for row in pack.committees_above("ml-bamako-commune-iv")]
    assert chain == ["ml-bamako-commune-iv", "ml-bamako", "crss", "cnrss"]
    assert len(pack.committees) == 691 + kinds["region"] + 2


def test_loading_again_gives_the_same(pack: Pack) -> None:
    again = load_pack(MALI)
    assert again.areas == pack.areas
    assert again.committees == pack.committees


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("areas.csv", lambda t: t.replace("ml-gao,Gao,region,ml", "ml-gao,Gao,region,mars"), "the parent mars is no code"),
        ("areas.csv", lambda t: t + "ml-gao,Gao,region,ml,,,\n", "areas.csv:763: the code ml-gao stands twice"),
        ("areas.csv", lambda t: t + "x,Gao\n", "areas.csv:763: must have 7 cells"),
        ("places.csv", lambda t: t + "Somewhere,ml-gao,quartier,,\n", "places.csv:147: ml-gao is no commune"),
        ("committees.csv", lambda t: t + "ml-nowhere,,me\n", "ml-nowhere is no committee"),
        ("committees.csv", lambda t: t.replace("2021-11-22", "22/11/2021"), "must be a day such as 2023-12-07"),
        ("pack.yaml", lambda t: t.replace("sms_price: 10 ", "sms_price: ten "), "pack.yaml:8: `sms_price` must be a whole number"),
        ("pack.yaml", lambda t: t.replace("[ML, BF,", "[ML, Burkina,"), "`sms_countries`: Burkina is no country"),
        ("pack.yaml", lambda t: t + "colour: red\n", "unknown entry `colour`"),
        ("pack.yaml", lambda t: t.replace("Africa/Bamako", "Africa/Bamakoo"), "`time_zone` must be a name"),
        ("pack.yaml", lambda t: t.replace("[fr, bm]", "[fr, bm"), "is no YAML"),
        ("categories.yaml", lambda t: t.replace("id: drugs, urgency: routine", "id: drugs, urgency: later"), "`urgency` must be one of"),
        ("languages/bm.yaml", lambda t: t.replace("  danger: Farati", "  danger_: Farati"), "`texts` lacks `danger`"),
        ("languages/bm.yaml", lambda t: t.replace('"{place} don wa ?"', '"{plac} don wa ?"'), "must use the same {names}"),
        ("languages/bm.yaml", lambda t: t.replace("  theft: Sonyali\n", ""), "`categories` lacks `theft`"),
        ("languages/fr.yaml", lambda t: t.replace("  danger: Y", "  danger: Y\n  danger: Z", 1), "`danger` stands twice"),
        ("lexicon.yaml", lambda t: t.replace("  theft: [", "  thieving: ["), "thieving is no category"),
        ("lexicon.yaml", lambda t: t + "colours: [red]\n", "unknown entry `colours`"),
        ("pack.yaml", lambda t: t.replace("reports_per_day: 5", "reports_per_day: 0"), "`reports_per_day` must be a whole number of 1 or more"),
        ("pack.yaml", lambda t: t.replace("[fr, bm]", "[]"), "`languages` must name one file"),
        ("pack.yaml", lambda t: t.replace('["18", "80001201"]', "[18]"), "`numbers` must be a list of texts (put figures in quotes)"),
        ("categories.yaml", lambda t: t.replace("sensitive: true}", "sensitive: yes indeed}", 1), "`sensitive` must be true or false"),
        ("areas.csv", lambda t: t.replace("ml-gao,Gao,region", "ml-gao,,region"), "`name` must be a text that is not empty"),
        ("subjects.yaml", lambda t: t.replace("  theft:", "  gbv:"), "gbv is sensitive"),
        ("subjects.yaml", lambda t: t.replace("id: phones", "id: motorbikes"), "theft has the id motorbikes twice"),
        ("subjects.yaml", lambda t: t.replace("{fr: Vols de motos, bm", "{en: Thefts, bm"), "`names` of motorbikes lacks the language fr"),
    ],
)  # fmt: skip
def test_a_broken_pack_is_refused_with_file_and_line(
    file: str, change: Callable[[str], str], message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(MALI, folder)
    before = (folder / file).read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    (folder / file).write_text(after, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    assert message in str(refused.value)
    assert Path(file).name in str(refused.value).replace("areas.csv", Path(file).name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack\.yaml: cannot be read"):
        load_pack(tmp_path)
