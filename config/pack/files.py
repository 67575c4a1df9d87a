"""Reads the YAML and CSV files of a country pack and remembers which line everything came from."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, eight times as fast, where PyYAML was built with it."""


class PackError(Exception):
    """A pack cannot be used. Its text names the file, the line and what to write instead."""

    def __init__(self, where: Where | Path, what: str) -> None:
        super().__init__(f"{where}: {what}")


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a pack that a person can open: file and line."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Row:
    """One CSV row or one YAML mapping, its values read with a check that names the line."""

    where: Where
    values: dict[str, Any]
    lines: dict[str, int]

    def at(self, key: str) -> Where:
        return Where(self.where.file, self.lines.get(key, self.where.line))

    def text(self, key: str) -> str:
        """The text under `key`; raises `PackError` when it is missing, empty or no text."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise PackError(self.at(key), f"`{key}` must be a text that is not empty")
        return value.strip()

    def whole(self, key: str, least: int) -> int:
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise PackError(self.at(key), f"`{key}` must be a whole number of {least} or more")
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise PackError(self.at(key), f"`{key}` must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a missing key is an empty list."""
        value = self.values.get(key) or []
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise PackError(self.at(key), f"`{key}` must be a list of texts (put figures in quotes)")
        return tuple(value)

    def split(self, key: str) -> tuple[str, ...]:
        """A CSV cell of texts that `|` separates."""
        return tuple(part.strip() for part in str(self.values.get(key) or "").split("|") if part.strip())

    def table(self, key: str) -> dict[str, Any]:
        value = self.values.get(key) or {}
        if not isinstance(value, dict):
            raise PackError(self.at(key), f"`{key}` must be a table of names and values")
        return value

    def only(self, *known: str) -> None:
        for key in self.values:
            if key not in known:
                raise PackError(self.at(key), f"unknown entry `{key}`: known are {', '.join(known)}")


def read_csv(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != columns:
                raise PackError(Where(path.name, 1), f"the first line must be {','.join(columns)}")
            for values in reader:
                where = Where(path.name, reader.line_num)
                if None in values or None in values.values():
                    raise PackError(where, f"must have {len(columns)} cells (quote a cell that holds a comma)")
                yield Row(where, values, {})
    except OSError as error:
        raise PackError(path, f"cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise PackError(path, f"is no UTF-8 CSV file ({error})") from None


def read_yaml(path: Path) -> Row:
    """A YAML file whose top is a mapping."""
    node = _compose(path)
    if not isinstance(node, yaml.MappingNode):
        raise PackError(Where(path.name, 1), "must be a table of names and values")
    return _row(path, node)


def read_yaml_rows(path: Path) -> Iterator[Row]:
    """A YAML file whose top is a list of mappings."""
    node = _compose(path)
    if not isinstance(node, yaml.SequenceNode):
        raise PackError(Where(path.name, 1), "must be a list of entries, each starting with `- `")
    for entry in node.value:
        if not isinstance(entry, yaml.MappingNode):
            raise PackError(Where(path.name, entry.start_mark.line + 1), "must be a table of names and values")
        yield _row(path, entry)


def rows_of(parent: Row, key: str) -> Iterator[Row]:
    """The entries of a list of mappings under `key`."""
    value = parent.values.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise PackError(parent.at(key), f"`{key}` must be a list of entries")
    for values in value:
        yield Row(parent.at(key), values, {})


def _compose(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=PARSER)
    except OSError as error:
        raise PackError(path, f"cannot be read ({error.strerror})") from None
    except (yaml.MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise PackError(Where(path.name, line), f"is no YAML ({getattr(error, 'problem', error)})") from None


def _row(path: Path, node: yaml.MappingNode) -> Row:
    loader = yaml.SafeLoader("")
    lines = _lines(path, node)
    for key, value in node.value:
        if isinstance(value, yaml.MappingNode):
            lines |= {f"{key.value}.{name}": line for name, line in _lines(path, value).items()}
    values = {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}
    return Row(Where(path.name, node.start_mark.line + 1), values, lines)


def _lines(path: Path, node: yaml.MappingNode) -> dict[str, int]:
    """The line of each name in a mapping. Raises `PackError` for a name that stands twice."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if str(key.value) in lines:
            raise PackError(Where(path.name, key.start_mark.line + 1), f"`{key.value}` stands twice")
        lines[str(key.value)] = key.start_mark.line + 1
    return lines


def read_day(row: Row, value: object, key: str = "installed_on") -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise PackError(row.at(key), f"`{value}` must be a day such as 2023-12-07") from None
