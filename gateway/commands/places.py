"""`gateway places`: names beside those of the pack."""

from __future__ import annotations

import os
from pathlib import Path

import click

from config.pack import PackError
from config.pack_loader import VILLAGES, read_villages
from gateway.commands.common import read_pack_or_refuse
from gateway.commands.start import Refused, settings


@click.group("places")
def command() -> None:
    """Names of places beside those of the pack."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file; import nothing.")
def import_places(file: Path, dry_run: bool) -> None:
    """Import villages (commune_code,name,lat,lon) into the pack's folder, in place of those imported before.

    A broken line imports nothing and is named. A village counts only beside a word that marks a place.
    """
    here = settings()
    pack = read_pack_or_refuse(here.pack)
    try:
        villages = list(read_villages(file, pack.areas, pack.levels[0].of))
    except PackError as error:
        raise Refused(f"nothing imported: {error}") from None
    told = f"{len(villages)} villages in {len({one.commune for one in villages})} communes"
    if dry_run:
        click.echo(f"{told}: the file is in order, nothing imported")
        return
    path = here.pack / VILLAGES
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(file.read_bytes())
        draft.replace(path)
    except OSError as error:
        raise Refused(f"nothing imported: {path} cannot be written ({error.strerror}); set PACK to a copy") from None
    click.echo(f"{told} imported; restart the web and the worker process")
