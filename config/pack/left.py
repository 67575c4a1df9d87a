"""What stored rows still name after it has left the pack: a table of the pack answers for such codes too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

Entry = TypeVar("Entry")


class _WithStandIns(dict[str, Entry]):
    """A dictionary that makes an entry for an unknown code when that is looked up, and does not keep it."""

    def __init__(self, entries: Mapping[str, Entry], stand_in: Callable[[str], Entry]) -> None:
        super().__init__(entries)
        self._stand_in = stand_in

    def __missing__(self, code: str) -> Entry:
        return self._stand_in(code)


def with_stand_ins(entries: Mapping[str, Entry], stand_in: Callable[[str], Entry]) -> Mapping[str, Entry]:
    """A read-only table of the pack in which `table[code]` of a code that left it gives `stand_in(code)`.

    Reports, items and accounts outlive the pack that they were made with: a new version may lack their category or
    commune, and nobody may become unheard for it. `in`, `get` and loops know only what the pack has.
    """
    return MappingProxyType(_WithStandIns(entries, stand_in))
