"""`gateway audit`: the chain of who saw and did what."""

from __future__ import annotations

import click

from gateway.commands.common import opened
from gateway.commands.start import Refused
from storage.safety.audit import verify_chain


@click.group("audit")
def command() -> None:
    """Who saw and did what."""


@command.command("verify")
@click.option("--head", help="A head from the nightly log: it must stand in the chain.")
def verify(head: str | None) -> None:
    """Verify the chain of the audit: names the first line that was changed, removed or inserted."""
    with opened() as deployment, deployment.database.read() as transaction:
        verified = verify_chain(transaction, head)
    if verified.broken:
        raise Refused(f"line {verified.broken} does not follow from the one before: it or one before it was changed")
    if head and not verified.head_seen:
        raise Refused("the head given is nowhere in the chain: it was written anew since, or cut")
    click.echo(f"{verified.lines} lines, whole; head {verified.head}")
