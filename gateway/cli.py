"""The `gateway` command. `--json` gives JSON Lines; exit 0 done, 1 refused with one line, 2 wrong usage."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    # The module of each command; after a colon its name there, if that is not `command`.
    "up": "gateway.commands.local.up",
    "doctor": "gateway.commands.local.doctor",
    "demo": "gateway.commands.local.demo",
    "pack": "gateway.commands.pack.check",
    "flows": "gateway.commands.pack.flows",
    "classify": "gateway.commands.triage.classify",
    "train": "gateway.commands.triage.train",
    "evaluate": "gateway.commands.triage.evaluate",
    "places": "gateway.commands.pack.places",
    "concerns": "gateway.commands.committees.concerns",
    "agenda": "gateway.commands.committees.agenda",
    "messages": "gateway.commands.outbound.messages",
    "committees": "gateway.commands.committees.committees",
    "people": "gateway.commands.committees.people",
    "tokens": "gateway.commands.committees.tokens",
    "duty": "gateway.commands.outbound.duty",
    "digest": "gateway.commands.outbound.digest",
    "audit": "gateway.commands.data_protection.audit",
    "erase": "gateway.commands.data_protection.subject_access:erase",
    "export": "gateway.commands.data_protection.subject_access:export",
    "purge": "gateway.commands.data_protection.subject_access:purge",
    "backup": "gateway.commands.data_protection.backups:backup",
    "restore": "gateway.commands.data_protection.backups:restore",
    "rotate-keys": "gateway.commands.data_protection.backups:rotate_keys",
}


class Commands(click.Group):
    """Imports a command only when it is called, so that `gateway up` needs little memory while it watches."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own form
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name or "command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command.

        A file or folder that cannot be used, such as a read-only DATA_DIR, is exit 1 with one line.
        """
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
