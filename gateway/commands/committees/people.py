"""`gateway people`: who may act."""

from __future__ import annotations

import secrets

import click

from flows.msisdn import BadMsisdn, Msisdn, may_be_written_to, read_msisdn
from gateway.commands.common import committee_of, opened, operator
from gateway.commands.start import ENTERED, Refused
from gateway.committees.people import add_administrator, add_secretary, remove_secretary, reset_codes
from gateway.outbound.alerts import follow_up
from gateway.runtime.deployment import Deployment
from storage.committees.committees import secretaries_of
from storage.enumerations import Role
from storage.people.administrators import hash_password


@click.group("people")
def command() -> None:
    """Who may act."""


@command.command("add-secretary")
@click.argument("committee", type=ENTERED)
@click.argument("msisdn", type=ENTERED)
def add_secretary_command(committee: str, msisdn: str) -> None:
    """Make the holder of a number the secretary of a committee, and invite them to choose a PIN.

    They choose it over USSD, or by SMS with the invitation that is printed: it works once, within a week, also in the
    place of a PIN that was forgotten. Hand it over by word of mouth.
    """
    with opened() as deployment:
        number = _number(deployment, msisdn)
        if not may_be_written_to(number, deployment.pack.sms_countries):
            raise Refused("no SMS go to that country: alerts would never arrive (`sms_countries` in the pack)")
        with deployment.database.write() as transaction:
            chosen = committee_of(deployment, transaction, committee)
            added = add_secretary(deployment, transaction, chosen, number, operator())
        deployment.wake_worker()
        click.echo(f"{chosen.name}: {'secretary added' if added.is_new else 'was its secretary already'}")
        click.echo(f"invitation  {added.invitation}")


@command.command("remove-secretary")
@click.argument("committee", type=ENTERED)
@click.argument("msisdn", type=ENTERED)
def remove_secretary_command(committee: str, msisdn: str) -> None:
    """End a secretary's role, at once: their phone may do nothing more, their PIN goes with their last committee."""
    with opened() as deployment:
        number = _number(deployment, msisdn)
        with deployment.database.write() as transaction:
            one = committee_of(deployment, transaction, committee)
            try:
                remove_secretary(deployment, transaction, one, number, operator())
            except LookupError as error:
                raise Refused(str(error)) from None
            left = len(secretaries_of(transaction, one.code))
        # An alert that waited for them goes to the next person now.
        follow_up(deployment, frozenset())
        deployment.wake_worker()
        click.echo(f"{one.name}: secretary removed, {left} left")


def _number(deployment: Deployment, msisdn: str) -> Msisdn:
    try:
        return read_msisdn(msisdn, deployment.pack.country)
    except BadMsisdn:
        raise Refused("that is no phone number: write it as +22370000000") from None


@command.command("reset-codes")
@click.argument("email", type=ENTERED)
def reset_codes_command(email: str) -> None:
    """Ask no code of an administrator any more, whose phone is lost; they set it up anew."""
    with opened() as deployment, deployment.database.write() as transaction:
        try:
            chosen = reset_codes(deployment, transaction, email, operator())
        except LookupError as error:
            raise Refused(str(error)) from None
    click.echo(f"{chosen.email} signs in without a code until they set it up anew")


@command.command("add-admin")
@click.argument("email", type=ENTERED)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--area", type=ENTERED, help="Code of the area they see; the whole country by default.")
@click.option("--password", envvar="ADMIN_PASSWORD", help="By default one is made and printed.")
def add_admin(email: str, role: str, area: str | None, password: str | None) -> None:
    """Let somebody into the web queue."""
    with opened() as deployment:
        area = area or deployment.pack.country_area.code
        if area not in deployment.pack.areas:
            raise Refused(f"no area `{area[:60]}`: areas.csv of the pack has the codes")
        made = password or secrets.token_urlsafe(12)
        try:
            password_hash = hash_password(made)
            with deployment.database.write() as transaction:
                administrator = add_administrator(
                    deployment, transaction, email, password_hash, Role(role), area, operator()
                )
        except ValueError as error:
            raise Refused(str(error)) from None
        click.echo(f"{administrator.email} is {role} of {deployment.pack.areas[area].name}")
        if not password:
            click.echo(f"password  {made}")
