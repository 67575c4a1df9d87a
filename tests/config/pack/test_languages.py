"""A language is a file: adding one adds it everywhere."""

import re
import shutil
from pathlib import Path

import pytest

from config.pack.files import PackError
from config.pack.loader import load_pack
from flows.conversation.facts import Facts
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation
from flows.conversation.walk import walk
from flows.sms.citizen import Meaning, read_sms
from flows.triage import Triage
from tests.support.servers import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pack with Fulfulde beside French and Bambara; its texts are the French ones, slightly changed."""
    copy = tmp_path / "pack"
    shutil.copytree(ROOT / "config" / "mali", copy)
    head = (copy / "pack.yaml").read_text()
    (copy / "pack.yaml").write_text(head.replace("languages: [fr, bm]", "languages: [fr, bm, ff]"))
    french = (copy / "languages" / "fr.yaml").read_text()
    fulfulde = french.replace("code: fr", "code: ff").replace("name: Français", "name: Fulfulde")
    fulfulde = fulfulde.replace("Comité de sécurité (CCS)", "Komiti kisal (CCS)").replace("[aide, ", "[wallu, aide, ")
    (copy / "languages" / "ff.yaml").write_text(fulfulde)
    return copy


@pytest.mark.slow
def test_a_new_language_file_is_offered_spoken_and_told_apart(folder: Path) -> None:
    pack = load_pack(folder)
    triage = Triage(pack)
    machine = Machine(conversation, pack, triage.places)
    session, screen, _ = machine.dial(Facts())
    assert "3 Fulfulde" in screen.text
    assert machine.advance(session, "3")[1].text.startswith("Komiti kisal (CCS)")
    assert walk(machine, pack, ["ff"]).problems == []
    assert read_sms("wallu", pack, triage.places).meaning is Meaning.HELP
    assert read_sms("langue ff", pack, triage.places).about == "ff"
    assert triage.read("neɗɗo kala ina jogii hakke wuurde").language == "ff"


def test_a_language_that_lacks_a_text_is_refused_by_its_name(folder: Path) -> None:
    path = folder / "languages" / "ff.yaml"
    path.write_text(re.sub(r"(?m)^  resume.go:.*\n", "", path.read_text()))
    with pytest.raises(PackError, match=r"ff\.yaml:\d+: `texts` lacks `resume.go`"):
        load_pack(folder)
