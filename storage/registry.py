"""What a person may change in the registry: one committee's settings, its end, and many at once from a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from config.pack import Pack
from flows.meetings import FORM_IN_FRENCH, WEEKDAYS, MeetingRuleError, read_rule
from storage.budgets import release
from storage.committee_models import Committee
from storage.committees import UnknownCommittee, find_committee, plan_anew, zone_of


def change_committee(
    session: Session, pack: Pack, committee: Committee, told: Mapping[str, str], now: datetime
) -> bool:
    """Sets what is told (texts, as from a form or a file; an empty one is the pack's own); says if anything changed.

    Raises `MeetingRuleError` and `ValueError`, whose texts say what to write instead.
    """
    before = {name: getattr(committee, name) for name in SETTINGS}
    for name, text in told.items():
        read = SETTINGS.get(name)
        if read is None:
            raise ValueError(f"`{name}` n'est pas un réglage d'un comité")
        setattr(committee, name, read(pack, name, text.strip()))
    if committee.monthly_budget != before["monthly_budget"]:
        release(session, committee.code, now)
    if committee.meets != before["meets"]:
        plan_anew(session, pack, committee, now)
    session.flush()
    return before != {name: getattr(committee, name) for name in SETTINGS}


def _rule(_: Pack, __: str, text: str) -> str | None:
    if text:
        read_rule(text)
    return text or None


def _zone(_: Pack, __: str, text: str) -> str | None:
    try:
        return ZoneInfo(text).key if text else None
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"`{text[:40]}` n'est pas un fuseau horaire, comme Africa/Bamako") from None


def _language(pack: Pack, _: str, text: str) -> str | None:
    if text and text not in pack.languages:
        raise ValueError(f"la langue est l'une de {', '.join(pack.languages)}")
    return text or None


def _weekday(_: Pack, __: str, text: str) -> str | None:
    if text and text not in WEEKDAYS:
        raise ValueError(f"le jour est l'un de {', '.join(WEEKDAYS)}")
    return text or None


def _number(most: int) -> Callable[[Pack, str, str], int | None]:
    def read(_: Pack, name: str, text: str) -> int | None:
        if text and not (text.isascii() and text.isdecimal() and int(text) <= most):
            raise ValueError(f"`{name}` est un nombre entier de 0 à {most}")
        return int(text) if text else None

    return read


SETTINGS: dict[str, Callable[[Pack, str, str], Any]] = {
    "chair": lambda _, __, text: text[:120] or None,
    "meets": _rule,
    "time_zone": _zone,
    "language": _language,
    "digest_weekday": _weekday,
    "digest_hour": _number(23),
    "quiet_from": _number(23),
    "quiet_until": _number(24),
    "monthly_budget": _number(10**9),
    "silent_when_quiet": lambda _, __, text: text in ("1", "oui", "yes", "true"),
}
"""What of a committee may be set by hand, and how each is read from a text."""


def close_committee(session: Session, pack: Pack, committee: Committee, now: datetime) -> None:
    """It is installed no more. What is open before it is moved by `storage.competence.give_up_all`."""
    if not committee.installed:
        raise ValueError("ce comité n'est pas installé")
    if next(level for level in pack.levels if level.id == committee.level).always_installed:
        raise ValueError("ce niveau existe toujours")
    committee.installed, committee.closed_on = False, now.astimezone(zone_of(pack, committee)).date()
    session.flush()


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


Installing = Callable[[Committee, date, str], int]
"""Installs a committee on a day with its rule of meetings, and says how many concerns go down to it."""


def import_registry(
    session: Session, pack: Pack, lines: Iterable[str], now: datetime, install: Installing
) -> list[Change]:
    """Reads a CSV with the columns `committee` (code or name), `installed_on` and any setting, and does what it says.

    Either every line is done or none: the caller rolls back on `ImportRefused`, and for a dry run.
    """
    rows = csv.DictReader(lines)
    try:
        return _import_rows(session, pack, rows, now, install)
    except csv.Error as error:
        raise ImportRefused(f"ligne {rows.line_num + 1} : ce n'est pas du CSV ({error})") from None


def _import_rows(
    session: Session, pack: Pack, rows: csv.DictReader[str], now: datetime, install: Installing
) -> list[Change]:
    known = {"committee", "installed_on", *SETTINGS}
    titles = [title.strip() for title in rows.fieldnames or ()]
    if "committee" not in titles or (unknown := sorted(set(titles) - known)):
        wrong = f"colonne inconnue `{unknown[0]}`" if "committee" in titles else "il manque la colonne `committee`"
        raise ImportRefused(f"ligne 1 : {wrong} (possibles : {', '.join(sorted(known))})")
    rows.fieldnames = titles
    seen: dict[str, int] = {}
    changes: list[Change] = []
    for row in rows:
        at = rows.line_num
        try:
            code, what = _imported(session, pack, row, now, install)
        except UnknownCommittee:
            named = str(row["committee"])[:60]
            raise ImportRefused(f"ligne {at} : `{named}` nomme plus d'un comité, ou aucun ; son code est sûr") from None
        except MeetingRuleError:
            raise ImportRefused(f"ligne {at} : {FORM_IN_FRENCH}") from None
        except ValueError as error:
            raise ImportRefused(f"ligne {at} : {error}") from None
        if code in seen:
            raise ImportRefused(f"ligne {at} : {code} est déjà sur la ligne {seen[code]}")
        seen[code] = at
        changes += [Change(at, code, one) for one in what]
    return changes


def _imported(
    session: Session, pack: Pack, row: Mapping[str | None, Any], now: datetime, install: Installing
) -> tuple[str, list[str]]:
    if row.get(None) or None in row.values():
        raise ValueError("il n'y a pas autant de cases que de colonnes")
    told = {str(name): str(value).strip() for name, value in row.items()}
    committee = find_committee(session, pack, told.pop("committee"))
    done: list[str] = []
    on = told.pop("installed_on", "")
    if on and not committee.installed:
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise ValueError(f"`{on[:20]}` n'est pas un jour, comme 2026-11-24") from None
        moved = install(committee, day, told.get("meets", ""))
        done.append(f"installé le {day}, {moved} préoccupation(s) descendent")
    before = {name: getattr(committee, name) for name in told}
    # An empty cell says nothing: only what is written is set.
    change_committee(session, pack, committee, {name: value for name, value in told.items() if value}, now)
    for name, value in before.items():
        if (after := getattr(committee, name)) != value and not (on and name == "meets" and done):
            done.append(f"{name} : {'—' if value is None else value} → {after}")
    return committee.code, done
