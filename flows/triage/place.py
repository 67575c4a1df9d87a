"""Reads where something happens from what people write. No place is None, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from config.pack import Pack
from flows.triage.gazetteer import LONGER, Gazetteer, Spot
from flows.triage.spelling import key_of, words, written

LONGEST_NAME = 4
"""Words of the longest name that is looked for as a whole."""
SHORTEST_UNMARKED = 4
"""Letters of a key under which a name counts only beside a word that marks a place (`a Gao`, `Da la`)."""
HERE, NAMED, FROM = 3, 2, 1
"""How the words around a name mark it: as where it happens, not at all, as where somebody or something comes from."""
LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The spots that a text names, several when it cannot be told which; `certain` is false for a misspelling.

    `at` are the positions of the words that name any place, so that what is said can be read without them.
    """

    spots: tuple[Spot, ...]
    words: str
    certain: bool
    at: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Name:
    """One name in a text: its spots, or for a wider area, which holds many, its code."""

    start: int
    end: int
    mark: int
    spots: tuple[Spot, ...]
    wider: tuple[str, ...] = ()
    certain: bool = True
    everyday: bool = False
    """Whether people use these words for other things too."""


class PlaceReader:
    """Finds places in messages. `everyday` are words that people use for other things than places."""

    def __init__(self, pack: Pack, gazetteer: Gazetteer, everyday: Container[str]) -> None:
        self.pack = pack
        self._names = gazetteer
        self._everyday = everyday
        lexicon = pack.lexicon
        self._common = frozenset(lexicon.everyday_words())
        self._before, self._of, self._after = lexicon.place_before, lexicon.place_of, lexicon.place_after
        self._marks = self._before | self._of
        self._wider_before = lexicon.wider_before
        self._from = {tuple(words(phrase)) for phrase in lexicon.comes_from}
        self._elsewhere = {key_of(words(name)) for name in lexicon.elsewhere}

    def read(self, text: str, usual: str | None = None) -> Found | None:
        """`usual`, a commune's code, settles between places of one name; it is never the answer by itself."""
        tokens = words(text)
        return self.read_words(tokens, [word[0].isupper() for word in written(text, tokens)], usual)

    def read_words(self, tokens: Sequence[str], written_large: Sequence[bool], usual: str | None) -> Found | None:
        numbered = self._names.commune_numbered(tokens, written_large)
        names = self._found_by(tokens, lambda at: self._name_at(tokens, at, written_large))
        if not any(name.spots for name in names):
            taken = {at for name in names for at in range(name.start, name.end)}
            names += self._found_by(tokens, lambda at: self._misspelt_at(tokens, at, taken))
        if any(name.spots and not name.everyday for name in names):
            names = [name for name in names if not name.everyday]
        at = {position for name in names for position in range(name.start, name.end)}
        if numbered:
            at |= {numbered[1], numbered[1] + 1} & set(range(len(tokens)))
            names = [name for name in names if any(spot.commune == numbered[0].commune for spot in name.spots)]
            if not names:
                return Found((numbered[0],), "", True, frozenset(at))
        names = _without_namesakes(names)
        best = max((name.mark for name in names), default=0)
        chosen = [name for name in names if name.mark == best]
        if not chosen or not any(name.spots for name in chosen):
            return Found((), "", True, frozenset(at)) if at else None
        spots = _most_specific([spot for name in chosen for spot in name.spots])
        areas = {code for name in names for code in name.wider}
        spots = self._narrowed(spots, areas, numbered[0].commune if numbered else usual)
        said = " ".join(" ".join(tokens[name.start : name.end]) for name in chosen)
        return Found(tuple(spots), said, all(name.certain for name in chosen), frozenset(at))

    def _found_by(self, tokens: Sequence[str], name_at: Callable[[int], _Name | None]) -> list[_Name]:
        """The names that `name_at` finds, from left to right and none inside another."""
        names: list[_Name] = []
        at = 0
        while at < len(tokens):
            name = name_at(at)
            if name:
                names.append(name)
            at = name.end if name else at + 1
        return names

    def _name_at(self, tokens: Sequence[str], at: int, written_large: Sequence[bool]) -> _Name | None:
        """The longest name that begins here."""
        if tokens[at] == "?":
            return None
        for width in range(min(LONGEST_NAME, len(tokens) - at), 0, -1):
            window = tokens[at : at + width]
            sounds = key_of(window)
            if sounds[:3] not in self._names.beginnings and sounds not in self._names.wider:
                continue
            spots = tuple(self._names.exactly(sounds))
            wider = tuple(self._names.wider.get(sounds, ()))
            if not spots and not wider:
                continue
            if width > 1 and tokens[at] in self._marks and self._names.exactly(key_of(window[1:])):
                continue  # `a Lafia` is at Lafia, not the Alafia that it sounds like
            if longer := self._slightly_longer(tokens, at, width):
                return longer
            if sounds in self._elsewhere or not self._may_name(tokens, at, at + width, sounds, written_large):
                continue
            everyday = all(self._is_everyday(token) for token in window)
            if wider and (not spots or (at and tokens[at - 1] in self._wider_before) or self._said_wider(tokens, at)):
                spots = ()
            return _Name(at, at + width, self._mark(tokens, at, at + width), spots, wider, everyday=everyday)
        return None

    def _slightly_longer(self, tokens: Sequence[str], at: int, width: int) -> _Name | None:
        """`Sirakoro dunfin` is a misspelt Sirakoro Dounfing and not the Sirakoro of Kita."""
        end = at + width + 1
        if end > len(tokens) or self._is_everyday(tokens[end - 1]) or tokens[end - 1] == "?":
            return None
        sounds = key_of(tokens[at:end])
        near = self._names.nearest(sounds) if len(sounds) >= LONGER else []
        if not near or near[0][1] == 0 or self._names.is_village(near[0][0]):
            return None
        spots = tuple(self._names.exactly(near[0][0]))
        return _Name(at, end, self._mark(tokens, at, end), spots, certain=False)

    def _said_wider(self, tokens: Sequence[str], at: int) -> bool:
        """`cercle de Bourem`: which of two places of one name, and no place itself."""
        return at > 1 and tokens[at - 1] in self._of and tokens[at - 2] in self._wider_before

    def _may_name(self, tokens: Sequence[str], start: int, end: int, sounds: str, large: Sequence[bool]) -> bool:
        """Whether these words are a name here: an everyday or very short one needs something that says so."""
        window = tokens[start:end]
        everyday = all(self._is_everyday(token) for token in window)
        marked = start > 0 and tokens[start - 1] in self._marks
        followed = end < len(tokens) and tokens[end] in self._after
        said_large = start > 0 and large[start] and not all(large)
        if self._names.is_village(sounds):
            return (marked or followed) and not everyday and len(sounds) >= SHORTEST_UNMARKED
        if everyday:
            return (marked and (said_large or end == len(tokens) or len(sounds) > SHORTEST_UNMARKED)) or said_large
        if len(sounds) < SHORTEST_UNMARKED:
            return marked or followed or said_large
        return True

    def _is_everyday(self, token: str) -> bool:
        return token in self._common or token in self._everyday

    def _misspelt_at(self, tokens: Sequence[str], at: int, taken: set[int]) -> _Name | None:
        for width in range(min(LONGEST_NAME - 1, len(tokens) - at), 0, -1):
            window = tokens[at : at + width]
            if any(position in taken for position in range(at, at + width)):
                continue
            if any(self._is_everyday(token) or token.isdecimal() or token == "?" for token in (window[0], window[-1])):
                continue
            sounds = key_of(window)
            if sounds in self._elsewhere:
                return None
            if near := self._names.nearest(sounds):
                name, distance = near[0]
                mark = self._mark(tokens, at, at + width)
                if self._names.is_village(name) or (distance > 1 and mark < HERE and len(sounds) < 11):
                    continue
                return _Name(at, at + width, mark, tuple(self._names.exactly(name)), certain=False)
        return None

    def _mark(self, tokens: Sequence[str], start: int, end: int) -> int:
        for width in range(LONGEST_PHRASE, 0, -1):
            if start >= width and tuple(tokens[start - width : start]) in self._from:
                return FROM
        if start and tokens[start - 1] in self._before:
            return HERE
        if start > 1 and tokens[start - 1] in self._of and tokens[start - 2] in self._before:
            return HERE
        return HERE if end < len(tokens) and tokens[end] in self._after else NAMED

    def _narrowed(self, spots: list[Spot], wider: set[str], usual: str | None) -> list[Spot]:
        """Of places with one name, the one in the area named beside it, else the citizen's own."""
        if len({spot.commune for spot in spots}) < 2:
            return spots
        inside = [s for s in spots if wider & {area.code for area in self.pack.ancestors(s.commune)}]
        if len({spot.commune for spot in inside}) == 1:
            return inside
        own = [spot for spot in spots if spot.commune == usual]
        return own if own else spots


def _without_namesakes(names: Sequence[_Name]) -> list[_Name]:
    """`Lafiabougou Kayes` is the Lafiabougou of Kayes: a town right behind a quartier elsewhere is where it lies."""
    kept = list(names)
    for first, second in pairwise(names):
        quartiers = {spot.commune for spot in first.spots if spot.place}
        towns = tuple(spot for spot in second.spots if not spot.place)
        if second.start - first.end <= 1 and quartiers and towns and not quartiers & {t.commune for t in towns}:
            kept[kept.index(first)] = replace(second, start=first.start, mark=max(first.mark, second.mark), spots=towns)
            kept.remove(second)
    return kept


def _most_specific(spots: list[Spot]) -> list[Spot]:
    """A quartier beats its own commune; the same spot twice is one."""
    unique = list(dict.fromkeys(spots))
    with_place = {spot.commune for spot in unique if spot.place}
    return [spot for spot in unique if spot.place or spot.commune not in with_place]
