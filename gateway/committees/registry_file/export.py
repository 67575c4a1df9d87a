"""The present registry in the columns of the file that is imported. Importing it again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.committees.meetings import JOURS, WEEKDAYS, read_rule
from gateway.committees.registry_file.columns import COMMITTEE, INSTALLED_ON, NAME, SECRETARIES, TITLES, file_titles
from gateway.committees.registry_file.numbers import masked
from gateway.committees.registry_file.planning import numbers_of_secretaries
from gateway.translations.texts import SOURCE, page_language
from storage.committees.registry import SETTINGS, shown_setting
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
        cells |= {name: _written(pack, name, getattr(committee, name)) for name in SETTINGS}
        yield tuple(cells[name] for name in TITLES)


def _written(pack: Pack, name: str, value: Any) -> str:
    """A setting as a file has it, in the language of its titles; empty if the pack's value applies."""
    if value is None:
        return ""
    is_french = page_language() == SOURCE
    if name == "digest_weekday":
        return JOURS[WEEKDAYS.index(value)] if is_french else str(value)
    if name == "meets":
        rule = read_rule(value)
        return rule.in_french() if is_french else rule.in_english()
    if isinstance(value, bool):
        return "oui" if value else "non"
    return shown_setting(pack, name, value) or ""
