"""`gateway agenda`."""

from __future__ import annotations

import click

from gateway.commands.common import committee_of, json_option, opened, operator, show
from gateway.commands.start import ENTERED
from storage.committees.agendas import agenda
from storage.committees.committees import next_meeting_at
from storage.safety.audit import write_line

MOST = 1000
"""Rows of a listing."""


@click.group("agenda")
def command() -> None:
    """Committees' agendas."""


@command.command("show")
@click.option("--committee", type=ENTERED, required=True, help="Code, or the name of its area.")
@json_option
def show_agenda(committee: str, as_json: bool) -> None:
    """Show the agenda of a committee's next meeting, the most important item first."""
    with opened() as deployment:
        with deployment.database.write() as transaction:
            chosen = committee_of(deployment, transaction, committee)
            meeting = next_meeting_at(transaction, deployment.pack, chosen, deployment.now())
            items = agenda(transaction, chosen.code, deployment.now())
            write_line(transaction, deployment.now(), operator(), "agenda", committee=chosen.code)
        rows = [
            {
                "reference": item.reference,
                "category": item.category,
                "commune": item.commune,
                "place": item.place,
                "count": item.count,
                "urgency": item.urgency,
                "score": item.score.total,
                "why": " ".join(f"{name}={count}" for name, count in item.score.points if count),
                "newest": item.newest,
            }
            for item in items
        ]
        if not as_json:
            at = meeting.astimezone(deployment.pack.time_zone)
            click.echo(f"{chosen.name}, {at:%Y-%m-%d %H:%M}")
    show(rows, as_json, "nothing on the agenda")
