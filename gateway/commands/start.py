"""What every command starts with: settings, and a refusal of one line."""

from __future__ import annotations

from typing import Any

import click

from config.settings import Settings, SettingsError, load_settings
from gateway.logs import configure_logs


class Refused(click.ClickException):
    """Exit 1 with one line on standard error."""

    def show(self, _: Any = None) -> None:
        click.echo(self.format_message(), err=True)


def settings() -> Settings:
    try:
        found = load_settings()
    except SettingsError as error:
        raise Refused(str(error)) from None
    configure_logs(found.log_format)
    return found
