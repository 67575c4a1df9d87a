"""Everyday words that sound like a name: in running text they are a place only beside a word that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from config.examples import Example
from flows.triage.neighbours import Name
from flows.triage.place import PlaceReader
from flows.triage.spelling import Written, sound_of


class EverydayWords:
    """For each word, and for each sound, how labelled messages use it: as a name, or otherwise."""

    def __init__(self, names_only: PlaceReader, examples: Sequence[Example]) -> None:
        """`names_only` takes no word for an everyday one."""
        self._uses = [_uses(example, names_only) for example in examples]

    def words(self, left_out: Collection[int] = ()) -> tuple[str, ...]:
        """The words that more messages use otherwise than as a name, and behind `=` the sounds of which that is true.

        Some examples may be left out.
        """
        otherwise, as_name = self._counted(left_out)
        return tuple(sorted(word for word, count in otherwise.items() if count > as_name[word]))

    def names(self) -> set[str]:
        """The words that are used as a name, and not more often otherwise."""
        otherwise, as_name = self._counted(())
        return {word for word, count in as_name.items() if count >= otherwise[word]}

    def _counted(self, left_out: Collection[int]) -> tuple[Counter[str], Counter[str]]:
        otherwise: Counter[str] = Counter()
        as_name: Counter[str] = Counter()
        for at, (other, name) in enumerate(self._uses):
            if at not in left_out:
                otherwise.update(other)
                as_name.update(name)
        return otherwise, as_name


def _uses(example: Example, names_only: PlaceReader) -> tuple[set[str], set[str]]:
    """The words that a message uses otherwise, and those that it uses as a name though nothing says so.

    A name stands in the place of the label. The name of another place may be meant too, when it is written so: the
    label tells one place, a message may tell several.
    """
    said = Written.of(example.text)
    otherwise: set[str] = set()
    as_name: set[str] = set()
    names = {at: name for name in names_only.names(said) for at in range(name.start, name.end)}
    for at, token in enumerate(said.words):
        name = names.get(at)
        said_so = (token, f"={sound_of(token)}")
        if example.commune and (example.commune in names_only.communes_like(token) or _is_right(name, example.commune)):
            as_name.update(() if names_only.is_meant(said, at, at + 1) else said_so)
        elif token.isalpha() and not (name and names_only.may_be_named(said, name)):
            otherwise.update(said_so)
    return otherwise, as_name


def _is_right(name: Name | None, commune: str) -> bool:
    return name is not None and any(spot.commune == commune for spot in name.spots)
