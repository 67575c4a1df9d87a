"""Titles of agenda items: those that people wrote, and the subjects that an item's messages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.language import Language
from config.pack import Pack
from flows.committees.agenda import RankedItem
from flows.committees.subjects import shared_subjects
from flows.committees.titles import generated_title
from storage.safety.vault import Vault
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern

TITLE, SUMMARY = "agenda_items.title", "agenda_items.summary"


def subjects_by_item(transaction: Transaction, which: Iterable[Any]) -> dict[int, tuple[str, ...]]:
    """The subjects that at least three people name, by item id, of the concerns that the conditions `which` select."""
    rows = transaction.execute(
        select(Concern.item_id, Concern.contact_id, Concern.subjects)
        .join(AgendaItem, AgendaItem.id == Concern.item_id)
        .where(*which, Concern.subjects != "", Concern.item_id.is_not(None))
        .distinct()
    )
    messages: dict[int, list[tuple[int | None, str]]] = {}
    for item, person, codes in rows:
        messages.setdefault(item or 0, []).append((person, codes))
    return {item: shared_subjects(pairs) for item, pairs in messages.items()}


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of items in one language."""

    vault: Vault
    pack: Pack
    language: Language

    def of(self, item: RankedItem | AgendaItem, subjects: Sequence[str] = (), with_commune: bool = True) -> str:
        """The title that a person wrote, or the one made from the pack's words."""
        if written := self.vault.readable(TITLE, item.title_sealed):
            return written
        known = item.subjects if isinstance(item, RankedItem) else tuple(subjects)
        return generated_title(self.pack, self.language, item, known, with_commune)

    def of_all(self, transaction: Transaction, items: Sequence[AgendaItem]) -> dict[int, str]:
        """The titles by item id, with one query for all items."""
        shared = subjects_by_item(transaction, [Concern.item_id.in_([item.id for item in items])]) if items else {}
        return {item.id: self.of(item, shared.get(item.id, ())) for item in items}


def with_titles(vault: Vault, items: Iterable[RankedItem]) -> list[RankedItem]:
    """The same items with the titles that people wrote decrypted, for texts that are made without the vault."""
    return [replace(item, title=vault.readable(TITLE, item.title_sealed)) for item in items]
