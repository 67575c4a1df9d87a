"""`gateway places`: names of places in addition to those of the pack."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

import click

from config.pack import PackError
from config.pack.areas import VILLAGE_COLUMNS, VILLAGES, villages_of
from config.pack.files import Row, Where
from config.spreadsheets import SpreadsheetError, read_spreadsheet
from gateway.commands.common import read_pack_or_refuse
from gateway.commands.start import Refused, settings
from gateway.committees.refusal_texts import ENGLISH


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
        rows = _read(file)
        villages = list(villages_of(rows, pack.areas, pack.levels[0].of))
    except OSError as error:
        raise Refused(f"nothing imported: {file} cannot be read ({error.strerror})") from None
    except SpreadsheetError as error:
        fault = ENGLISH[error.fault].format(about=error.about)
        raise Refused(f"nothing imported: {file.name}:{error.line}: {fault}") from None
    except PackError as error:
        raise Refused(f"nothing imported: {error}") from None
    summary = f"{len(villages)} villages in {len({village.commune for village in villages})} communes"
    if dry_run:
        click.echo(f"{summary}: the file is in order, nothing imported")
        return
    path = here.pack / VILLAGES
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        _write(draft, rows)
        draft.replace(path)
    except OSError as error:
        raise Refused(f"nothing imported: {path} cannot be written ({error.strerror}); set PACK to a copy") from None
    click.echo(f"{summary} imported; restart the web and the worker process")


def _read(file: Path) -> list[Row]:
    """The rows of the file, in any form in which a spreadsheet saves it. Raises `PackError` and `SpreadsheetError`."""
    sheet = read_spreadsheet(file.read_bytes())
    if set(sheet.titles) != set(VILLAGE_COLUMNS):
        raise PackError(Where(file.name, sheet.head), f"the first line must be {','.join(VILLAGE_COLUMNS)}")
    return [Row(Where(file.name, line.number), dict(line.cells), {}) for line in sheet.lines]


def _write(path: Path, rows: Iterable[Row]) -> None:
    """Writes the rows in the pack's own form."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, VILLAGE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.values for row in rows)
