"""Reads the words of one language of a pack and holds them against those of the first."""

from __future__ import annotations

import string
from pathlib import Path

from config.enumerations import ConcernState
from config.language import Language
from config.pack import Category
from config.pack.files import PackError, Row, read_day, read_yaml

KEYS = ("help", "follow", "committee", "language", "stop", "start", "yes", "no", "forget", "no_more")
SECRETARY_KEYS = ("agenda", "view", "accept", "postpone", "close", "pass", "meeting", "pin")


def read_language(
    path: Path, code: str, categories: dict[str, Category], before: dict[str, Language], services: tuple[str, ...]
) -> Language:
    """`services` are those that must have a name. Raises `PackError`."""
    row = read_yaml(path)
    row.only(
        "code",
        "name",
        "reviewed_by",
        "reviewed_on",
        "called",
        "beside",
        "day_words",
        "keys",
        "secretary_keys",
        "categories",
        "services",
        "states",
        "texts",
    )
    if row.text("code") != code:
        raise PackError(row.at("code"), f"`code` must be {code}, as the file's name")
    keys = {key: tuple(map(str, row.table("keys").get(key, ()))) for key in KEYS}
    secretary_keys = {key: tuple(map(str, row.table("secretary_keys").get(key, ()))) for key in SECRETARY_KEYS}
    language = Language(
        code=code,
        name=row.text("name"),
        reviewed_by=row.values.get("reviewed_by"),
        reviewed_on=read_day(row, row.values.get("reviewed_on"), "reviewed_on"),
        texts=_texts(row, "texts"),
        categories=_texts(row, "categories", tuple(categories)),
        services=_texts(row, "services", services),
        states=_texts(row, "states", tuple(ConcernState)),
        keys=keys,
        secretary_keys=secretary_keys,
        beside=row.texts("beside"),
        called=row.texts("called"),
        day_words=row.texts("day_words"),
    )
    if before:
        first = next(iter(before.values()))
        for part in ("texts", "states", "services"):
            _same_places(row, part, getattr(first, part), getattr(language, part))
    return language


def _texts(row: Row, key: str, needed: tuple[str, ...] = ()) -> dict[str, str]:
    table = row.table(key)
    for name in needed:
        if name not in table:
            raise PackError(row.at(key), f"`{key}` lacks `{name}`")
    for name, text in table.items():
        if not isinstance(text, str) or not text.strip():
            raise PackError(row.at(f"{key}.{name}"), f"`{name}` must be a text (in quotes if it holds a colon)")
    return {str(name): text for name, text in table.items()}


def _same_places(row: Row, part: str, first: dict[str, str], here: dict[str, str]) -> None:
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
