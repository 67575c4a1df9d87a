"""`gateway train`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from config.examples import Example, load_examples
from config.pack import PackError
from config.pack.loader import MODEL
from config.settings import Settings
from gateway.commands.common import operator, read_pack_or_refuse
from gateway.commands.start import Refused, settings
from gateway.commands.triage.scores import print_scores
from gateway.runtime.deployment import utc_now
from gateway.runtime.model_store import Trained, bring_back, take_into_use, train_model
from storage.concerns.corrections import kept_examples
from storage.database import Database
from storage.safety.audit import write_line
from storage.safety.vault import Vault, VaultError


@click.command("train")
@click.option("--into-pack", is_flag=True, help="Write the model into the pack's folder; corrections take no part.")
@click.option("--back", is_flag=True, help="Train nothing: bring the model before this one back into use.")
def command(into_pack: bool, back: bool) -> None:
    """Train the triage model from the pack's examples and the kept corrections.

    It is taken into use when it is not worse than the one in use at reading writers whom it has not seen: emergencies
    (found, and rightly cried) and categories lose nothing, urgency at most 0.005, kind and macro F1 at most 0.01.
    """
    here = settings()
    if back:
        try:
            click.echo(f"in use: {bring_back(here)}")
        except LookupError as error:
            raise Refused(str(error)) from None
        return
    pack = read_pack_or_refuse(here.pack)
    kept = [] if into_pack else _corrections(here)
    try:
        examples = load_examples(pack, here.pack)
        trained = train_model(pack, None if into_pack else here, examples, kept)
    except (PackError, ValueError) as error:
        raise Refused(str(error)) from None
    _tell(trained)
    if into_pack:
        click.echo(f"written: {_into_pack(here.pack, trained)}")
        return
    if trained.losses:
        raise Refused(f"it is worse than the model in use, which stays: {'; '.join(map(str, trained.losses))}")
    click.echo(f"in use: {take_into_use(here, trained.version, trained.data)}")


def _corrections(here: Settings) -> list[Example]:
    """The kept corrections; none if the database cannot be read. Raises `Refused` if their key is missing."""
    database = Database(here.database_address)
    try:
        if not database.is_migrated():
            return []
        with database.read() as transaction:
            kept = list(kept_examples(transaction, Vault(here.secret_keys)))
        with database.write() as transaction:
            write_line(transaction, utc_now(), operator(), "corrections_read", texts=len(kept))
        return kept
    except SQLAlchemyError as error:
        click.echo(f"without corrections: the database cannot be read ({type(error).__name__})", err=True)
        return []
    except VaultError as error:
        raise Refused(str(error)) from None
    finally:
        database.close()


def _tell(trained: Trained) -> None:
    click.echo(f"model {trained.version}, {len(trained.data) // 1000} kB")
    for name in ("examples", "writers", "corrections", "set_aside"):
        click.echo(f"{name.replace('_', ' '):<30} {trained.report[name]}")
    click.echo("\nby writers whom the model has not seen (three folds)\n")
    print_scores(trained.scores, trained.before)


def _into_pack(folder: Path, trained: Trained) -> Path:
    path = folder / MODEL
    path.write_bytes(trained.data)
    return path
