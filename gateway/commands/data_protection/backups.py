"""`gateway backup`, `gateway restore`, `gateway rotate-keys`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.pack import PackError
from gateway.commands.common import json_option, opened, operator, show
from gateway.commands.start import Refused, settings
from gateway.data_protection.erasure_journal import journal
from gateway.data_protection.key_rotation import rotate_keys as rotate
from gateway.data_protection.restore import bring_back
from gateway.runtime.deployment import Deployment
from storage.data_protection.backups import BackupError, back_up
from storage.safety.audit import write_line
from storage.safety.vault import VaultError
from storage.tables.concerns import Concern


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the whole database into FILE while everything runs; sealed with SECRET_KEYS, which are not in it."""
    with opened() as deployment:
        try:
            size = back_up(deployment.database, deployment.vault, file.resolve(), deployment.now())
        except BackupError as error:
            raise Refused(str(error)) from None
        with deployment.database.write() as transaction:
            write_line(transaction, deployment.now(), operator(), "backup")
    click.echo(f"{file}: {size} bytes, sealed; without SECRET_KEYS nobody can open it")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Also if the database holds concerns: they are replaced.")
@click.option("--journal", "other", type=click.Path(path_type=Path, dir_okay=False),
              help="A worker host's journal; by default the one in DATA_DIR.")  # fmt: skip
@click.option("--without-journal", is_flag=True, help="Also if nothing is known of what was erased and sent since.")
def restore(file: Path, replace: bool, other: Path | None, without_journal: bool) -> None:
    """Restore a backup into the database of DATABASE_URL, and migrate it to this release.

    Who was erased since stays erased, and what was sent since is not sent again. That is read in the database that is
    replaced, or in the journal that each worker host keeps in DATA_DIR. If neither can be read, the command refuses;
    with --without-journal every queued SMS is held for a person (`gateway messages list --state held`).
    """
    try:
        deployment = Deployment.open(settings())
    except PackError as error:
        raise Refused(str(error)) from None
    try:
        if _holds_concerns(deployment) and not replace:
            raise Refused("the database holds concerns: with --replace they go, and the backup's come")
        done = bring_back(deployment, file, other, without_journal, operator())
    except (BackupError, VaultError) as error:
        raise Refused(str(error)) from None
    finally:
        deployment.close()
    click.echo(f"{done.concerns} concerns are back")
    applied = f"{done.erased} erased again, {done.settled} SMS not sent again, {done.held} held for a person"
    click.echo(f"what happened since, from {done.source}: {applied}", err=True)


def _holds_concerns(deployment: Deployment) -> bool:
    try:
        with deployment.database.read() as transaction:
            return bool(transaction.scalar(select(func.count()).select_from(Concern)))
    except SQLAlchemyError:
        return False  # not there yet, or not migrated


@click.command("rotate-keys")
@json_option
def rotate_keys(as_json: bool) -> None:
    """Seal everything again with the newest of SECRET_KEYS, while everything runs.

    Put the new secret in front of the old one, restart, then call this. Values that are kept as a keyed hash alone
    (numbers that may not be answered, ids of what came in) cannot be hashed again: keep the old secret until they are
    purged.
    """
    with opened() as deployment:
        rows = [
            {"column": rotated.column, "sealed_anew": rotated.sealed, "unreadable": rotated.unreadable}
            for rotated in rotate(deployment)
        ]
        try:
            journal(deployment).write_anew(deployment.now())
        except OSError as error:
            raise Refused(f"the journal in DATA_DIR cannot be written anew ({error.strerror})") from None
        with deployment.database.write() as transaction:
            write_line(transaction, deployment.now(), operator(), "keys_rotated")
    show(rows, as_json, "nothing is sealed")
    if any(row["unreadable"] for row in rows):
        raise Refused("some seals open with none of SECRET_KEYS: add the secret that they were made with")
