"""`gateway erase`, `gateway export`, `gateway purge`: what is held about people."""

from __future__ import annotations

import json

import click
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import BadMsisdn, Msisdn, read_msisdn
from gateway.commands.common import opened, operator
from gateway.commands.start import ENTERED, Refused
from gateway.data_protection.retention import purge_now
from gateway.data_protection.subject_access import HasRole, forget, held_rows, refuse_for_role
from gateway.runtime.deployment import Deployment
from gateway.ussd.progress import write_waiting_progress
from storage.people.contacts import find_contact
from storage.safety.audit import write_line
from storage.tables.people import Contact


@click.command("erase")
@click.argument("msisdn", type=ENTERED)
def erase(msisdn: str) -> None:
    """Erase a number and everything tied to it: the words of its reports and every text that was sent to it.

    Refused while the number is a secretary's or a duty number.
    """
    with opened() as deployment:
        number = _number(deployment, msisdn)
        with deployment.database.write() as transaction:
            contact = _contact(deployment, transaction, number)
            try:
                refuse_for_role(deployment, transaction, contact)
            except HasRole as why:
                raise Refused(str(why)) from None
            reports = forget(deployment, transaction, contact, number).reports
            write_line(transaction, deployment.now(), operator(), "erased", reports=reports)
        click.echo(f"erased; {reports} reports stay as a category, a place and a day, with nobody behind them")


@click.command("export")
@click.argument("msisdn", type=ENTERED)
def export(msisdn: str) -> None:
    """Print what is held about a number, as JSON Lines, for its holder: their own words are in it."""
    with opened() as deployment:
        number = _number(deployment, msisdn)
        with deployment.database.write() as transaction:
            rows = held_rows(deployment, transaction, _contact(deployment, transaction, number), operator())
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))


@click.command("purge")
def purge() -> None:
    """Erase what has been kept as long as the pack says; the timetable does it every night."""
    with opened() as deployment:
        gone = purge_now(deployment, operator())
    click.echo(
        f"{gone.texts} texts, {gone.numbers} numbers, {gone.messages} texts of SMS, {gone.technical} technical rows"
    )


def _number(deployment: Deployment, msisdn: str) -> Msisdn:
    """The number that was typed. Open USSD sessions are stored first: a number may be known from one alone."""
    try:
        number = read_msisdn(msisdn, deployment.pack.country)
    except BadMsisdn:
        raise Refused("that is no phone number: write it as +22370000000") from None
    write_waiting_progress(deployment)
    return number


def _contact(deployment: Deployment, transaction: Transaction, number: Msisdn) -> Contact:
    contact = find_contact(transaction, deployment.vault, number)
    if contact is None:
        raise Refused("nothing is held about this number")
    return contact
