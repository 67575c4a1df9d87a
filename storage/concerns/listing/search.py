"""The search for words in the concerns of a list."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session as Transaction

from flows.triage.spelling import plain
from storage.concerns.access import Access
from storage.concerns.concerns import TEXT
from storage.concerns.listing.filters import ORDER, Filter, parts
from storage.safety.vault import Vault
from storage.tables.concerns import Concern

SEARCHED = 5000
"""A search decrypts the text of this many concerns at most, from the top of the list."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The ids of concerns with all the words, in the list's order; `is_whole` is false if some were not searched."""

    ids: list[int]
    is_whole: bool


def search(transaction: Transaction, vault: Vault, access: Access, narrowed: Filter, typed: str) -> Searched:
    """Searches the texts, places and references of a list for words, ignoring accents and case.

    There is no index of the plain texts: the sealed texts are decrypted here, `SEARCHED` at most.
    """
    words = plain(typed).split()
    found: list[int] = []
    left = SEARCHED
    for part in parts(access, narrowed):
        columns = part.with_only_columns(
            Concern.id, Concern.text_sealed, Concern.place, Concern.reference, maintain_column_froms=True
        )
        rows = transaction.execute(columns.order_by(*ORDER).limit(left + 1)).all()
        for id, sealed, place, reference in rows[:left]:
            looked_at = plain(f"{vault.readable(TEXT, sealed)} {place or ''} {reference}")
            if all(word in looked_at for word in words):
                found.append(id)
        if len(rows) > left:
            return Searched(found, False)
        left -= len(rows)
    return Searched(found, True)
