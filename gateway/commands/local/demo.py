"""`gateway demo`."""

from __future__ import annotations

import logging

import click

from gateway.commands.common import opened
from gateway.commands.start import Refused
from gateway.local.demo import DemoRefused, fill


@click.command("demo")
def command() -> None:
    """Fill an empty database with a believable half-year of six communes; refuses in production."""
    # Each report would be a line of the log, as in the live gateway.
    logging.getLogger("gateway").setLevel(logging.WARNING)
    with opened() as deployment:
        try:
            filled = fill(deployment)
        except DemoRefused as error:
            raise Refused(str(error)) from None
    click.echo(filled)
