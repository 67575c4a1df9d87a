"""All names of places by their sound, and the search for a name that somebody typed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from rapidfuzz import process
from rapidfuzz.distance import OSA

from config.pack import Pack
from flows.triage.spelling import joined, key, key_of, sound, words

SHORTEST_FUZZY = 5
"""Letters of a key; in a shorter one no misspelling is looked for: it could be anything."""
LONGER = 9
"""Letters of a key from which two mistakes are allowed; below it one."""
LONGEST_TYPED = 60
SHORTEST_SHORTENED, MOST_SHARED = 4, 4
"""Letters of the shortest key of a shortened name, and the most communes that may share a shortened name."""
_NUMERALS = {
    "1": 1, "i": 1, "folo": 1, "un": 1, "une": 1, "premiere": 1, "2": 2, "ii": 2, "filanan": 2, "deux": 2,
    "3": 3, "iii": 3, "sabanan": 3, "trois": 3, "4": 4, "iv": 4, "naaninan": 4, "nanina": 4, "quatre": 4,
    "5": 5, "v": 5, "duurunan": 5, "durunan": 5, "cinq": 5, "6": 6, "vi": 6, "wooronan": 6, "woronan": 6, "six": 6,
}  # fmt: skip
_COMMUNE_WORDS = frozenset({"commune", "communes", "komini", "comini", "com", "comm", "kom"})
_GLUED = re.compile(r"(?:c|com|comm|commune|komini)([1-6]|i{1,3}|iv|vi?)")
_SHORTENED = frozenset({"c", "com", "comm", "kom"})
"""Abbreviations: a full stop after them does not end a sentence."""
_AFTER_C = frozenset({"1", "2", "3", "4", "5", "6", "iv", "vi"})
_SAYS_SOMETHING_ELSE = frozenset({"ci", "cv"})
"""`ci` is Bambara for send, `cv` is short for how are you: only in capitals they name a commune."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A commune, and the quartier or landmark in it if one was named."""

    commune: str
    place: str | None
    label: str

    @property
    def id(self) -> str:
        """The id of the spot, `commune|place`."""
        return f"{self.commune}|{self.place or ''}"


