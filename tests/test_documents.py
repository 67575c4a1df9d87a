"""The documents agree with the code."""

import re

from config.settings import Settings
from docs.reference import write
from docs.screenshots import LARGEST, PICTURES, SHOTS
from gateway.cli import COMMANDS
from tests.support.servers import ROOT


def test_the_reference_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "reference.md").read_text() == write(), "run `make docs`"


def test_the_readme_names_every_command_and_only_files_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in COMMANDS:
        assert f"`gateway {name}" in readme
    for path in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / path).exists(), path


def test_the_container_copies_what_is_there() -> None:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from=" not in line:
            for path in line.split()[1:-1]:
                assert (ROOT / path).exists(), path


def test_the_readme_shows_the_pictures_that_the_script_takes_with_what_they_are() -> None:
    shown = dict(re.findall(r"!\[([^\]]+)\]\(docs/pictures/([^)]+)\)", (ROOT / "README.md").read_text()))
    assert {name: caption for caption, name in shown.items()} == {name: shot.caption for name, shot in SHOTS.items()}
    kept = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(kept) == set(SHOTS), "run `make screenshots`"
    assert max(kept.values()) < LARGEST


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
