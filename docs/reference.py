"""Writes docs/reference.md from the commands' own help and the settings' own descriptions."""

from __future__ import annotations

import click

from config.settings import Settings
from gateway.cli import COMMANDS, main

WIDTH = 100
HEAD = """\
# Reference

Written by `make docs` from the code: change the help there, not here.

## Settings

Environment variables, or lines of a `.env` file. An unknown or wrong one stops the start with one line.

| setting | default | what it is |
|---|---|---|
"""


def write() -> str:
    return HEAD + "\n".join(_setting(name) for name in Settings.model_fields) + "\n\n## Commands\n" + _commands()


def _setting(name: str) -> str:
    field = Settings.model_fields[name]
    default = str(getattr(field.default, "value", field.default) or "")
    if name == "pack":
        default = "config/mali"
    shown = f"`{default}`" if default and default != "()" else "unset"
    return f"| `{name.upper()}` | {shown} | {field.description} |"


def _commands() -> str:
    context = click.Context(main, info_name="gateway", terminal_width=WIDTH)
    sections = []
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command
        inside = click.Context(command, info_name=name, parent=context, terminal_width=WIDTH)
        named = list(command.commands.items()) if isinstance(command, click.Group) else []
        for sub, subcommand in named or [("", command)]:
            at = click.Context(subcommand, info_name=sub, parent=inside, terminal_width=WIDTH) if sub else inside
            sections.append(
                f"\n### `gateway {name}{' ' + sub if sub else ''}`\n\n```\n{subcommand.get_help(at)}\n```\n"
            )
    return "".join(sections)


if __name__ == "__main__":
    print(write(), end="")
