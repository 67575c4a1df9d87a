"""Reads what a pack says of words: its lexicon, and the everyday words that sound like a place."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from config.pack.files import TEXTS, Entry, PackError, Texts, TextSet, Where, read_yaml

EVERYDAY = "everyday.txt"
WordTable = Annotated[dict[str, Texts], Field(description=f"must be a table; each of its values {TEXTS}")]


class Lexicon(Entry):
    """The words of `lexicon.yaml`, which says beside each list what it is for."""

    categories: WordTable
    urgency: WordTable
    kinds: WordTable
    topics: WordTable = Field(default_factory=dict)
    """What everyday words are about, whatever the category: water, a weapon, an agent of the state."""
    no_matter: WordTable = Field(default_factory=dict)
    """The words of greetings, tests and requests that are off-topic; such a message has no other words."""
    cries: WordTable = Field(default_factory=dict)
    """Under `alone` the cries for help, under `beside` what may stand with one; see `flows.triage.cries`."""
    common_words: Texts = ()
    place_before: TextSet = frozenset()
    place_of: TextSet = frozenset()
    place_after: TextSet = frozenset()
    wider_before: TextSet = frozenset()
    wider_after: TextSet = frozenset()
    comes_from: Texts = ()
    elsewhere: Texts = ()
    away: Texts = ()
    road: TextSet = frozenset()
    road_after: TextSet = frozenset()
    between_after: TextSet = frozenset()
    go_between: Texts = ()
    near_after: TextSet = frozenset()
    place_nouns: TextSet = frozenset()
    lies: Texts = ()
    part_of_town: TextSet = frozenset()
    hospital: TextSet = frozenset()
    cared_for: Texts = ()
    name_endings: Texts = ()

    def everyday_words(self) -> Iterator[str]:
        """Every whole word of the lexicon: none of them alone is the name of a place."""
        yield from self.common_words
        for part in (self.categories, self.urgency, self.kinds):
            for entries in part.values():
                for entry in entries:
                    yield from (word for word in entry.replace("'", " ").split() if not word.endswith("*"))


def load_lexicon(folder: Path, categories: Container[str]) -> Lexicon:
    """Reads `lexicon.yaml`. Raises `PackError`."""
    row = read_yaml(folder / "lexicon.yaml")
    lexicon = row.read(Lexicon)
    for name in lexicon.categories:
        if name not in categories:
            raise PackError(row.at(f"categories.{name}"), f"{name} is no category of categories.yaml")
    return lexicon


def load_everyday(folder: Path) -> frozenset[str]:
    """One word a line; a pack that has none needs no file."""
    path = folder / EVERYDAY
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(path, f"cannot be read ({type(error).__name__})") from None
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#") and (len(line.split()) > 1 or line != line.lower()):
            raise PackError(Where(path.name, number), "must be one word in small letters")
    return frozenset(line for line in lines if line and not line.startswith("#"))
