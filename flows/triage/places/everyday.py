"""Everyday words that sound like the name of a place. In a sentence they name it only beside a word such as `à`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from config.examples import Example
from flows.triage.places.neighbours import Name
from flows.triage.places.reader import PlaceReader
from flows.triage.spelling import Written, sound_of


class EverydayWords:
    """How labelled messages use each word and each sound: as the name of a place, or not."""

    def __init__(self, names_only: PlaceReader, examples: Sequence[Example]) -> None:
        """`names_only` is a reader that knows no everyday words."""
        self._uses = [_uses(example, names_only) for example in examples]

    def words(self, left_out: Collection[int] = ()) -> tuple[str, ...]:
        """The words that fewer messages use as a name than not, and such sounds, each with `=` in front.

        `left_out` are the positions of examples that do not count.
        """
        otherwise, as_name = self._counted(left_out)
        return tuple(sorted(word for word, count in otherwise.items() if count > as_name[word]))

    def names(self) -> set[str]:
        """The words that at least as many messages use as a name as not."""
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
    """The words that a message does not use as a name, and those that it does although no word beside them says so.

    A name stands in the place of the label. The name of another place may be meant too, when it is written so: the
    label tells one place, a message may name several.
    """
    written = Written.of(example.text)
    otherwise: set[str] = set()
    as_name: set[str] = set()
    names = {at: name for name in names_only.names(written) for at in range(name.start, name.end)}
    for at, token in enumerate(written.words):
        name = names.get(at)
        both_forms = (token, f"={sound_of(token)}")
        if example.commune and (example.commune in names_only.communes_like(token) or _is_right(name, example.commune)):
            as_name.update(() if names_only.is_meant(written, at, at + 1) else both_forms)
        elif token.isalpha() and not (name and names_only.may_be_named(written, name)):
            otherwise.update(both_forms)
    return otherwise, as_name


def _is_right(name: Name | None, commune: str) -> bool:
    return name is not None and any(spot.commune == commune for spot in name.spots)
