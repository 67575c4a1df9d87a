"""`gateway committees`: the registry."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import IO

import click
from sqlalchemy import select

from config.spreadsheets import SpreadsheetError, decode_file
from flows.committees.meetings import MeetingRuleError
from gateway.commands.common import committee_of, json_option, opened, operator, show
from gateway.commands.start import ENTERED, Refused
from gateway.committees.refusal_texts import change_in_english, in_english
from gateway.committees.registry import close, import_committees, install
from storage.committees.competence import what_leaves
from storage.committees.registry_import import Change, DryRun, ImportRefused, refusal
from storage.refusals import SettingRefused
from storage.tables.committees import Committee


@click.group("committees")
def command() -> None:
    """The registry of committees."""


@command.command("list")
@click.option("--installed", is_flag=True, help="Only those that are installed.")
@json_option
def list_committees(installed: bool, as_json: bool) -> None:
    """List every committee that the country expects, and whether it is installed."""
    with opened() as deployment, deployment.database.read() as transaction:
        query = select(Committee).order_by(Committee.code)
        if installed:
            query = query.where(Committee.installed)
        rows = [
            {
                "code": committee.code,
                "name": committee.name,
                "level": committee.level,
                "above": committee.above,
                "installed": committee.installed,
                "installed_on": committee.installed_on,
                "meets": committee.meets or deployment.pack.default_meeting,
            }
            for committee in transaction.scalars(query)
        ]
    show(rows, as_json, "no committee: start `gateway up` once, it loads the pack")


@command.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@json_option
def import_file(file: IO[bytes], dry_run: bool, as_json: bool) -> None:
    """Set what a CSV says of many committees. If a line is wrong, nothing is imported.

    Columns: committee (code or name), installed_on, chair, meets, time_zone, language, digest_weekday, digest_hour,
    quiet_from, quiet_until, monthly_budget (in the currency's own unit), silent_when_quiet. An empty cell changes
    nothing. A file as French Excel saves it (`;`, tabs, a BOM, TRUE and VRAI) is read too.
    """
    with opened() as deployment:
        try:
            text = decode_file(file.read())
            with contextlib.suppress(DryRun), deployment.database.write() as transaction:
                changes = import_committees(deployment, transaction, text, operator())
                if dry_run:
                    raise DryRun
        except SpreadsheetError as error:
            raise Refused(f"nothing is imported: {in_english(refusal(error))}") from None
        except ImportRefused as error:
            raise Refused(f"nothing is imported: {in_english(error)}") from None
        if not dry_run:
            deployment.wake_worker()
    show([_row(change) for change in changes], as_json, "nothing changes")
    if not as_json:
        click.echo(f"{len(changes)} changes{', none of them done' if dry_run else ''}")


def _row(change: Change) -> dict[str, object]:
    return {"line": change.line, "committee": change.committee, "what": change_in_english(change)}


@command.command("close")
@click.argument("committee", type=ENTERED)
@click.option("--dry-run", is_flag=True, help="Say what would move, and to whom; change nothing.")
def close_command(committee: str, dry_run: bool) -> None:
    """Close a committee. Its open items move to the committee above as they are, and back when it is installed."""
    with opened() as deployment:
        with deployment.database.write() as transaction:
            chosen = committee_of(deployment, transaction, committee)
            leaving = what_leaves(transaction, chosen)
            try:
                moved = leaving.concerns if dry_run else close(deployment, transaction, chosen, operator())
            except SettingRefused as error:
                raise Refused(f"{chosen.code}: {in_english(error)}") from None
        if dry_run:
            click.echo(f"{leaving.items} items, {moved} open concerns would move to {leaving.to.code}; nothing is done")
            return
        deployment.wake_worker()
        click.echo(f"{chosen.code} closed; {moved} open concerns moved to {leaving.to.code}")


@command.command("install")
@click.argument("committee", type=ENTERED)
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day, as 2026-11-24.")
@click.option(
    "--meets", required=True, type=ENTERED, help='When it meets, as "every 2nd thursday" or "every last monday 15:00".'
)
def install_command(committee: str, on: datetime, meets: str) -> None:
    """Install a committee. What is still open from its area moves down to it."""
    with opened() as deployment:
        with deployment.database.write() as transaction:
            chosen = committee_of(deployment, transaction, committee)
            try:
                moved = install(deployment, transaction, chosen, operator(), on.date(), meets)
            except MeetingRuleError as error:
                raise Refused(str(error)) from None
        deployment.wake_worker()
        click.echo(f"{chosen.code} installed on {on:%Y-%m-%d}, meets {meets}; {moved} open concerns moved to it")
