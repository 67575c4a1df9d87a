"""Reads what a pack says of words: its lexicon, and the everyday words that sound like a place."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.pack.files import PackError, Where, read_yaml

EVERYDAY = "everyday.txt"


@dataclass(frozen=True, slots=True)
class Lexicon:
    categories: Mapping[str, tuple[str, ...]]
    urgency: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]
    common_words: tuple[str, ...]
    place_before: frozenset[str]
    place_of: frozenset[str]
    place_after: frozenset[str]
    wider_before: frozenset[str]
    comes_from: tuple[str, ...]
    elsewhere: tuple[str, ...]
    away: tuple[str, ...] = ()
    road: frozenset[str] = frozenset()
    road_after: frozenset[str] = frozenset()
    between_after: frozenset[str] = frozenset()
    go_between: tuple[str, ...] = ()
    near_after: frozenset[str] = frozenset()
    place_nouns: frozenset[str] = frozenset()
    lies: tuple[str, ...] = ()
    wider_after: frozenset[str] = frozenset()
    part_of_town: frozenset[str] = frozenset()
    hospital: frozenset[str] = frozenset()
    cared_for: tuple[str, ...] = ()
    name_endings: tuple[str, ...] = ()

    def everyday_words(self) -> Iterator[str]:
        """Every whole word of the lexicon: none of them alone is the name of a place."""
        yield from self.common_words
        for part in (self.categories, self.urgency, self.kinds):
            for entries in part.values():
                for entry in entries:
                    yield from (word for word in entry.replace("'", " ").split() if not word.endswith("*"))


def load_lexicon(folder: Path, categories: Container[str]) -> Lexicon:
    row = read_yaml(folder / "lexicon.yaml")
    row.only(
        "categories", "urgency", "kinds", "common_words",
        "place_before", "place_of", "place_after", "wider_before", "comes_from", "elsewhere",
        "wider_after", "part_of_town", "away", "road", "road_after", "between_after", "go_between", "hospital",
        "cared_for", "lies", "name_endings", "near_after", "place_nouns",
    )  # fmt: skip
    for name in row.table("categories"):
        if name not in categories:
            raise PackError(row.at(f"categories.{name}"), f"{name} is no category of categories.yaml")
    parts: dict[str, Any] = {
        part: {name: tuple(map(str, words)) for name, words in row.table(part).items()}
        for part in ("categories", "urgency", "kinds")
    }
    return Lexicon(
        **parts,
        common_words=row.texts("common_words"),
        place_before=frozenset(row.texts("place_before")),
        place_of=frozenset(row.texts("place_of")),
        place_after=frozenset(row.texts("place_after")),
        wider_before=frozenset(row.texts("wider_before")),
        comes_from=row.texts("comes_from"),
        elsewhere=row.texts("elsewhere"),
        away=row.texts("away"),
        road=frozenset(row.texts("road")),
        road_after=frozenset(row.texts("road_after")),
        between_after=frozenset(row.texts("between_after")),
        go_between=row.texts("go_between"),
        near_after=frozenset(row.texts("near_after")),
        place_nouns=frozenset(row.texts("place_nouns")),
        lies=row.texts("lies"),
        wider_after=frozenset(row.texts("wider_after")),
        part_of_town=frozenset(row.texts("part_of_town")),
        hospital=frozenset(row.texts("hospital")),
        cared_for=row.texts("cared_for"),
        name_endings=row.texts("name_endings"),
    )


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
