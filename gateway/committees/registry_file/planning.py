"""Compares a registry file with the registry. Nothing is written here."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.defused_cells import restored
from config.pack import Pack
from config.spreadsheets import Line, Sheet, SpreadsheetError, read_spreadsheet
from flows.committees.meetings import MeetingRuleError, read_rule
from flows.msisdn import Msisdn
from flows.outbound_contents import masked_as_written
from flows.triage.spelling import key
from gateway.committees.registry_file.columns import COMMITTEE, INSTALLED_ON, NAME, SECRETARIES, TITLES, named_columns
from gateway.committees.registry_file.days import read_day
from gateway.committees.registry_file.numbers import masked, read_numbers
from gateway.committees.registry_file.plan import Change, ImportPlan, ImportRefused, LinePlan, refusal_of
from storage.committees.committees import names_of_committees
from storage.committees.registry import SETTINGS, shown_setting
from storage.people.contacts import msisdn_of
from storage.refusals import Refusal, SettingRefused, Why
from storage.safety.vault import Vault
from storage.tables.committees import Committee, Secretary
from storage.tables.people import Contact

MOST_REFUSED = 200
"""Refusals that are collected; who sees these mends a column, not a cell."""


def plan_import(
    transaction: Transaction, pack: Pack, vault: Vault, data: bytes, sees: Callable[[str], bool]
) -> ImportPlan:
    """What a file would change. `sees` says whether the person may change the committee of an area.

    Raises nothing: a file that cannot be read is a plan with a refusal.
    """
    planner = _Planner(transaction, pack, vault, sees)
    try:
        planner.read(read_spreadsheet(data))
    except SpreadsheetError as error:
        planner.refused.append(refusal_of(error))
    state = registry_state(committee_states(transaction))
    return ImportPlan(tuple(planner.lines), planner.unchanged, tuple(planner.refused), state)


def registry_state(states: Mapping[str, str]) -> str:
    """A hash of all committees and secretaries: a plan holds as long as it stays the same."""
    return hashlib.sha256(repr(sorted(states.items())).encode()).hexdigest()


def committee_states(transaction: Transaction, codes: Collection[str] | None = None) -> dict[str, str]:
    """A hash of each committee's row and secretaries, by code; of these committees, or of all.

    With `codes` nobody else changes these committees until the transaction ends.
    """
    committees = select(*Committee.__table__.columns).order_by(Committee.code)
    secretaries = select(Secretary.committee, Secretary.contact_id).order_by(Secretary.id)
    if codes is not None:
        committees = committees.where(Committee.code.in_(codes)).with_for_update()
        secretaries = secretaries.where(Secretary.committee.in_(codes))
    rows: dict[str, list[object]] = {row.code: [tuple(row)] for row in transaction.execute(committees)}
    for committee, contact_id in transaction.execute(secretaries):
        rows[committee].append(contact_id)
    return {code: hashlib.sha256(repr(row).encode()).hexdigest() for code, row in rows.items()}


class _Planner:
    """Compares the lines of a file with the registry as it was read at the start; collects changes and refusals."""

    def __init__(self, transaction: Transaction, pack: Pack, vault: Vault, sees: Callable[[str], bool]) -> None:
        self.pack = pack
        rows = transaction.scalars(select(Committee).order_by(Committee.code))
        self.committees = {row.code: row for row in rows if row.area in pack.areas and sees(row.area)}
        self.names = names_of_committees(pack)
        self.secretaries = numbers_of_secretaries(transaction, vault)
        self.lines: list[LinePlan] = []
        self.refused: list[ImportRefused] = []
        self.unchanged = 0
        self.seen: dict[str, int] = {}

    def read(self, sheet: Sheet) -> None:
        """Plans each line. Raises `SpreadsheetError` where the file cannot be read on."""
        names, known = named_columns(sheet), ", ".join(sorted(TITLES))
        if COMMITTEE not in names.values():
            self.refused.append(ImportRefused(sheet.head, "", Why.COLUMN_MISSING, name=COMMITTEE, known=known))
        for title in [title for title, name in names.items() if not name][:MOST_REFUSED]:
            # Without a line of headings, the first numbers stand here.
            name = masked_as_written(title, self.pack)[:40]
            self.refused.append(ImportRefused(sheet.head, "", Why.COLUMN_UNKNOWN, name=name, known=known))
        if self.refused:
            return
        for line in sheet.lines:
            cells = {names[title]: restored(cell) for title, cell in line.cells.items()}
            self.plan(Line(line.number, cells))
            if len(self.refused) >= MOST_REFUSED:
                return

    def plan(self, line: Line) -> None:
        """Plans one line; what is wrong with it is refused, cell by cell."""
        committee = self._committee(line)
        if committee is None:
            return
        refused_before = len(self.refused)
        day = self._cell(line, INSTALLED_ON, read_day)
        known = self.secretaries.get(committee.code, [])
        new = self._cell(line, SECRETARIES, lambda text: read_numbers(self.pack, text, known)) or []
        settings = self._settings(line, committee)
        if len(self.refused) > refused_before:
            return
        changes = [
            Change(
                name, shown_setting(self.pack, name, getattr(committee, name)), shown_setting(self.pack, name, value)
            )
            for name, value in settings.items()
        ]
        installs = day if day and not committee.installed else None
        if day and committee.installed and day != committee.installed_on:
            before = committee.installed_on.isoformat() if committee.installed_on else None
            changes.append(Change(INSTALLED_ON, before, day.isoformat()))
            settings[INSTALLED_ON] = day
        if new:
            changes.append(Change(SECRETARIES, masked(known) or None, masked([*known, *new])))
        if not changes and installs is None:
            self.unchanged += 1
            return
        closed_on = committee.closed_on if installs else None
        plan = LinePlan(
            line.number, committee.code, committee.name, installs, closed_on, tuple(changes), settings, tuple(new)
        )
        self.lines.append(plan)

    def _committee(self, line: Line) -> Committee | None:
        """The committee of a line; None if the line is refused."""
        given = line.cells[COMMITTEE]
        codes = [code] if (code := given.strip().lower()) in self.committees else self.names.get(key(given), [])
        committee = self.committees.get(codes[0]) if len(codes) == 1 else None
        if committee is None:
            # Where columns have shifted, a number may stand here.
            text = masked_as_written(given[:60], self.pack) if any(map(str.isdigit, given)) else given[:60]
            self._refuse(line, COMMITTEE, SettingRefused(Why.COMMITTEE_UNCLEAR, text=text))
            return None
        name = line.cells.get(NAME, "")
        if name and committee.code not in self.names.get(key(name), []) and key(name) != key(committee.name):
            self._refuse(line, NAME, SettingRefused(Why.NAME_DIFFERS, code=committee.code, name=committee.name))
            return None
        first = self.seen.setdefault(committee.code, line.number)
        if first != line.number:
            self._refuse(line, COMMITTEE, SettingRefused(Why.COMMITTEE_TWICE, code=committee.code, first=first))
            return None
        return committee

    def _settings(self, line: Line, committee: Committee) -> dict[str, Any]:
        """The settings that differ from the committee's. An empty cell leaves a setting as it is."""
        differing: dict[str, Any] = {}
        for name in (name for name in SETTINGS if line.cells.get(name)):
            read = SETTINGS[name]
            value = self._cell(line, name, lambda text, read=read, name=name: read(self.pack, name, text))  # type: ignore[misc]
            if value is not None and not _is_same(name, value, getattr(committee, name)):
                differing[name] = value
        return differing

    def _cell(self, line: Line, column: str, read: Callable[[str], Any]) -> Any:
        """The value of a cell; None if it is empty or refused."""
        text = line.cells.get(column, "")
        try:
            return read(text) if text else None
        except MeetingRuleError as error:
            self._refuse(line, column, SettingRefused(Why.NO_MEETING_RULE, rule=str(error)))
        except SettingRefused as error:
            self._refuse(line, column, error)
        return None

    def _refuse(self, line: Line, column: str, why: Refusal) -> None:
        self.refused.append(ImportRefused(line.number, column, why.why, why.meant, **why.values))


def _is_same(name: str, value: Any, kept: Any) -> bool:
    """Whether a value of the file is the committee's. A rule is the same in any language: a file has it in its own."""
    if name == "meets" and kept is not None:
        return read_rule(value) == read_rule(kept)
    return bool(value == kept)


def numbers_of_secretaries(transaction: Transaction, vault: Vault) -> Mapping[str, list[Msisdn]]:
    """The numbers of all secretaries by their committee, the longest-serving first."""
    numbers: dict[str, list[Msisdn]] = defaultdict(list)
    query = select(Secretary.committee, Contact).join(Contact, Contact.id == Secretary.contact_id)
    for committee, contact in transaction.execute(query.order_by(Secretary.id)):
        if number := msisdn_of(contact, vault):
            numbers[committee].append(number)
    return numbers
