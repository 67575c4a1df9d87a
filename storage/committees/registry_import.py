"""Changes many committees from a spreadsheet: all lines are applied, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from config.spreadsheets import Line, SpreadsheetError, read_sheet
from flows.committees.meetings import MeetingRuleError
from storage.committees.committees import UnknownCommittee, find_committee
from storage.committees.registry import SETTINGS, change_committee, shown_setting
from storage.refusals import Refusal, SettingRefused, Why
from storage.tables.committees import Committee

FIRST_EXCEL_DAY = date(1899, 12, 30)
"""Spreadsheets keep a day as the number of days since then."""
EXCEL_DAYS = range(36526, 73051)
"""The years 2000 to 2099."""


class ImportRefused(Refusal):
    """The file is not imported because of one line."""

    def __init__(self, line: int, why: StrEnum, meant: object = None, **values: object) -> None:
        super().__init__(why, meant, **values)
        self.line = line


class DryRun(Exception):
    """Rolls back a transaction that only shows what it would do."""


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of one line of the file: a committee is installed, or one setting changes."""

    line: int
    committee: str
    name: str
    before: str | None
    after: str | None
    moved: int | None = None
    """How many concerns go to the committee that is installed."""


def refusal(error: SpreadsheetError) -> ImportRefused:
    """The refusal of the import for a mistake in the spreadsheet."""
    return ImportRefused(error.line, error.fault, about=error.about)


Installing = Callable[[Committee, date, str], int]
"""Installs a committee on a day with its meeting rule; returns how many concerns go to it."""


def import_registry(
    transaction: Transaction, pack: Pack, text: str, now: datetime, install: Installing
) -> list[Change]:
    """Applies a CSV with the columns `committee` (code or name), `installed_on` and any setting.

    Raises `ImportRefused`; the caller then rolls back, and also after a dry run.
    """
    try:
        return _import_lines(transaction, pack, text, now, install)
    except SpreadsheetError as error:
        raise refusal(error) from None


def _import_lines(transaction: Transaction, pack: Pack, text: str, now: datetime, install: Installing) -> list[Change]:
    sheet, known = read_sheet(text), {"committee", "installed_on", *SETTINGS}
    if "committee" not in sheet.titles:
        raise ImportRefused(sheet.head, Why.COLUMN_MISSING, name="committee", known=", ".join(sorted(known)))
    if unknown := sorted(set(sheet.titles) - known):
        raise ImportRefused(sheet.head, Why.COLUMN_UNKNOWN, name=unknown[0], known=", ".join(sorted(known)))
    seen: dict[str, int] = {}
    changes: list[Change] = []
    for line in sheet.lines:
        try:
            code, done = _imported(transaction, pack, line, now, install)
        except UnknownCommittee:
            raise ImportRefused(line.number, Why.COMMITTEE_UNCLEAR, text=line.cells["committee"][:60]) from None
        except MeetingRuleError as error:
            raise ImportRefused(line.number, Why.NO_MEETING_RULE, rule=str(error)) from None
        except SettingRefused as error:
            raise ImportRefused(line.number, error.why, error.meant, **error.values) from None
        if code in seen:
            raise ImportRefused(line.number, Why.COMMITTEE_TWICE, code=code, first=seen[code])
        seen[code] = line.number
        changes += done
    return changes


def _imported(
    transaction: Transaction, pack: Pack, line: Line, now: datetime, install: Installing
) -> tuple[str, list[Change]]:
    given = dict(line.cells)
    committee = find_committee(transaction, pack, given.pop("committee"))
    done: list[Change] = []
    on = given.pop("installed_on", "")
    if on and not committee.installed:
        day = _day(on)
        moved = install(committee, day, given.get("meets", ""))
        done.append(Change(line.number, committee.code, "installed_on", None, day.isoformat(), moved))
    before = {name: getattr(committee, name) for name in given}
    # An empty cell leaves the setting as it is.
    change_committee(transaction, pack, committee, {name: value for name, value in given.items() if value}, now)
    for name, value in before.items():
        if (after := getattr(committee, name)) != value and not (on and name == "meets" and done):
            was, is_now = shown_setting(pack, name, value), shown_setting(pack, name, after)
            done.append(Change(line.number, committee.code, name, was, is_now))
    return committee.code, done


def _day(text: str) -> date:
    """Reads a day. Raises `SettingRefused` with the day that was probably meant, if that can be said."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    if text.isascii() and text.isdecimal() and len(text) == 5 and int(text) in EXCEL_DAYS:
        counted = FIRST_EXCEL_DAY + timedelta(days=int(text))
        raise SettingRefused(Why.DAY_OF_A_SPREADSHEET, text=text, day=counted)
    raise SettingRefused(Why.NO_DAY, _meant(text), text=text[:20])


def _meant(text: str) -> date | None:
    try:
        day, month, year = text.replace("-", "/").replace(".", "/").split("/")
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
