"""`gateway digest`: the committees' digests."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from config.money import Money
from gateway.commands.common import committee_of, json_option, opened, operator, show
from gateway.commands.start import ENTERED, Refused
from gateway.digests import compose, due_digests, send_digest, this_week
from storage.audit import write_line
from storage.committee_models import Secretary


@click.group("digest")
def command() -> None:
    """The committees' digests by SMS."""


@command.command("send")
@click.option("--committee", type=ENTERED, help="One committee's, of the last seven days, whether it is due or not.")
@click.option("--dry-run", is_flag=True, help="Print them with parts and price; send nothing.")
@json_option
def send(committee: str | None, dry_run: bool, as_json: bool) -> None:
    """Send the digests that are due."""
    rows: list[dict[str, Any]] = []
    queued = total = 0
    with opened() as deployment:
        with deployment.database.write() as open_:
            if committee:
                one = committee_of(deployment, open_, committee)
                if not open_.scalars(select(Secretary).where(Secretary.committee == one.code)).first():
                    raise Refused(f"{one.code} has no secretary: `gateway people add-secretary {one.code} MSISDN`")
                due = [this_week(deployment, one)]
            else:
                due = list(due_digests(deployment, open_))
            currency = deployment.pack.currency
            for each in due:
                if dry_run:
                    composed = list(compose(deployment, open_, each))
                    total += sum(one.price.amount for one in composed)
                    rows += [
                        {
                            "committee": one.committee,
                            "period": each.period,
                            "parts": one.parts,
                            "price": one.price.amount,
                            "currency": currency,
                            "text": one.text,
                        }
                        for one in composed
                    ]
                else:
                    queued += send_digest(deployment, open_, each)
            what = "digests_shown" if dry_run else "digests_sent"
            codes = sorted({each.committee.code for each in due})
            write_line(open_, deployment.now(), operator(), what, committees=codes)
        if queued:
            deployment.nudge()
    if not dry_run:
        click.echo(f"{queued} digests queued", err=as_json)
    elif as_json:
        show(rows, True, "")
    else:
        for row in rows:
            click.echo(f"{row['committee']}, {row['period']}: {row['parts']} parts, {Money(row['price'], currency)}")
            click.echo(f"{row['text']}\n")
        click.echo(f"{len(rows)} digests, {Money(total, currency)}")
