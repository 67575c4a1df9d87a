"""`gateway messages`: the outbox."""

from __future__ import annotations

import click

from config.outside import LARGEST_ID
from gateway.commands.common import json_option, opened, operator, show
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
                done = send_again(transaction, id, deployment.now())
                write_line(transaction, deployment.now(), operator(), "message_again", message=id, done=done)
            click.echo(f"{id}: {'queued again' if done else 'not queued: it went, was stopped, or its text is gone'}")
        deployment.wake_worker()
