"""`gateway backup`, `gateway restore`, `gateway rotate-keys`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.pack import PackError
from gateway.commands.common import json_option, opened, operator, show
from gateway.commands.start import Refused, settings
from gateway.deployment import Deployment
from gateway.keys import rotate_keys as rotate
from storage.audit import write_line
from storage.backups import BackupError, back_up
from storage.backups import restore as bring_back
from storage.models import Concern
from storage.vault import VaultError


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the whole database into FILE while everything runs; sealed with SECRET_KEYS, which are not in it."""
    with opened() as deployment:
        try:
            size = back_up(deployment.database, deployment.vault, file.resolve())
        except BackupError as error:
            raise Refused(str(error)) from None
        with deployment.database.write() as open_:
            write_line(open_, deployment.now(), operator(), "backup")
    click.echo(f"{file}: {size} bytes, sealed; without SECRET_KEYS nobody can open it")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Also where the database holds concerns: they go.")
def restore(file: Path, replace: bool) -> None:
    """Bring a backup back into the database of DATABASE_URL, and migrate it forward to this release."""
    try:
        deployment = Deployment.open(settings())
    except PackError as error:
        raise Refused(str(error)) from None
    try:
        if _holds_concerns(deployment) and not replace:
            raise Refused("the database holds concerns: with --replace they go, and the backup's come")
        bring_back(deployment.database, deployment.vault, file)
        deployment.database.close()
        deployment.database.migrate()
        with deployment.database.write() as open_:
            count = open_.scalar(select(func.count()).select_from(Concern))
            write_line(open_, deployment.now(), operator(), "restored")
    except (BackupError, VaultError) as error:
        raise Refused(str(error)) from None
    finally:
        deployment.close()
    click.echo(f"{count} concerns are back")


def _holds_concerns(deployment: Deployment) -> bool:
    try:
        with deployment.database.read() as open_:
            return bool(open_.scalar(select(func.count()).select_from(Concern)))
    except SQLAlchemyError:
        return False  # not there yet, or not migrated


@click.command("rotate-keys")
@json_option
def rotate_keys(as_json: bool) -> None:
    """Seal everything anew with the newest of SECRET_KEYS, while everything runs.

    Put the new secret in front of the old one, restart, then call this. Keyed hashes of what is not kept (numbers of
    those who may not be answered, ids of what came in) cannot be made anew: keep the old secret until they are purged.
    """
    with opened() as deployment:
        rows = [
            {"column": one.column, "sealed_anew": one.sealed, "unreadable": one.unreadable}
            for one in rotate(deployment)
        ]
        with deployment.database.write() as open_:
            write_line(open_, deployment.now(), operator(), "keys_rotated")
    show(rows, as_json, "nothing is sealed")
    if any(row["unreadable"] for row in rows):
        raise Refused("some seals open with none of SECRET_KEYS: add the secret that they were made with")
