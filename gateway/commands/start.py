"""What every command starts with: the settings, and the refusal with one line."""

from __future__ import annotations

from typing import Any

import click

from config.clean_text import clean_line
from config.settings import Settings, SettingsError, load_settings
from gateway.runtime.logs import configure_logs


class Refused(click.ClickException):
    """Ends a command with exit 1 and one line on standard error."""

    def show(self, _: Any = None) -> None:
        """Prints the line."""
        click.echo(self.format_message(), err=True)


class Entered(click.ParamType[str]):
    """A word or line that a person typed or pasted, cleaned as in the forms of the web queue."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        """The cleaned text."""
        return clean_line(str(value))


ENTERED = Entered()


def settings() -> Settings:
    """The settings; also configures the logs. Raises `Refused`, with the line that is wrong."""
    try:
        loaded = load_settings()
    except SettingsError as error:
        raise Refused(str(error)) from None
    configure_logs(loaded.log_format)
    return loaded
