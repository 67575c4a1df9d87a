"""Reads the YAML and CSV files of a country pack; pydantic checks each row, and the line of what is wrong is named."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

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


def _listed(value: object) -> object:
    """A name without a value is an empty list."""
    return () if value is None else value


def _tabled(value: object) -> object:
    """A name without a value is an empty table."""
    return {} if value is None else value


def _split(value: object) -> object:
    return tuple(part.strip() for part in str(value or "").split("|") if part.strip())


def _day(value: object) -> object:
    if value in (None, ""):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"must be a day such as 2023-12-07, not {value}") from None


class Entry(BaseModel):
    """The shape of one row or mapping of a pack's file. A field's description says what its value must be."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Shape = TypeVar("Shape", bound=Entry)
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), Field(description="must be a text that is not empty")
]
Flag = Annotated[bool, Field(description="must be true or false")]
TEXTS = "must be a list of texts (put figures in quotes)"
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(strict=False, description=TEXTS)]
TextSet = Annotated[frozenset[str], BeforeValidator(_listed), Field(strict=False, description=TEXTS)]
Table = Annotated[dict[str, Any], BeforeValidator(_tabled), Field(description="must be a table of names and values")]
Entries = Annotated[list[dict[str, Any]], Field(description="must be a list of entries")]
Day = Annotated[date | None, BeforeValidator(_day)]
Split = Annotated[tuple[str, ...], BeforeValidator(_split), Field(strict=False)]
"""A CSV cell with several texts, separated by `|`."""
Amount = Annotated[int, Field(ge=0, description="must be a whole number of 0 or more")]
Count = Annotated[int, Field(ge=1, description="must be a whole number of 1 or more")]


@dataclass(frozen=True, slots=True)
class Row:
    """One CSV row or one YAML mapping as it stands in its file, and the line of each of its names."""

    where: Where
    values: dict[str, Any]
    lines: dict[str, int]

    def at(self, key: str) -> Where:
        """The line of a name; of the whole row where the name stands on no line of its own."""
        return Where(self.where.file, self.lines.get(key, self.where.line))

    def read(self, shape: type[Shape]) -> Shape:
        """The values checked by pydantic. Raises `PackError` with the line of the first that is wrong."""
        try:
            return shape.model_validate(self.values)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
        # An unknown name is reported first: if a name is misspelt, the right one is missing too.
        fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
        key = str(fault["loc"][0])
        raise PackError(
            self.at(".".join(map(str, fault["loc"][:2]))), self._fault(shape, key, fault["type"], fault["msg"])
        )

    def _fault(self, shape: type[Entry], key: str, kind: str, message: str) -> str:
        if kind == "extra_forbidden":
            return f"unknown entry `{key}`: known are {', '.join(shape.model_fields)}"
        if kind == "value_error":
            said = message.removeprefix("Value error, ")
            return f"`{key}`{said}" if said.startswith(":") else f"`{key}` {said}"
        described = shape.model_fields[key].description if key in shape.model_fields else None
        return f"`{key}` {described or message.lower()}"


def read_csv(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a CSV file whose first line is `columns`. Raises `PackError`."""
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
    """A YAML file whose top is a mapping. Raises `PackError`."""
    node = _compose(path)
    if not isinstance(node, yaml.MappingNode):
        raise PackError(Where(path.name, 1), "must be a table of names and values")
    return _row(path, node)


def read_yaml_rows(path: Path) -> Iterator[Row]:
    """A YAML file whose top is a list of mappings. Raises `PackError`."""
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
