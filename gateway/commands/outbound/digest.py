"""`gateway digest`: the committees' digests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.money import Money
from gateway.commands.common import committee_of, json_option, opened, operator, show
from gateway.commands.start import ENTERED, Refused
from gateway.outbound.digests import Composed, Due, compose, due_digests, send_all, this_week
from gateway.runtime.deployment import Deployment
from storage.committees.quiet_hours import after_quiet
from storage.safety.audit import write_line
from storage.tables.committees import Secretary


@click.group("digest")
def command() -> None:
    """The committees' digests by SMS."""


@command.command("send")
@click.option("--committee", type=ENTERED, help="One committee's, of the last seven days, whether it is due or not.")
@click.option("--dry-run", is_flag=True, help="Print them with parts and price; send nothing.")
@json_option
def send(committee: str | None, dry_run: bool, as_json: bool) -> None:
    """Send the digests that are due. In a committee's quiet hours its digest waits for their end."""
    rows: list[dict[str, Any]] = []
    queued, total, waits = 0, 0, ""
    with opened() as deployment:
        currency = deployment.pack.currency
        with deployment.database.read() as transaction:
            due = (
                [_asked_for(deployment, transaction, committee)]
                if committee
                else list(due_digests(deployment, transaction))
            )
            if dry_run:
                composed = [(each, sms) for each in due for sms in compose(deployment, transaction, each)]
                total = sum(sms.price.amount for _, sms in composed)
                rows = [_row(each, sms, currency) for each, sms in composed]
        with deployment.database.write() as transaction:
            what = "digests_shown" if dry_run else "digests_sent"
            codes = sorted({each.committee.code for each in due})
            write_line(transaction, deployment.now(), operator(), what, committees=codes)
        if not dry_run:
            queued = send_all(deployment, due)
            waits = _quiet_hours(deployment, due) if queued else ""
            deployment.wake_worker()
    if not dry_run:
        click.echo(f"{queued} digests queued{'; ' if waits else ''}{waits}", err=as_json)
    elif as_json:
        show(rows, True, "")
    else:
        for row in rows:
            click.echo(f"{row['committee']}, {row['period']}: {row['parts']} parts, {Money(row['price'], currency)}")
            click.echo(f"{row['text']}\n")
        click.echo(f"{len(rows)} digests, {Money(total, currency)}")


def _asked_for(deployment: Deployment, transaction: Transaction, given: str) -> Due:
    """A committee's digest of the last seven days. Raises `Refused` if it has no secretary."""
    committee = committee_of(deployment, transaction, given)
    if not transaction.scalars(select(Secretary).where(Secretary.committee == committee.code)).first():
        raise Refused(f"{committee.code} has no secretary: `gateway people add-secretary {committee.code} MSISDN`")
    return this_week(deployment, committee)


def _quiet_hours(deployment: Deployment, dues: Iterable[Due]) -> str:
    """Says until when digests wait for the end of the quiet hours; empty if none does."""
    pack, now = deployment.pack, deployment.now()
    ends = {due.committee.code: after_quiet(pack, due.committee, now) for due in dues}
    waiting = [
        f"{code} until {end.astimezone(pack.time_zone):%Y-%m-%d %H:%M}" for code, end in ends.items() if end > now
    ]
    return f"quiet hours: {', '.join(waiting)}" if waiting else ""


def _row(due: Due, composed: Composed, currency: str) -> dict[str, Any]:
    return {
        "committee": composed.committee,
        "period": due.period,
        "parts": composed.parts,
        "price": composed.price.amount,
        "currency": currency,
        "text": composed.text,
    }
