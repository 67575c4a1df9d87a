"""The `gateway` command. `--json` gives JSON Lines; exit 0 done, 1 refused with one line, 2 wrong usage."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    # The module of each, and what it is called there unless it is `command`.
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
    "duty": "gateway.commands.duty",
    "digest": "gateway.commands.digest",
    "audit": "gateway.commands.audit",
    "erase": "gateway.commands.personal:erase",
    "export": "gateway.commands.personal:export",
    "purge": "gateway.commands.personal:purge",
    "backup": "gateway.commands.backups:backup",
    "restore": "gateway.commands.backups:restore",
    "rotate-keys": "gateway.commands.backups:rotate_keys",
}


class Commands(click.Group):
    """Imports a command when it is called: `gateway up` stays small for as long as it watches."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own form
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name or "command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """A file or folder that cannot be used, such as a read-only DATA_DIR, is one line and no traceback."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if not error.filename:
                raise
            click.echo(f"{error.filename} cannot be used ({error.strerror})", err=True)
            ctx.exit(1)


@click.group(cls=Commands)
def main() -> None:
    """Citizens' security concerns, from a dialled code to a committee's agenda."""
