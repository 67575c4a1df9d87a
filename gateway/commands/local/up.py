"""`gateway up`."""

from __future__ import annotations

import click

from gateway.commands.start import Refused, settings
from gateway.local.embedded_redis import NoRedisServer
from gateway.local.supervisor import Supervisor, UpError


@click.command("up")
def command() -> None:
    """Run everything on this machine: database, Redis, web, worker, timetable."""
    here = settings()
    try:
        Supervisor(here).run()
    except (NoRedisServer, UpError) as error:
        raise Refused(str(error)) from None
