"""The present registry in the columns of the file that is imported. Importing it again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from gateway.committees.registry_file.columns import COMMITTEE, INSTALLED_ON, NAME, SECRETARIES, TITLES, file_titles
from gateway.committees.registry_file.numbers import masked
from gateway.committees.registry_file.planning import numbers_of_secretaries, written
from storage.committees.registry import SETTINGS
from storage.safety.vault import Vault
from storage.tables.committees import Committee


def registry_rows(
    transaction: Transaction, pack: Pack, vault: Vault, sees: Callable[[str], bool]
) -> Iterator[Sequence[str]]:
    """The titles, then a row for each committee of the areas that the person sees, the highest level first.

    Of a secretary's number a row has only the last two digits.
    """
    yield file_titles()
    numbers = numbers_of_secretaries(transaction, vault)
    committees = transaction.scalars(select(Committee).order_by(Committee.code)).all()
    ranks = {level.id: rank for rank, level in enumerate(reversed(pack.levels))}
    for committee in sorted(committees, key=lambda committee: ranks.get(committee.level, 0)):
        if committee.area not in pack.areas or not sees(committee.area):
            continue
        cells = {
            COMMITTEE: committee.code,
            NAME: committee.name,
            INSTALLED_ON: f"{committee.installed_on:%d/%m/%Y}"
            if committee.installed and committee.installed_on
            else "",
            SECRETARIES: masked(numbers.get(committee.code, ())),
        }
        cells |= {name: written(pack, name, getattr(committee, name)) or "" for name in SETTINGS}
        yield tuple(cells[name] for name in TITLES)
