"""`gateway tokens`: programs that use the JSON API."""

from __future__ import annotations

import click

from gateway.commands.committees.people import named_area, refusals
from gateway.commands.common import json_option, opened, operator, show
from gateway.commands.start import ENTERED
from storage.people.api_tokens import Scope, create_token, list_tokens, revoke_token
from storage.safety.audit import write_line


@click.group("tokens")
def command() -> None:
    """Programs that use the JSON API under `/api/v1/`."""


@command.command("create")
@click.argument("name", type=ENTERED)
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--area", type=ENTERED, help="Code or name of the area it sees; the whole country by default.")
def create_command(name: str, scopes: tuple[str, ...], area: str | None) -> None:
    """Make a token and print it, once: the database has its hash alone. It sees nothing sensitive."""
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        code, now = named_area(deployment, area), deployment.now()
        given = [Scope(scope) for scope in scopes]
        token = create_token(transaction, deployment.vault, name, given, code, now)
        write_line(transaction, now, operator(), "token_created", token=name.strip(), scopes=sorted(scopes), area=code)
    click.echo(f"token     {token}")


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Names, scopes and areas; the day of the last use."""
    with opened() as deployment, deployment.database.read() as transaction:
        rows = [
            {"name": token.name, "scopes": " ".join(token.scopes), "area": token.area, "used_on": token.used_on,
             "created_at": token.created_at, "revoked_at": token.revoked_at}
            for token in list_tokens(transaction)
        ]  # fmt: skip
    show(rows, as_json, "no token yet")


@command.command("revoke")
@click.argument("name", type=ENTERED)
def revoke_command(name: str) -> None:
    """End a token at once, its webhooks with it."""
    with opened() as deployment, refusals(), deployment.database.write() as transaction:
        token = revoke_token(transaction, name, deployment.now())
        write_line(transaction, deployment.now(), operator(), "token_revoked", token=token.name)
    click.echo(f"{token.name} opens nothing more")
