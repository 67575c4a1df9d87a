"""Reads the words of one language of a pack and holds them against those of the first."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from config.enumerations import ConcernState
from config.language import Language
from config.pack import Category
from config.pack.files import Day, Entry, PackError, Row, Table, Text, Texts, read_yaml
from config.pack.left import with_stand_ins

KEYS = ("help", "follow", "committee", "language", "stop", "start", "yes", "no", "forget", "no_more")
SECRETARY_KEYS = ("agenda", "view", "accept", "postpone", "close", "pass", "meeting", "pin")


class LanguageEntry(Entry):
    """A language's file."""

    code: Text
    name: Text
    reviewed_by: str | None = None
    reviewed_on: Day = None
    called: Texts = ()
    beside: Texts = ()
    day_words: Texts = ()
    keys: Table = Field(default_factory=dict)
    secretary_keys: Table = Field(default_factory=dict)
    categories: Table = Field(default_factory=dict)
    services: Table = Field(default_factory=dict)
    states: Table = Field(default_factory=dict)
    texts: Table = Field(default_factory=dict)
    ready_answers: Table = Field(default_factory=dict)


def read_language(
    path: Path, code: str, categories: dict[str, Category], before: dict[str, Language], services: tuple[str, ...]
) -> Language:
    """`services` are those that must have a name. Raises `PackError`."""
    row = read_yaml(path)
    entry = row.read(LanguageEntry)
    if entry.code != code:
        raise PackError(row.at("code"), f"`code` must be {code}, as the file's name")
    labels = _texts(row, "categories", entry.categories, tuple(categories))
    language = Language(
        code=code,
        name=entry.name,
        reviewed_by=entry.reviewed_by,
        reviewed_on=entry.reviewed_on,
        texts=_texts(row, "texts", entry.texts),
        categories=with_stand_ins(labels, lambda _: labels["other"]),
        services=with_stand_ins(_texts(row, "services", entry.services, services), str),
        states=_texts(row, "states", entry.states, tuple(ConcernState)),
        keys={key: tuple(map(str, entry.keys.get(key, ()))) for key in KEYS},
        secretary_keys={key: tuple(map(str, entry.secretary_keys.get(key, ()))) for key in SECRETARY_KEYS},
        beside=entry.beside,
        called=entry.called,
        day_words=entry.day_words,
        ready_answers=_texts(row, "ready_answers", entry.ready_answers),
    )
    if before:
        first = next(iter(before.values()))
        for part in ("texts", "states", "services"):
            _same_places(row, part, getattr(first, part), getattr(language, part))
    return language


def _texts(row: Row, key: str, table: dict[str, Any], needed: tuple[str, ...] = ()) -> dict[str, str]:
    for name in needed:
        if name not in table:
            raise PackError(row.at(key), f"`{key}` lacks `{name}`")
    for name, text in table.items():
        if not isinstance(text, str) or not text.strip():
            raise PackError(row.at(f"{key}.{name}"), f"`{name}` must be a text (in quotes if it holds a colon)")
    return {str(name): text for name, text in table.items()}


def _same_places(row: Row, part: str, first: Mapping[str, str], here: Mapping[str, str]) -> None:
    for name, text in first.items():
        if name not in here:
            raise PackError(row.at(part), f"`{part}` lacks `{name}`, which the first language has")
        if missing := _fields(row, part, name, here[name]) ^ _fields(row, part, name, text):
            raise PackError(row.at(f"{part}.{name}"), f"`{name}` must use the same {{names}}: {sorted(missing)}")
    for name in here:
        if name not in first:
            raise PackError(row.at(f"{part}.{name}"), f"`{name}` is not in the first language")


def _fields(row: Row, part: str, name: str, text: str) -> set[str]:
    try:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    except ValueError:
        raise PackError(row.at(f"{part}.{name}"), f"`{name}` has a brace that does not close") from None
