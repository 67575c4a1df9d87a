"""`gateway committees`: the registry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import IO

import click
from sqlalchemy import select

from flows.committees.meetings import MeetingRuleError
from gateway.commands.common import committee_of, json_option, opened, operator, show
from gateway.commands.start import ENTERED, Refused
from gateway.committees.refusal_texts import in_english
from gateway.committees.registry import close, install
from gateway.committees.registry_file.applying import ImportStopped, RegistryChanged, apply_plan
from gateway.committees.registry_file.export import registry_rows
from gateway.committees.registry_file.planning import plan_import
from gateway.committees.registry_file.wording import changes_in_english, refusal_in_english
from gateway.documents.spreadsheets import csv_lines, write_xlsx
from storage.committees.competence import what_leaves
from storage.refusals import SettingRefused
from storage.safety.audit import write_line
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
    """Set what a CSV or XLSX says of many committees. If a line is wrong, nothing is imported.

    Columns, by these names or the French titles of `committees export`: committee (code or name), name (only checked),
    installed_on, secretaries (numbers to add, with commas), chair, venue, meets, agenda_size, time_zone, language,
    digest_weekday, digest_hour, quiet_from, quiet_until, monthly_budget (in the currency's own unit),
    silent_when_quiet. An empty cell changes nothing. Files as French Excel saves them (`;`, tabs, a BOM, Windows-1252,
    DD/MM/YYYY, TRUE and VRAI) are read too.
    """
    data = file.read()
    with opened() as deployment:
        with deployment.database.read() as transaction:
            plan = plan_import(transaction, deployment.pack, deployment.vault, data, lambda _: True)
        if plan.refused:
            raise Refused("nothing is imported: " + "\n".join(map(refusal_in_english, plan.refused)))
        if not dry_run:
            try:
                apply_plan(deployment, plan, operator())
            except ImportStopped as stopped:
                done = stopped.imported.changed
                raise Refused(
                    f"stopped before line {stopped.line}: {done} committees are changed; run it again for the rest"
                ) from None
            except RegistryChanged:
                raise Refused("nothing is imported: somebody changed the registry meanwhile; try again") from None
            deployment.wake_worker()
    rows = [
        {"line": line.line, "committee": line.code, "what": what}
        for line in plan.lines
        for what in changes_in_english(line)
    ]
    show(rows, as_json, "nothing changes")
    if not as_json:
        click.echo(f"{len(rows)} changes{', none of them done' if dry_run else ''}")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export_file(file: Path) -> None:
    """Write the registry to FILE (.csv or .xlsx) in the columns of `committees import`.

    Importing the file again changes nothing. Secretaries' numbers are masked.
    """
    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise Refused("the file's name must end in .csv or .xlsx")
    with opened() as deployment:
        with deployment.database.read() as transaction:
            rows = list(registry_rows(transaction, deployment.pack, deployment.vault, lambda _: True))
        try:
            with file.open("wb") as out:
                if file.suffix.lower() == ".csv":
                    out.writelines(line.encode() for line in csv_lines(rows, ";"))
                else:
                    write_xlsx(rows, "Comités", out)
        except OSError as error:
            raise Refused(f"{file} cannot be written ({error.strerror})") from None
        with deployment.database.write() as transaction:
            write_line(transaction, deployment.now(), operator(), "registry_exported", form=file.suffix[1:].lower())
    click.echo(f"{len(rows) - 1} committees written to {file}")


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
