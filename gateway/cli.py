"""The `gateway` command. `--json` gives JSON Lines; exit 0 done, 1 refused with one line, 2 wrong usage."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "up": "gateway.commands.up",
    "doctor": "gateway.commands.doctor",
    "demo": "gateway.commands.demo",
    "pack": "gateway.commands.pack",
    "flows": "gateway.commands.flows",
    "classify": "gateway.commands.classify",
    "train": "gateway.commands.train",
    "evaluate": "gateway.commands.evaluate",
    "places": "gateway.commands.places",
    "concerns": "gateway.commands.concerns",
    "agenda": "gateway.commands.agenda",
    "messages": "gateway.commands.messages",
    "committees": "gateway.commands.committees",
    "people": "gateway.commands.people",
    "digest": "gateway.commands.digest",
}


class Commands(click.Group):
    """Imports a command when it is called: `gateway up` stays small for as long as it watches."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own form
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=Commands)
def main() -> None:
    """Citizens' security concerns, from a dialled code to a committee's agenda."""
