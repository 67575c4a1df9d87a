"""`gateway people`: who may act."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import click

from flows.msisdn import BadMsisdn, Msisdn, may_be_written_to, read_msisdn
from gateway.commands.common import committee_of, json_option, opened, operator, show
from gateway.commands.start import ENTERED, Refused
from gateway.committees import accounts
from gateway.committees.accounts import area_named, list_people
from gateway.committees.people import add_secretary, remove_secretary
from gateway.committees.refusal_texts import in_english
from gateway.outbound.alerts import follow_up
from gateway.runtime.deployment import Deployment
from storage.committees.committees import secretaries_of
from storage.enumerations import Role
from storage.people.administrators import hash_password
from storage.people.contacts import find_contact
from storage.refusals import AccountRefused

ROLE = click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
AREA = click.option("--area", type=ENTERED, help="Code or name of the area they see; the whole country by default.")
LINK = "link      {}\n          once, within 48 hours, under the address of this gateway; nothing was sent"


@click.group("people")
def command() -> None:
    """Who may act."""


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Accounts of the web queue, and secretaries, without their numbers."""
    with opened() as deployment, deployment.database.read() as transaction:
        show(list_people(deployment, transaction), as_json, "nobody may act yet")


@command.command("invite")
@click.argument("email", type=ENTERED)
@ROLE
@AREA
@click.option("--msisdn", type=ENTERED, help="With `--role secretary`: the phone that the account follows.")
def invite_command(email: str, role: str, area: str | None, msisdn: str | None) -> None:
    """Let somebody into the web queue, by a link with which they choose a password.

    The link works once, within 48 hours; hand it over yourself. Also lets in again who was disabled. `--role secretary`
    takes the committee as `--area` and the secretary's number: the account ends with that role.
    """
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        if role == Role.SECRETARY and msisdn:
            committee = committee_of(deployment, transaction, area or "")
            contact = find_contact(transaction, deployment.vault, _number(deployment, msisdn))
            token = accounts.invite_secretary(deployment, transaction, email, committee, contact, operator())
        else:
            code = named_area(deployment, area)
            token = accounts.invite(deployment, transaction, email, Role(role), code, operator())
    click.echo(LINK.format(f"/queue/join/{token}"))


@command.command("disable")
@click.argument("email", type=ENTERED)
def disable_command(email: str) -> None:
    """Let nobody in with this account any more, at once: live sessions end."""
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        account = accounts.account_of(transaction, email)
        accounts.disable(deployment, transaction, account, operator())
    click.echo(f"{account.email} signs in no more")


@command.command("set-role")
@click.argument("email", type=ENTERED)
@ROLE
@AREA
def set_role_command(email: str, role: str, area: str | None) -> None:
    """Give an account another role or area, at once: they sign in anew."""
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        account = accounts.account_of(transaction, email)
        code = named_area(deployment, area)
        accounts.set_role(deployment, transaction, account, Role(role), code, operator())
    click.echo(f"{account.email} is {role} of {deployment.pack.areas[code].name}")


@command.command("reset-password")
@click.argument("email", type=ENTERED)
def reset_password_command(email: str) -> None:
    """Take an account's password away, at once, and print a link with which its owner chooses another."""
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        account = accounts.account_of(transaction, email)
        token = accounts.reset_password(deployment, transaction, account, operator())
    click.echo(LINK.format(f"/queue/join/{token}"))


@command.command("reset-codes")
@click.argument("email", type=ENTERED)
def reset_codes_command(email: str) -> None:
    """Ask no code of an administrator any more, whose phone is lost; they set it up anew."""
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        account = accounts.account_of(transaction, email)
        accounts.reset_codes(deployment, transaction, account, operator())
    click.echo(f"{account.email} signs in without a code until they set it up anew")


@command.command("add-admin")
@click.argument("email", type=ENTERED)
@ROLE
@AREA
@click.option("--password", envvar="ADMIN_PASSWORD", help="By default one is made and printed.")
def add_admin(email: str, role: str, area: str | None, password: str | None) -> None:
    """Let somebody into the web queue with a password that is known here; `people invite` lets them choose it."""
    with opened() as deployment, refusals():
        code = named_area(deployment, area)
        made = password or secrets.token_urlsafe(12)
        try:
            password_hash = hash_password(made)
        except ValueError as error:
            raise Refused(str(error)) from None
        with deployment.database.write() as transaction:
            account = accounts.add_administrator(
                deployment, transaction, email, password_hash, Role(role), code, operator()
            )
        click.echo(f"{account.email} is {role} of {deployment.pack.areas[code].name}")
        if not password:
            click.echo(f"password  {made}")


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
    """End a secretary's role, at once: their phone may do nothing more, their PIN goes with their last committee.

    Their account of the web queue is disabled with it.
    """
    with opened() as deployment, refusals():
        number = _number(deployment, msisdn)
        with deployment.database.write() as transaction:
            chosen = committee_of(deployment, transaction, committee)
            contact = find_contact(transaction, deployment.vault, number)
            remove_secretary(deployment, transaction, chosen, contact, operator())
            left = len(secretaries_of(transaction, chosen.code))
        # An alert that waited for this secretary goes to the next person now.
        follow_up(deployment, frozenset())
        deployment.wake_worker()
        click.echo(f"{chosen.name}: secretary removed, {left} left")


def _number(deployment: Deployment, msisdn: str) -> Msisdn:
    try:
        return read_msisdn(msisdn, deployment.pack.country)
    except BadMsisdn:
        raise Refused("that is no phone number: write it as +22370000000") from None


def named_area(deployment: Deployment, given: str | None) -> str:
    """The code of an area, by code or name; by default the country's. Raises `AccountRefused`."""
    return area_named(deployment.pack, given) if given else deployment.pack.country_area.code


@contextmanager
def refusals() -> Iterator[None]:
    """Turns an `AccountRefused` into one line, in English."""
    try:
        yield
    except AccountRefused as why:
        raise Refused(in_english(why)) from None
