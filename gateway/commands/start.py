"""What every command starts with: settings, and a refusal of one line."""

from __future__ import annotations

from typing import Any

import click

from config.clean_text import clean_line
from config.settings import Settings, SettingsError, load_settings
from gateway.runtime.logs import configure_logs


class Refused(click.ClickException):
    """Exit 1 with one line on standard error."""

    def show(self, _: Any = None) -> None:
        click.echo(self.format_message(), err=True)


class Entered(click.ParamType[str]):
    """A word or line that a person typed or pasted: what no one means is taken away, as in the web queue's forms."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        return clean_line(str(value))


ENTERED = Entered()


def settings() -> Settings:
    """The settings, with logs configured; refused with the line that is wrong."""
    try:
        loaded = load_settings()
    except SettingsError as error:
        raise Refused(str(error)) from None
    configure_logs(loaded.log_format)
    return loaded
