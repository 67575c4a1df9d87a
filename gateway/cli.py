"""The `gateway` command. `--json` gives JSON Lines; exit 0 done, 1 refused with one line, 2 wrong usage."""

from __future__ import annotations

import click

from gateway.commands import concerns, country, digests, people, running


@click.group()
def main() -> None:
    """Citizens' security concerns, from a dialled code to a committee's agenda."""


for command in (
    running.up, running.doctor, running.demo, country.pack, country.classify, concerns.concerns,
    concerns.agenda_command, concerns.messages, people.committees, people.people, digests.digest,
):  # fmt: skip
    main.add_command(command)
