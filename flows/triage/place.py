"""Finds places by name in what people type, misspelled or written as it sounds. No place is None, never a guess."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from config.pack import Pack
from flows.triage.spelling import key, words

LONGEST_NAME = 4
"""Words of the longest name that is looked for as a whole."""
CLOSE = 86
"""rapidfuzz ratio (0 to 100) of two keys from which one is taken for a misspelling of the other."""
SHORTEST_UNMARKED = 4
"""Letters of a key under which a name counts only beside a word that marks a place (`a Gao`, `Da la`)."""
SHORTEST_FUZZY = 6
"""Letters of a key under which a misspelling could be anything."""
_NUMERALS = {
    "1": 1, "i": 1, "folo": 1, "un": 1, "une": 1, "premiere": 1, "2": 2, "ii": 2, "filanan": 2, "deux": 2,
    "3": 3, "iii": 3, "sabanan": 3, "trois": 3, "4": 4, "iv": 4, "naaninan": 4, "quatre": 4,
    "5": 5, "v": 5, "duurunan": 5, "cinq": 5, "6": 6, "vi": 6, "wooronan": 6, "six": 6,
}  # fmt: skip
_COMMUNE = re.compile(
    r"\b(?:(?:commune|komini|com|comm|c)[\s.\-]*(" + "|".join(sorted(_NUMERALS, key=len, reverse=True)) + r"))\b"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Somewhere: a commune, and inside it a quartier or landmark if one was named."""

    commune: str
    place: str | None
    label: str

    @property
    def id(self) -> str:
        return f"{self.commune}|{self.place or ''}"


@dataclass(frozen=True, slots=True)
class Found:
    """The spots that a text names; `words` are the words that named them; `certain` is false for a misspelling."""

    spots: tuple[Spot, ...]
    words: str
    certain: bool


