"""`gateway messages`: the outbox."""

from __future__ import annotations

from datetime import datetime

import click

from config.outside import LARGEST_ID
from gateway.commands.common import json_option, opened, operator, show
from gateway.runtime.deployment import Deployment
from storage.committees.quiet_hours import local_time
from storage.enumerations import MessageState
from storage.messages.listing import list_messages, send_again
from storage.safety.audit import write_line

MOST = 1000
"""Rows of a listing."""


@click.group("messages")
def command() -> None:
    """The outbox."""


@command.command("list")
@click.option("--state", type=click.Choice([state.value for state in MessageState]))
@json_option
def list_outbox(state: str | None, as_json: bool) -> None:
    """List outgoing SMS, the newest first, without numbers and without texts."""
    with opened() as deployment, deployment.database.read() as transaction:
        messages = list_messages(transaction, MessageState(state) if state else None, MOST)
        rows = [
            {
                "id": message.id,
                "what": message.key.split(":")[0],
                "created_at": message.created_at,
                "state": message.state,
                "reason": message.reason,
                "parts": message.parts,
                "price": message.price if as_json else message.cost.number,
                "currency": message.currency,
                "provider": message.provider,
                "tries": message.tries,
                "perhaps_twice": message.perhaps_twice,
            }
            for message in messages
        ]
    show(rows, as_json, "no message")


@command.command("again")
@click.argument("ids", type=click.IntRange(1, LARGEST_ID), nargs=-1, required=True)
def again(ids: tuple[int, ...]) -> None:
    """Send failed messages once more; `messages list --state failed` shows their ids."""
    with opened() as deployment:
        for id in ids:
            with deployment.database.write() as transaction:
                now = deployment.now()
                goes_at = send_again(transaction, deployment.pack, id, now)
                write_line(transaction, now, operator(), "message_again", message=id, done=goes_at is not None)
            click.echo(f"{id}: {_when(deployment, goes_at, now)}")
        deployment.wake_worker()


def _when(deployment: Deployment, goes_at: datetime | None, now: datetime) -> str:
    if goes_at is None:
        return "not queued: it went, was stopped, or its text is gone"
    if goes_at <= now:
        return "queued again"
    return f"queued again, sent after the quiet hours: {local_time(deployment.pack, None, goes_at):%Y-%m-%d %H:%M}"
