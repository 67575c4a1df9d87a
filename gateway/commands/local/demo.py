"""`gateway demo`."""

from __future__ import annotations

import click

from gateway.commands.common import opened
from gateway.commands.start import Refused
from gateway.local.demo import DemoRefused, fill


@click.command("demo")
def command() -> None:
    """Fill an empty database with a believable half-year of six communes; refuses in production."""
    with opened() as deployment:
        try:
            filled = fill(deployment)
        except DemoRefused as error:
            raise Refused(str(error)) from None
    click.echo(filled)
