"""What commands share: a deployment, and rows as a table or as JSON Lines."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack, PackError
from config.pack.loader import load_pack
from config.settings import Settings
from flows.triage import Triage
from gateway.commands.start import Refused, settings
from gateway.runtime.deployment import Deployment
from gateway.runtime.model_store import read_triage
from storage.committees.committees import UnknownCommittee, find_committee
from storage.safety.vault import VaultError
from storage.tables.committees import Committee
from storage.write_group import Turn

json_option = click.option("--json", "as_json", is_flag=True, help="JSON Lines on standard output, one object a row.")
WIDEST = 60


@contextmanager
def opened() -> Iterator[Deployment]:
    """A deployment with a migrated database, closed at the end. Raises `Refused` if it cannot be used."""
    try:
        deployment = Deployment.open(settings(), turn=Turn.CHORE)
    except PackError as error:
        raise Refused(str(error)) from None
    try:
        if not deployment.database.is_migrated():
            raise Refused("the database is not migrated: start `gateway up` once")
        yield deployment
    except VaultError as error:
        raise Refused(str(error)) from None
    except (OperationalError, ProgrammingError) as error:
        kind = type(error.orig).__name__
        raise Refused(f"the database cannot be used ({kind}): start `gateway up` once, or check DATABASE_URL") from None
    finally:
        deployment.close()


def operator() -> str:
    """Who runs the command, as the audit names them: the account of this machine."""
    try:
        return f"command {getpass.getuser()}"
    except (KeyError, OSError):
        return f"command uid {os.getuid()}"  # an account without a name, as in some containers


def committee_of(deployment: Deployment, transaction: Transaction, given: str) -> Committee:
    """The committee with this code or name. Raises `Refused`, with what to write instead."""
    try:
        return find_committee(transaction, deployment.pack, given)
    except UnknownCommittee as error:
        raise Refused(str(error)) from None


def read_pack_or_refuse(folder: Path) -> Pack:
    """The pack of a folder. Raises `Refused`, with the file and line that is wrong."""
    try:
        return load_pack(folder)
    except PackError as error:
        raise Refused(str(error)) from None


def read_triage_or_refuse(pack: Pack, settings: Settings) -> Triage:
    """The triage of a pack, with the model in use. Raises `Refused`, with what is wrong."""
    try:
        return read_triage(pack, settings)
    except PackError as error:
        raise Refused(str(error)) from None


def show(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Prints rows with the same keys, as a table or as JSON Lines. `empty` is shown instead of a table without rows."""
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")
        return
    if not rows:
        click.echo(empty, err=True)
        return
    titles = list(rows[0])
    cells = [[_cell(row[title]) for title in titles] for row in rows]
    widths = [max(len(title), *(len(line[at]) for line in cells)) for at, title in enumerate(titles)]
    for line in [titles, *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = str(_plain(value)).replace("\n", " ")
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value


def day_option(name: str, what: str) -> Callable[[Any], Any]:
    """An option that takes a day, or a time without a zone."""
    return click.option(name, type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help=what)
