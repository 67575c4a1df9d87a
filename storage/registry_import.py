"""Many committees at once, from a spreadsheet: every line is done, or none is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from config.pack import Pack
from config.spreadsheets import Fault, SpreadsheetError, read_sheet
from flows.meetings import FORM_IN_FRENCH, MeetingRuleError
from storage.committee_models import Committee
from storage.committees import UnknownCommittee, find_committee
from storage.registry import SETTINGS, change_committee, shown_setting

FAULTS = {
    Fault.NOT_CSV: "ce n'est pas du CSV",
    Fault.NOT_UTF8: "ce n'est pas de l'UTF-8 ; enregistrez le fichier sous « CSV UTF-8 »",
    Fault.TOO_FEW_CELLS: "il n'y a pas autant de cases que de colonnes",
    Fault.TOO_MANY_CELLS: "il y a plus de cases que de colonnes (entre guillemets, une case peut tenir le séparateur)",
    Fault.TWO_COLUMNS: "la colonne `{about}` est là deux fois",
}
FIRST_EXCEL_DAY = date(1899, 12, 30)
"""Spreadsheets keep a day as the number of days since then."""
EXCEL_DAYS = range(36526, 73051)
"""The years 2000 to 2099."""


class ImportRefused(Exception):
    """A file that is not imported. Its text names the line and what is wrong with it."""


class DryRun(Exception):
    """Ends a transaction that was only to show what it would do: it is rolled back."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a line of the file would do."""

    line: int
    committee: str
    what: str


def refusal(error: SpreadsheetError) -> ImportRefused:
    return ImportRefused(f"ligne {error.line} : {FAULTS[error.fault].format(about=error.about)}")


Installing = Callable[[Committee, date, str], int]
"""Installs a committee on a day with its rule of meetings, and says how many concerns go down to it."""


def import_registry(session: Session, pack: Pack, text: str, now: datetime, install: Installing) -> list[Change]:
    """Reads a CSV with the columns `committee` (code or name), `installed_on` and any setting, and does what it says.

    The caller rolls back on `ImportRefused`, and for a dry run.
    """
    try:
        return _import_lines(session, pack, text, now, install)
    except SpreadsheetError as error:
        raise refusal(error) from None


def _import_lines(session: Session, pack: Pack, text: str, now: datetime, install: Installing) -> list[Change]:
    sheet, known = read_sheet(text), {"committee", "installed_on", *SETTINGS}
    if "committee" not in sheet.titles or (unknown := sorted(set(sheet.titles) - known)):
        wrong = (
            f"colonne inconnue `{unknown[0]}`" if "committee" in sheet.titles else "il manque la colonne `committee`"
        )
        raise ImportRefused(f"ligne {sheet.head} : {wrong} (possibles : {', '.join(sorted(known))})")
    seen: dict[str, int] = {}
    changes: list[Change] = []
    for line in sheet.lines:
        try:
            code, what = _imported(session, pack, line.cells, now, install)
        except UnknownCommittee:
            named = line.cells["committee"][:60]
            raise ImportRefused(
                f"ligne {line.number} : `{named}` nomme plus d'un comité, ou aucun ; son code est sûr"
            ) from None
        except MeetingRuleError:
            raise ImportRefused(f"ligne {line.number} : {FORM_IN_FRENCH}") from None
        except ValueError as error:
            raise ImportRefused(f"ligne {line.number} : {error}") from None
        if code in seen:
            raise ImportRefused(f"ligne {line.number} : {code} est déjà sur la ligne {seen[code]}")
        seen[code] = line.number
        changes += [Change(line.number, code, one) for one in what]
    return changes


def _imported(
    session: Session, pack: Pack, cells: Mapping[str, str], now: datetime, install: Installing
) -> tuple[str, list[str]]:
    told = dict(cells)
    committee = find_committee(session, pack, told.pop("committee"))
    done: list[str] = []
    on = told.pop("installed_on", "")
    if on and not committee.installed:
        day = _day(on)
        moved = install(committee, day, told.get("meets", ""))
        done.append(f"installé le {day}, {moved} préoccupation(s) descendent")
    before = {name: getattr(committee, name) for name in told}
    # An empty cell says nothing: only what is written is set.
    change_committee(session, pack, committee, {name: value for name, value in told.items() if value}, now)
    for name, value in before.items():
        if (after := getattr(committee, name)) != value and not (on and name == "meets" and done):
            done.append(f"{name} : {shown_setting(pack, name, value)} → {shown_setting(pack, name, after)}")
    return committee.code, done


def _day(text: str) -> date:
    """Raises `ValueError` with the day that was meant, where that can be told."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text[:20]}` n'est pas un jour, comme 2026-11-24{_meant(text)}") from None


def _meant(text: str) -> str:
    if text.isascii() and text.isdecimal() and len(text) == 5 and int(text) in EXCEL_DAYS:
        return f" ; c'est le nombre du tableur pour {FIRST_EXCEL_DAY + timedelta(days=int(text))}"
    try:
        day, month, year = text.replace("-", "/").replace(".", "/").split("/")
        return f" ; écrivez {date(int(year), int(month), int(day))}"
    except ValueError:
        return ""
