"""`gateway committees`: the registry."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import datetime
from typing import IO

import click
from sqlalchemy import select

from flows.meetings import MeetingRuleError
from gateway.commands.common import committee_of, json_option, opened, show
from gateway.commands.start import Refused
from storage.agendas import move_down
from storage.committee_models import Committee
from storage.committees import install_committee
from storage.registry import DryRun, ImportRefused, close_committee, import_registry


@click.group("committees")
def command() -> None:
    """The registry of committees."""


@command.command("list")
@click.option("--installed", is_flag=True, help="Only those that are installed.")
@json_option
def list_committees(installed: bool, as_json: bool) -> None:
    """Every committee that the country expects, and whether it is installed."""
    with opened() as deployment, deployment.database.read() as open_:
        query = select(Committee).order_by(Committee.code)
        if installed:
            query = query.where(Committee.installed)
        rows = [
            {
                "code": one.code,
                "name": one.name,
                "level": one.level,
                "above": one.above,
                "installed": one.installed,
                "installed_on": one.installed_on,
                "meets": one.meets or deployment.pack.default_meeting,
            }
            for one in open_.scalars(query)
        ]
    show(rows, as_json, "no committee: start `gateway up` once, it loads the pack")


@command.command("import")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@json_option
def import_file(file: IO[str], dry_run: bool, as_json: bool) -> None:
    """Set what a CSV says of many committees: whole, or not at all when a line is wrong.

    Columns: committee (code or name), installed_on, chair, meets, time_zone, language, digest_weekday, digest_hour,
    quiet_from, quiet_until, monthly_budget, silent_when_quiet. An empty cell changes nothing.
    """
    with opened() as deployment:
        try:
            lines = file.read().splitlines()
            with contextlib.suppress(DryRun), deployment.database.write() as open_:
                changes = import_registry(open_, deployment.pack, lines, deployment.now())
                if dry_run:
                    raise DryRun
        except (ImportRefused, UnicodeDecodeError) as error:
            raise Refused(f"nothing is imported: {error}") from None
    show([asdict(one) for one in changes], as_json, "nothing changes")
    if not as_json:
        click.echo(f"{len(changes)} changes{', none of them done' if dry_run else ''}")


@command.command("close")
@click.argument("committee")
def close(committee: str) -> None:
    """Close a committee; what is still open before it moves to the one above."""
    with opened() as deployment:
        with deployment.database.write() as open_:
            one = committee_of(deployment, open_, committee)
            try:
                moved = close_committee(open_, deployment.pack, one, deployment.now())
            except ValueError as error:
                raise Refused(str(error)) from None
        click.echo(f"{one.code} closed; {moved} open concerns moved up")


@command.command("install")
@click.argument("committee")
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day, as 2026-11-24.")
@click.option("--meets", required=True, help='When it meets, as "every 2nd thursday" or "every last monday 15:00".')
def install(committee: str, on: datetime, meets: str) -> None:
    """Install a committee; what is still open from its area moves down to it."""
    with opened() as deployment:
        with deployment.database.write() as open_:
            one = committee_of(deployment, open_, committee)
            try:
                install_committee(open_, one, on.date(), meets)
                moved = move_down(open_, deployment.pack, one, deployment.now())
            except MeetingRuleError as error:
                raise Refused(str(error)) from None
        click.echo(f"{one.code} installed on {on:%Y-%m-%d}, meets {meets}; {moved} open concerns moved to it")
