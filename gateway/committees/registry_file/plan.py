"""What a registry file would change, line by line. Planning changes nothing, so that it can be shown first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from config.spreadsheets import SpreadsheetError
from flows.msisdn import Msisdn
from storage.refusals import Refusal


class ImportRefused(Refusal):
    """A line of the file cannot be imported; `column` is the name of the column, empty if it is the whole line."""

    def __init__(self, line: int, column: str, why: StrEnum, meant: object = None, **values: object) -> None:
        super().__init__(why, meant, **values)
        self.line, self.column = line, column


def refusal_of(error: SpreadsheetError) -> ImportRefused:
    """The refusal for a file that cannot be read from one line on."""
    return ImportRefused(error.line, "", error.fault, about=error.about)


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changes, as people write it; None is no value of its own."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class LinePlan:
    """The effect of one line. `settings` are the values to set; `changes` say the same for people."""

    line: int
    code: str
    name: str
    installs_on: date | None
    was_closed_on: date | None
    changes: tuple[Change, ...]
    settings: Mapping[str, Any]
    secretaries: tuple[Msisdn, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The effect of a file. It can be applied only if no line is refused."""

    lines: tuple[LinePlan, ...] = ()
    unchanged: int = 0
    refused: tuple[ImportRefused, ...] = ()
    state: str = ""
    """The state of the registry that the file was compared with (`planning.registry_state`)."""

    @property
    def digest(self) -> str:
        """A hash of all that the file would change: two plans with the same digest do the same.

        The state is not in it: a change of a committee that the file does not touch makes no difference.
        """
        effects = [
            [plan.line, plan.code, str(plan.installs_on), str(plan.was_closed_on), plan.secretaries,
             [[change.column, change.before, change.after] for change in plan.changes]]
            for plan in self.lines
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(effects).encode()).hexdigest()
