"""`gateway duty`: the numbers that are alerted to an emergency that no committee can take."""

from __future__ import annotations

import click

from flows.msisdn import BadMsisdn, may_be_written_to, read_msisdn
from flows.triage.spelling import key
from gateway.commands.common import json_option, opened, operator, show
from gateway.commands.start import Refused
from gateway.committees.people import remove_duty
from gateway.outbound.alerts import follow_up
from gateway.runtime.deployment import Deployment
from storage.messages.alerts import duty_numbers, set_duty
from storage.people.contacts import ensure_contact
from storage.safety.audit import write_line


@click.group("duty")
def command() -> None:
    """Who is called for an emergency that no committee can take."""


@command.command("set")
@click.argument("msisdn")
@click.option("--region", help="Name or code of a region; the whole country by default.")
def set_number(msisdn: str, region: str | None) -> None:
    """Make a number the duty number of a region, or of the country; it replaces the one before."""
    with opened() as deployment:
        area = _area(deployment, region)
        try:
            number = read_msisdn(msisdn, deployment.pack.country)
        except BadMsisdn:
            raise Refused("that is no phone number: write it with + and its country code") from None
        if not may_be_written_to(number, deployment.pack.sms_countries):
            raise Refused("no SMS go to that country: alerts would never arrive (`sms_countries` in the pack)")
        now = deployment.now()
        with deployment.database.write() as transaction:
            contact = ensure_contact(transaction, deployment.vault, number, now)
            set_duty(transaction, area, contact, now)
            write_line(transaction, now, operator(), "duty_set", area=area, contact=contact.id)
        # Emergencies for which there was nobody to alert go to the new number.
        follow_up(deployment, frozenset())
        deployment.wake_worker()
        click.echo(f"duty number of {deployment.pack.areas[area].name} set")


@command.command("remove")
@click.option("--region", help="Name or code of a region; the whole country by default.")
def remove_number(region: str | None) -> None:
    """Remove the duty number of a region, or of the country: emergencies go to the level above."""
    with opened() as deployment:
        with deployment.database.write() as transaction:
            known = {duty_number.area for duty_number in duty_numbers(transaction)}
            area = region if region in known else _area(deployment, region)
            try:
                remove_duty(deployment, transaction, area, operator())
            except LookupError as error:
                raise Refused(str(error)) from None
        click.echo(f"duty number of {deployment.pack.areas[area].name} removed")


@command.command("list")
@json_option
def list_numbers(as_json: bool) -> None:
    """List the areas that have a duty number, and since when. The numbers themselves are never shown."""
    with opened() as deployment, deployment.database.read() as transaction:
        rows = [
            {
                "area": duty_number.area,
                "name": deployment.pack.areas[duty_number.area].name,
                "set_at": duty_number.set_at,
            }
            for duty_number in duty_numbers(transaction)
        ]
    show(rows, as_json, "no duty number: set one with `gateway duty set MSISDN`")


def _area(deployment: Deployment, region: str | None) -> str:
    """The code of a region, by code or name; by default the country's. Raises `Refused`."""
    pack = deployment.pack
    if region is None:
        return pack.country_area.code
    regions = pack.children(pack.country_area.code)
    wanted = key(region)
    for area in regions:
        if region.strip().lower() == area.code or wanted in {key(area.name), *map(key, area.variants)}:
            return area.code
    names = ", ".join(area.name for area in regions)
    raise Refused(f"no region `{region[:60]}`: it is one of {names}")
