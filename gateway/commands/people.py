"""`gateway committees` and `gateway people`: the registry, and who may act."""

from __future__ import annotations

import secrets
from datetime import datetime

import click
from sqlalchemy import select

from flows.meetings import MeetingRuleError
from flows.msisdn import BadMsisdn, read_msisdn
from gateway.commands.common import Refused, json_option, opened, show
from storage.administrators import add_administrator
from storage.agendas import move_down
from storage.committees import UnknownCommittee, add_secretary, find_committee, install_committee
from storage.contacts import ensure_contact
from storage.models import Committee, Role


@click.group()
def committees() -> None:
    """The registry of committees."""


@committees.command("list")
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


@committees.command("install")
@click.argument("committee")
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day, as 2026-11-24.")
@click.option("--meets", required=True, help='When it meets, as "every 2nd thursday" or "every last monday 15:00".')
def install(committee: str, on: datetime, meets: str) -> None:
    """Install a committee; what is still open from its area moves down to it."""
    with opened() as deployment:
        with deployment.database.write() as open_:
            try:
                one = find_committee(open_, deployment.pack, committee)
                install_committee(open_, one, on.date(), meets)
                moved = move_down(open_, deployment.pack, one, deployment.now())
            except (UnknownCommittee, MeetingRuleError) as error:
                raise Refused(str(error)) from None
        click.echo(f"{one.code} installed on {on:%Y-%m-%d}, meets {meets}; {moved} open concerns moved to it")


@click.group()
def people() -> None:
    """Who may act."""


@people.command("add-secretary")
@click.argument("committee")
@click.argument("msisdn")
def add_secretary_command(committee: str, msisdn: str) -> None:
    """Make the holder of a number the secretary of a committee."""
    with opened() as deployment:
        try:
            number = read_msisdn(msisdn, deployment.pack.country)
        except BadMsisdn:
            raise Refused("that is no phone number: write it as +22370000000") from None
        with deployment.database.write() as open_:
            try:
                one = find_committee(open_, deployment.pack, committee)
            except UnknownCommittee as error:
                raise Refused(str(error)) from None
            contact = ensure_contact(open_, deployment.vault, number, deployment.now())
            new = add_secretary(open_, one, contact, deployment.now())
        click.echo(f"{one.name}: {'secretary added' if new else 'was its secretary already'}")


@people.command("add-admin")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--area", help="Code of the area they see; the whole country by default.")
@click.option("--password", envvar="ADMIN_PASSWORD", help="By default one is made and printed.")
def add_admin(email: str, role: str, area: str | None, password: str | None) -> None:
    """Let somebody into the web queue."""
    with opened() as deployment:
        area = area or deployment.pack.country_area.code
        if area not in deployment.pack.areas:
            raise Refused(f"no area `{area[:60]}`: areas.csv of the pack has the codes")
        made = password or secrets.token_urlsafe(12)
        try:
            with deployment.database.write() as open_:
                one = add_administrator(open_, email, made, Role(role), area, deployment.now())
        except ValueError as error:
            raise Refused(str(error)) from None
        click.echo(f"{one.email} is {role} of {deployment.pack.areas[area].name}")
        if not password:
            click.echo(f"password  {made}")
