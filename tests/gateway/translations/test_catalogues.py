"""The catalogues are whole: no text is missing, fuzzy or left over, and what is compiled is what is written."""

import re
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from gateway.translations.choice import LANGUAGES
from gateway.translations.texts import SOURCE

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "gateway" / "translations"
HOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%|</?\w+[^>]*>")
"""Placeholders of both forms, and marks of HTML."""
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, language)


def forms(message: Message) -> list[tuple[str, str]]:
    """Each form of a text with its translation."""
    if isinstance(message.id, tuple) and isinstance(message.string, tuple):
        return list(zip(message.id, message.string, strict=True))
    return [(str(message.id), str(message.string))]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All the texts of the code, the templates and the pack, as `make translations` extracts them."""
    template = tmp_path_factory.mktemp("texts") / "messages.pot"
    mapping = str(FOLDER / "babel.cfg")
    extract = ["pybabel", "-q", "extract", "-F", mapping, "-o", str(template), str(ROOT)]
    CommandLineInterface().run(extract)  # type: ignore[no-untyped-call]
    with template.open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(extracted: Catalog, language: str) -> None:
    wanted = {message.id for message in extracted if message.id}
    written = {message.id: message for message in catalogue(language) if message.id}
    assert len(wanted) > 500
    assert wanted == set(written), "run `make translations`"
    assert [id for id, message in written.items() if message.fuzzy] == []
    assert [french for message in written.values() for french, text in forms(message) if not text] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_and_marks_of_its_text(language: str) -> None:
    differing = [
        (french, text)
        for message in catalogue(language)
        if message.id
        for french, text in forms(message)
        if Counter(HOLDER.findall(french)) != Counter(HOLDER.findall(text))
    ]
    assert differing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    assert (FOLDER / language / "LC_MESSAGES" / "messages.mo").read_bytes() == compiled.getvalue(), (
        "run `make translations`"
    )