class PlaceIndex:
    """All names of a pack by their key; built once, read by many, changed never."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._by_key: dict[str, list[Spot]] = defaultdict(list)
        self._wider: dict[str, list[str]] = defaultdict(list)
        commune_kind = pack.levels[0].of
        for area in pack.areas.values():
            for name in (area.name, *area.variants):
                if area.kind == commune_kind:
                    self._add(name, Spot(area.code, None, self._label(area.code)))
                elif area.parent:
                    self._wider[key(name)].append(area.code)
        for place in pack.places:
            spot = Spot(place.commune, place.name, f"{pack.areas[place.commune].name}, {place.name}")
            for name in (place.name, *place.variants):
                self._add(name, spot)
        self._keys = sorted(self._by_key)
        self._common = {key(word) for word in pack.lexicon.everyday_words()}
        self._numbered = self._numbered_communes()

    def _add(self, name: str, spot: Spot) -> None:
        spots = self._by_key[key(name)]
        if spot not in spots:
            spots.append(spot)

    def _label(self, commune: str) -> str:
        """The commune's name, with the area above it where another commune has the same name."""
        area = self._pack.areas[commune]
        twins = sum(other.name == area.name for other in self._pack.communes)
        above = self._pack.areas[area.parent].name if area.parent else ""
        return f"{area.name} ({above})" if twins > 1 else area.name

    def _numbered_communes(self) -> dict[int, Spot]:
        numbered = {}
        for spots in self._by_key.values():
            for spot in spots:
                tail = spot.label.lower().split()
                if spot.place is None and len(tail) == 2 and tail[0] == "commune" and tail[1] in _NUMERALS:
                    numbered[_NUMERALS[tail[1]]] = spot
        return numbered

    def spot(self, spot_id: str) -> Spot | None:
        """The spot of an id made earlier, or None when the pack no longer has it."""
        commune, _, place = spot_id.partition("|")
        if commune not in self._pack.areas:
            return None
        name = self._pack.areas[commune].name
        return Spot(commune, place or None, f"{name}, {place}" if place else self._label(commune))

    def find(self, typed: str, usual: str | None = None, most: int = 5) -> tuple[Spot, ...]:
        """The spots of one typed name: those of that very name, else those that begin so, else those like it.

        `usual`, a commune's code, puts its spots first.
        """
        if numbered := self._numbered_in(typed):
            return (numbered,)
        wanted = key(typed)[:60]
        if len(wanted) < 2:
            return ()
        spots: Iterable[Spot] = self._by_key.get(wanted, ())
        if not spots and len(wanted) >= 4:
            spots = (spot for name in self._keys if name.startswith(wanted) for spot in self._by_key[name])
            spots = list(dict.fromkeys(spots))
        if not spots and len(wanted) >= SHORTEST_FUZZY - 1:
            near = process.extract(wanted, self._keys, scorer=fuzz.ratio, limit=most, score_cutoff=CLOSE - 10)
            best = near[0][1] if near else 0
            spots = [spot for name, score, _ in near if score >= best - 6 for spot in self._by_key[name]]
        return tuple(sorted(dict.fromkeys(spots), key=lambda spot: spot.commune != usual))[:most]

    def _numbered_in(self, text: str) -> Spot | None:
        found = _COMMUNE.search(" ".join(words(text)))
        return self._numbered.get(_NUMERALS[found[1]]) if found else None

    def read(self, tokens: Sequence[str], usual: str | None = None) -> Found | None:
        """The place that a message names; several spots when it cannot be told which; None when it names none."""
        tokens, beside = self._without_wider(tokens)
        named = self._named(tokens, self._exactly) or self._named(tokens, self._nearly)
        numbered = self._numbered_in(" ".join(tokens))
        wider = beside | {code for token in tokens for code in self._wider.get(key(token), ())}
        if not named:
            return Found((numbered,), "commune", True) if numbered else None
        if numbered:
            inside = [one for one in named if any(spot.commune == numbered.commune for spot in one[0].spots)]
            if not inside:
                return Found((numbered,), "commune", True)
            named = inside
        best = max(rank for _, rank in named)
        chosen = [found for found, rank in named if rank == best]
        spots = _most_specific([spot for found in chosen for spot in found.spots])
        spots = self._narrowed(spots, wider, numbered.commune if numbered else usual)
        said = " ".join(dict.fromkeys(found.words for found in chosen))
        return Found(tuple(spots), said, all(found.certain for found in chosen))

    def _without_wider(self, tokens: Sequence[str]) -> tuple[Sequence[str], set[str]]:
        """The text without `cercle de Bourem`, and the areas that such words name."""
        kept: list[str] = []
        wider: set[str] = set()
        at = 0
        while at < len(tokens):
            name = at + 2 if tokens[at + 1 : at + 2] in (["de"], ["du"]) else at + 1
            if tokens[at] in self._pack.lexicon.wider_before and name < len(tokens):
                wider.update(self._wider.get(key(tokens[name]), ()))
                at = name + 1
            else:
                kept.append(tokens[at])
                at += 1
        return kept, wider

    def _narrowed(self, spots: list[Spot], wider: set[str], usual: str | None) -> list[Spot]:
        """Of communes with one name, the one in the region named beside it, else the citizen's own."""
        if len(spots) < 2:
            return spots
        inside = [s for s in spots if wider & {area.code for area in self._pack.ancestors(s.commune)}]
        if len(inside) == 1:
            return inside
        own = [spot for spot in spots if spot.commune == usual]
        return own if len(own) == 1 else spots

    def _named(
        self, tokens: Sequence[str], name: Callable[[Sequence[str], bool], Found | None]
    ) -> list[tuple[Found, int]]:
        """Every name in the text with a rank: how the words around it mark it as the place."""
        before, after = self._pack.lexicon.place_before, self._pack.lexicon.place_after
        named: list[tuple[Found, int]] = []
        at = 0
        while at < len(tokens):
            for width in range(min(LONGEST_NAME, len(tokens) - at), 0, -1):
                end = at + width
                marked = (at > 0 and tokens[at - 1] in before) or (end < len(tokens) and tokens[end] in after)
                if found := name(tokens[at:end], marked):
                    named.append((found, int(marked)))
                    at = end - 1
                    break
            at += 1
        return named

    def _exactly(self, window: Sequence[str], marked: bool) -> Found | None:
        sounds = key(" ".join(window))
        spots = self._by_key.get(sounds)
        if not spots or (len(sounds) < SHORTEST_UNMARKED and not marked):
            return None
        if all(key(word) in self._common for word in window) and not (marked and len(sounds) >= SHORTEST_UNMARKED):
            return None
        return Found(tuple(spots), " ".join(window), True)

    def _nearly(self, window: Sequence[str], marked: bool) -> Found | None:
        sounds = key(" ".join(window))
        if len(sounds) < SHORTEST_FUZZY or len(window) > LONGEST_NAME - 1:
            return None
        if key(window[0]) in self._common or key(window[-1]) in self._common:
            return None
        cutoff = CLOSE if marked else CLOSE + 4
        near = process.extractOne(sounds, self._keys, scorer=fuzz.ratio, score_cutoff=cutoff)
        if near is None or near[0][0] != sounds[0]:
            return None
        return Found(tuple(self._by_key[near[0]]), " ".join(window), False)


def _most_specific(spots: list[Spot]) -> list[Spot]:
    """A quartier beats its own commune; the same spot twice is one."""
    unique = list(dict.fromkeys(spots))
    with_place = {spot.commune for spot in unique if spot.place}
    return [spot for spot in unique if spot.place or spot.commune not in with_place]