class Gazetteer:
    """All names of a pack by their key. It is never changed, so that threads may share it.

    Names of the pack come before names of imported villages: there are dozens of Hamdallayes.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._communes_named = Counter(area.name for area in pack.communes)
        self._by_key: dict[str, list[Spot]] = defaultdict(list)
        self._villages: dict[str, list[Spot]] = defaultdict(list)
        self.wider: dict[str, list[str]] = defaultdict(list)
        """Areas above a commune, such as regions, by their key."""
        commune_kind = pack.levels[0].of
        for area in pack.areas.values():
            for name in (area.name, *area.variants):
                if area.kind == commune_kind:
                    self._add(self._by_key, name, Spot(area.code, None, self._label(area.code)))
                elif area.parent:
                    self.wider[key(name)].append(area.code)
        for place in pack.places:
            spot = Spot(place.commune, place.name, f"{pack.areas[place.commune].name}, {place.name}")
            for name in (place.name, *place.variants):
                self._add(self._by_key, name, spot)
        for village in pack.villages:
            spot = Spot(village.commune, village.name, f"{pack.areas[village.commune].name}, {village.name}")
            self._add(self._villages, village.name, spot)
        self._sorted = sorted(self._by_key.keys() | self._villages.keys())
        self._near: dict[tuple[str, int], list[str]] = defaultdict(list)
        for name in self._sorted:
            self._near[name[0], len(name)].append(name)
        self._plain: dict[str, set[str]] = defaultdict(set)
        self.widths: dict[str, set[int]] = defaultdict(set)
        """The numbers of words that the names of a key have."""
        for name, commune in self._named(pack):
            name_words = words(name)
            self._plain[" ".join(name_words)].add(commune)
            self.widths[key_of(name_words)].add(len(name_words))
        self.short = self._shortened(pack)
        """The spots of names that people shorten by a word or an ending, by the key of the short form."""
        self.words = {word for name in self._written(pack) for word in words(name)}
        """Every plain word of every name."""
        self._beginnings = {name[:size] for name in (*self._sorted, *self.wider) for size in range(len(name) + 1)}
        self.numbered = self._numbered_communes()

    @staticmethod
    def _named(pack: Pack) -> Iterator[tuple[str, str]]:
        for area in pack.communes:
            yield from ((name, area.code) for name in (area.name, *area.variants))
        for place in (*pack.places, *pack.villages):
            yield from ((name, place.commune) for name in (place.name, *place.variants))

    def _shortened(self, pack: Pack) -> dict[str, list[Spot]]:
        """`Baguinéda` of Baguinéda-Camp, `Soloba` of Yallankoro-Soloba, `Quinzan` of Quinzambougou."""
        endings = [key(ending) for ending in pack.lexicon.name_endings]
        short: dict[str, list[Spot]] = defaultdict(list)
        for sounds, spots in self._by_key.items():
            stems = {sounds.removesuffix(ending) for ending in endings} - {sounds}
            for stem in stems:
                short[key(stem)] += spots
                if stem.endswith("m"):  # an `n` is spoken as `m` before the `b` of the ending
                    short[key(stem[:-1] + "n")] += spots
        for area in pack.communes:
            name_words = words(area.name)
            for word in name_words if len(name_words) > 1 else ():
                short[key(word)].append(Spot(area.code, None, self._label(area.code)))
        areas = {key(area.name) for area in pack.areas.values()}
        often = {sounds for sounds, spots in short.items() if len({spot.commune for spot in spots}) > MOST_SHARED}
        return {
            sounds: list(dict.fromkeys(spots))
            for sounds, spots in short.items()
            if len(sounds) >= SHORTEST_SHORTENED and sounds not in often | areas | self._by_key.keys()
        }

    @staticmethod
    def _written(pack: Pack) -> Iterator[str]:
        for area in pack.areas.values():
            yield from (area.name, *area.variants)
        for place in pack.places:
            yield from (place.name, *place.variants)

    def _add(self, names: dict[str, list[Spot]], name: str, spot: Spot) -> None:
        sounds = key(name)
        if sounds and spot not in names[sounds]:
            names[sounds].append(spot)

    def _label(self, commune: str) -> str:
        """The commune's name, with the area above it where another commune has the same name."""
        area = self._pack.areas[commune]
        above = self._pack.areas[area.parent].name if area.parent else ""
        return f"{area.name} ({above})" if self._communes_named[area.name] > 1 else area.name

    def _numbered_communes(self) -> dict[int, Spot]:
        """`Commune IV` and its like, by their number."""
        numbered = {}
        for area in self._pack.communes:
            name_words = words(area.name)
            if len(name_words) == 2 and name_words[0] == "commune" and name_words[1] in _NUMERALS:
                numbered[_NUMERALS[name_words[1]]] = Spot(area.code, None, area.name)
        return numbered

    def spot(self, spot_id: str) -> Spot | None:
        """The spot of an id, or None if the pack does not have it any more."""
        commune, _, place = spot_id.partition("|")
        if commune not in self._pack.areas:
            return None
        name = self._pack.areas[commune].name
        return Spot(commune, place or None, f"{name}, {place}" if place else self._label(commune))

    def exactly(self, sounds: str) -> Sequence[Spot]:
        """The spots of a key: those of the pack, or if there are none the imported villages."""
        return self._by_key.get(sounds) or self._villages.get(sounds) or ()

    def most_words(self, tokens: Sequence[str]) -> int:
        """How many of these words, from the first on, may belong to one name by its beginning; 0 if none does."""
        sounds = sound(tokens[0])
        for count, token in enumerate(tokens[1:], start=1):
            # The last letter may change where words meet, and at the end of a name.
            if sounds[:-1] not in self._beginnings:
                return count - 1
            sounds = joined(sounds, token)
        return len(tokens) if sounds[:-1] in self._beginnings else len(tokens) - 1

    def knows(self, sounds: str) -> bool:
        """Whether anything has this key."""
        return sounds in self._by_key or sounds in self.wider or sounds in self._villages

    def spelt(self, plain: str, sounds: str) -> tuple[Spot, ...]:
        """The spots of a key; only those spelt like this if they lie in one commune: Socoura is not Sokoura."""
        spots = tuple(self.exactly(sounds))
        spelt = self._plain.get(plain, set())
        same = tuple(spot for spot in spots if spot.commune in spelt)
        return same if len({spot.commune for spot in same}) == 1 else spots

    def communes_like(self, sounds: str) -> set[str]:
        """The communes of all names that this sound may stand for: whole, shortened or misspelt."""
        keys = [sounds, *(near for near, _ in self.nearest(sounds))]
        return {spot.commune for key in keys for spot in (*self.exactly(key), *self.short.get(key, ()))}

    def is_village(self, sounds: str) -> bool:
        """Whether only imported villages have this name."""
        return sounds not in self._by_key and sounds in self._villages

    def nearest(self, sounds: str, most: int = 1) -> list[tuple[str, int]]:
        """Up to `most` keys that differ by one or two mistakes, each with that number, the nearest first."""
        if len(sounds) < SHORTEST_FUZZY:
            return []
        slips = 2 if len(sounds) >= LONGER else 1
        candidates: list[tuple[str, int]] = []
        for length in range(len(sounds) - slips, len(sounds) + slips + 1):
            if names := self._near.get((sounds[0], length)):
                cutoff = min(slips, 2 if length >= LONGER else 1)
                similar = process.extract(sounds, names, scorer=OSA.distance, score_cutoff=cutoff, limit=most)
                candidates += [(name, int(distance)) for name, distance, _ in similar]
        return sorted(candidates, key=lambda candidate: candidate[1])[:most]

    def commune_numbered(
        self, tokens: Sequence[str], capitals: Sequence[bool] | None = None, breaks: Sequence[bool] = ()
    ) -> tuple[Spot, int] | None:
        """Finds `commune 4`, `com. IV`, `C6` or `komini naaninan`; returns its spot and its position.

        `capitals` says which words are in capitals only, `breaks` which words follow a punctuation mark.
        """
        capitals = capitals or [False] * len(tokens)
        for at, token in enumerate(tokens):
            joined = at + 1 < len(tokens) and not (breaks and breaks[at + 1] and token not in _SHORTENED)
            after = tokens[at + 1] if joined else ""
            glued = _GLUED.fullmatch(token)
            if glued and (token not in _SAYS_SOMETHING_ELSE or capitals[at]):
                number = _NUMERALS[glued[1]]
            elif after in (_NUMERALS if token in _COMMUNE_WORDS else _AFTER_C if token == "c" and capitals[at] else ()):
                number = _NUMERALS[after]
            else:
                continue
            if spot := self.numbered.get(number):
                return spot, at
        return None

    def find(self, typed: str, usual: str | None = None, most: int = 5) -> tuple[Spot, ...]:
        """Up to `most` spots of a typed name: those with this name, else those that begin with it, else similar ones.

        The spots in the commune with the code `usual` come first.
        """
        tokens = words(typed)
        if numbered := self.commune_numbered(tokens, [True] * len(tokens)):
            return (numbered[0],)
        wanted = key_of(tokens)[:LONGEST_TYPED]
        if len(wanted) < 2:
            return ()
        spots: Iterable[Spot] = [*self._by_key.get(wanted, ()), *self._villages.get(wanted, ())]
        if not spots and len(wanted) >= 4:
            first = bisect_left(self._sorted, wanted)
            begun = takewhile(lambda name: name.startswith(wanted), islice(self._sorted, first, None))
            spots = [spot for name in begun for spot in self.exactly(name)]
        if not spots:
            near = self.nearest(wanted, most)
            spots = [spot for name, distance in near if distance == near[0][1] for spot in self.exactly(name)]
        return tuple(sorted(dict.fromkeys(spots), key=lambda spot: spot.commune != usual))[:most]
