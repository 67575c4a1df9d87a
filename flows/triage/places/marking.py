"""Reads from the words around the name of a place whether something happens there or it is only mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from config.pack import Pack
from flows.triage.places.gazetteer import Spot
from flows.triage.spelling import Written, words

LONGEST_PHRASE = 4
"""Words of the longest phrase before a name that is looked up in the lexicon."""
CARE_REACHES = 5
"""Most words between a word such as `taken` and the name of the hospital."""
GAP = 3
"""Most words between the two towns of a journey."""
ROAD_REACHES = 6
"""Most words from `entre` to the second of two places."""


class Mark(IntEnum):
    """What a name says about where it happens. The name with the highest mark decides, `AWAY` never does."""

    AWAY = 0
    """The end of a road, a destination, or where somebody is treated."""
    LAST = 1
    """A hospital, or a road named after a village: it happens there only if no other place is named."""
    FROM = 2
    """Where somebody lives or comes from: it happens there only if no other place is named."""
    OF = 3
    """Behind `de`, as in `les femmes de Kati`."""
    NAMED = 4
    """Without a word beside it that says more."""
    HERE = 5
    """Beside a word that marks a place, as in `à Kati`."""
    ALONE = 6
    """A sentence of its own at an end of the message: the place that it is written from."""


class Marking:
    """Finds the mark of a name with the lexicon of the pack."""

    def __init__(self, pack: Pack) -> None:
        lexicon = pack.lexicon
        self._before, self._of, self._after = lexicon.place_before, lexicon.place_of, lexicon.place_after
        self._wider_before, self._wider_after = lexicon.wider_before, lexicon.wider_after
        self._from = {tuple(words(phrase)) for phrase in lexicon.comes_from}
        self._away = {tuple(words(phrase)) for phrase in lexicon.away}
        self._road, self._road_after, self._between_after = lexicon.road, lexicon.road_after, lexicon.between_after
        self._near_after, self._nouns, self._lies = lexicon.near_after, lexicon.place_nouns, lexicon.lies
        self._cared, self._hospital = tuple(lexicon.cared_for), lexicon.hospital
        self._part, self._go_between = lexicon.part_of_town, {tuple(words(phrase)) for phrase in lexicon.go_between}

    def of(self, written: Written, start: int, end: int, spots: Sequence[Spot], wider: bool) -> Mark:
        """The mark of the name at the words from `start` to `end`; `wider`: it also names the area around the town."""
        if written.is_alone(start, end):
            return Mark.ALONE
        tokens = written.words
        after = "" if written.breaks[end] else tokens[end]
        before = [tokens[at] for at in range(self._sentence(written, start), start)]
        is_town = any(spot.place is None for spot in spots)
        for width in range(min(LONGEST_PHRASE, len(before)), 0, -1):
            phrase = tuple(before[-width:])
            if phrase in self._away:
                return Mark.AWAY
            if width == 2 and phrase[0] in self._road and phrase[1] in self._of:
                return Mark.AWAY if is_town and wider else Mark.LAST
            if phrase in self._from:
                return Mark.FROM
        if is_town and after in self._road_after:
            return Mark.AWAY if wider else Mark.LAST
        if after in self._near_after:
            return Mark.LAST
        in_hospital = after in self._hospital or not self._hospital.isdisjoint(before[-2:])
        in_hospital |= any(word in self._hospital for spot in spots for word in words(spot.place or ""))
        if in_hospital or is_town:
            around = before[-CARE_REACHES if in_hospital else -2 :]
            comes_from = bool(before) and before[-1] in self._of and not in_hospital
            if any(token.startswith(self._cared) for token in around) and not comes_from:
                return Mark.AWAY
            if in_hospital and any(lies in " ".join(around) for lies in self._lies):
                return Mark.AWAY
        if in_hospital:
            return Mark.LAST
        if after in self._after or (before and before[-1] in self._before):
            return Mark.HERE
        if before and before[-1] in self._of:
            return Mark.HERE if len(before) > 1 and before[-2] in self._before else Mark.OF
        return Mark.NAMED

    @staticmethod
    def _sentence(written: Written, at: int) -> int:
        """The position at which the sentence of this word begins."""
        while at > 0 and not written.begins[at]:
            at -= 1
        return at

    def is_before(self, token: str) -> bool:
        """Whether this word, before a name, marks it as a place."""
        return token in self._before or token in self._of

    def is_after(self, token: str) -> bool:
        """Whether this word, after a name, marks it as a place."""
        return token in self._after

    def is_place(self, token: str, grave: bool) -> bool:
        """Whether this word before an everyday word means that the latter is a place."""
        return token in self._before and (token != "a" or grave)

    def is_noun(self, token: str) -> bool:
        """Whether this word after a name is a part of a town: `San foire la`, `Gossi côté est`."""
        return token in self._nouns

    def is_part_of_town(self, gap: Sequence[str]) -> bool:
        """Whether the words between a town and a quartier join the two: `Koutiala, quartier Darsalam`."""
        return not gap or (len(gap) == 1 and gap[0] in self._part)

    def says_wider(self, tokens: Sequence[str], start: int, end: int) -> bool:
        """Whether a name is an area around places: `cercle de Bourem`, `Kayes mara la`."""
        if end < len(tokens) and tokens[end] in self._wider_after:
            return True
        if start and tokens[start - 1] in self._wider_before:
            return True
        return start > 1 and tokens[start - 1] in self._of and tokens[start - 2] in self._wider_before

    def joins(self, written: Written, first: tuple[int, int], second: tuple[int, int]) -> bool:
        """Whether two towns are the ends of a road: `Ségou–Markala`, `de Niono vers Léré`, `le car Kayes Bamako`."""
        gap = tuple(written.words[first[1] : second[0]])
        if any(written.begins[first[1] : second[0] + 1]):
            return False
        on_road = not self._road.isdisjoint(written.words[max(0, first[0] - 2) : first[0]])
        goes = any(gap[-len(phrase) :] == phrase for phrase in self._go_between) and len(gap) <= GAP
        return (not gap and written.dashed[second[0]]) or (on_road and len(gap) < 2) or goes

    def is_an_end(self, written: Written, start: int, end: int) -> bool:
        """Whether a name is one end of a road: `entre Kita et …`, `entre chez nous et Bandiagara`, `Kita ni … cɛ`."""
        tokens = written.words
        before = tokens[max(0, start - ROAD_REACHES) : start]
        if before and (before[-1] == "entre" or (before[-1] == "et" and "entre" in before)):
            return True
        behind = tokens[end : end + 4]
        if behind and behind[0] == "ni" and not self._between_after.isdisjoint(behind[2:]):
            return True
        return bool(behind) and behind[0] in self._between_after and "ni" in before[-3:]
