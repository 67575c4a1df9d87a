"""Reads from a message where something happens. Without a place it is None, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from config.pack import Pack
from flows.triage.category import OTHER
from flows.triage.places.gazetteer import LONGER, Gazetteer, Spot
from flows.triage.places.marking import Mark, Marking
from flows.triage.places.neighbours import Name, inside_others, on_the_road, with_neighbours, without_namesakes
from flows.triage.spelling import Written, key_of, sound_of

LONGEST_NAME = 4
"""Most words of a name."""
SHORTEST_UNMARKED = 4
"""Letters of a key; a shorter name counts only beside a word that marks a place (`a Gao`, `Da la`)."""


@dataclass(frozen=True, slots=True)
class PlacesFound:
    """The spots that a text names: several if it is ambiguous. `certain` is false for a misspelling.

    `at` are the positions of all words that name a place. `words` are the names that decided or, without a spot, those
    that are only mentioned.
    """

    spots: tuple[Spot, ...]
    words: str
    certain: bool
    at: frozenset[int]


class PlaceReader:
    """Finds places in messages. `everyday` are words, and sounds with `=` in front, that usually name no place."""

    def __init__(self, pack: Pack, gazetteer: Gazetteer, everyday: Container[str]) -> None:
        self.pack = pack
        self._names = gazetteer
        self._everyday = everyday
        self._common = frozenset(pack.lexicon.everyday_words())
        self._greetings = frozenset(pack.lexicon.categories.get(OTHER, ()))
        self._marking = Marking(pack)
        self._elsewhere = {key_of(name.split()) for name in pack.lexicon.elsewhere}
        self._areas = {area: {above.code for above in pack.ancestors(area)} for area in pack.areas}

    def read(self, text: str, usual: str | None = None) -> PlacesFound | None:
        """Where a message says that it happens. The commune with the code `usual` only decides between namesakes."""
        return self.read_words(Written.of(text), usual)

    def read_words(self, written: Written, usual: str | None = None) -> PlacesFound | None:
        """Where a message says that it happens, from its words."""
        tokens = written.words
        numbered = self._names.commune_numbered(tokens, written.short, written.breaks)
        names = self.names(written)
        at = {position for name in names for position in range(name.start, name.end)}
        if numbered:
            at |= {numbered[1], numbered[1] + 1} & set(range(len(tokens)))
            names = [name for name in names if any(spot.commune == numbered[0].commune for spot in name.spots)]
            if not names:
                return PlacesFound((numbered[0],), "", True, frozenset(at))
        best = max((name.mark for name in names if name.spots), default=Mark.AWAY)
        if best <= Mark.FROM and any(name.mark >= Mark.HERE for name in names if not name.spots):
            best = Mark.AWAY  # `je suis de Kita, on m'a volé à Bamako`
        chosen = [name for name in names if name.mark == best and (name.spots or best is Mark.AWAY)]
        words = " ".join(" ".join(tokens[name.start : name.end]) for name in chosen)
        if best is Mark.AWAY or not any(name.spots for name in chosen):
            return PlacesFound((), words, True, frozenset(at)) if at else None
        spots = _most_specific([spot for name in chosen for spot in name.spots])
        areas = {code for name in names if not name.spots for code in name.wider}
        spots = self._narrowed(spots, areas, numbered[0].commune if numbered else usual)
        return PlacesFound(tuple(spots), words, all(name.certain for name in chosen), frozenset(at))

    def names(self, written: Written) -> list[Name]:
        """The names in a text with their marks; shortened and misspelt names only if there is no other."""
        tokens = written.words
        names = self._found_by(tokens, lambda at: self._name_at(written, at))
        for less_sure in (self._shortened_at, self._misspelt_at):
            if not any(name.spots for name in names):
                taken = {at for name in names for at in range(name.start, name.end)}
                names += self._found_by(tokens, lambda at: less_sure(written, at, taken))  # noqa: B023
                names.sort(key=lambda name: name.start)
        names = [on_the_road(self._marking, written, *three) for three in with_neighbours(names)]
        return without_namesakes(self._marking, written, inside_others(names, self._areas))

    def _found_by(self, tokens: Sequence[str], name_at: Callable[[int], Name | None]) -> list[Name]:
        """The names that `name_at` finds, from left to right, none inside another."""
        names: list[Name] = []
        at = 0
        while at < len(tokens):
            name = name_at(at)
            if name:
                names.append(name)
            at = name.end if name else at + 1
        return names

    def _name_at(self, written: Written, at: int) -> Name | None:
        """The longest name that begins at this word."""
        tokens = written.words
        if tokens[at] == "?":
            return None
        for width in range(self._names.most_words(tokens[at : at + LONGEST_NAME]), 0, -1):
            window = tokens[at : at + width]
            if any(written.breaks[at + 1 : at + width]) and max(map(len, window)) > 1:
                continue  # `la cour commune, 6 fours`; but T.S.F
            sounds = key_of(window)
            if not self._names.knows(sounds):
                continue
            spots = self._names.spelt(" ".join(window), sounds)
            wider = tuple(self._names.wider.get(sounds, ()))
            if width > 1 and self._is_glued(window, sounds):
                continue
            if width > 1 and self._marking.is_before(tokens[at]) and self._names.exactly(key_of(window[1:])):
                continue  # `a Lafia` means in Lafia, although it sounds like Alafia
            if longer := self._slightly_longer(written, at, width):
                return longer
            if sounds in self._elsewhere or not self._may_name(written, at, at + width, sounds):
                continue
            if wider and (not spots or self._marking.says_wider(tokens, at, at + width)):
                spots = ()
            return self._named(written, at, at + width, spots, wider)
        return None

    def _named(self, written: Written, start: int, end: int, spots: Sequence[Spot], wider: Sequence[str] = (),
               certain: bool = True) -> Name:  # fmt: skip
        mark = self._marking.of(written, start, end, spots, bool(wider))
        return Name(start, end, mark, tuple(spots), tuple(wider), certain)

    def _is_glued(self, window: Sequence[str], sounds: str) -> bool:
        """Whether neighbouring everyday words only sound like a name: `da la`, `je le`, `tama ni`."""
        small = min(len(window[0]), len(window[-1])) < SHORTEST_UNMARKED
        return len(window) not in self._names.widths.get(sounds, ()) and small and any(map(self.is_everyday, window))

    def _slightly_longer(self, written: Written, at: int, width: int) -> Name | None:
        """A misspelt name with one more word: `Sirakoro dunfin` is Sirakoro Dounfing and not the Sirakoro of Kita."""
        end = at + width + 1
        tokens = written.words
        if end > len(tokens) or self.is_everyday(tokens[end - 1]) or tokens[end - 1] == "?":
            return None
        sounds = key_of(tokens[at:end])
        near = self._names.nearest(sounds) if len(sounds) >= LONGER else []
        if not near or near[0][1] == 0 or self._names.is_village(near[0][0]):
            return None
        spots = tuple(self._names.exactly(near[0][0]))
        return self._named(written, at, end, spots, certain=False)

    def _may_name(self, written: Written, start: int, end: int, sounds: str) -> bool:
        """Whether these words are a name here. Everyday and very short words need a mark beside them."""
        tokens = written.words
        everyday = end - start == 1 or end - start not in self._names.widths.get(sounds, ())
        everyday = everyday and all(map(self.is_everyday, tokens[start:end]))
        marked = start > 0 and self._marking.is_before(tokens[start - 1])
        followed = end < len(tokens) and self._marking.is_after(tokens[end])
        if self._names.is_village(sounds):
            return (marked or followed) and not everyday and len(sounds) >= SHORTEST_UNMARKED
        if everyday:
            return self.is_meant(written, start, end, len(sounds) < SHORTEST_UNMARKED)
        return len(sounds) >= SHORTEST_UNMARKED or marked or followed or written.capital[start]

    def is_meant(self, written: Written, start: int, end: int, is_short: bool = False) -> bool:
        """Whether everyday words are meant as a name: with a capital, as a sentence of their own, or after `à`."""
        tokens = written.words
        if written.is_large(start) or (written.is_alone(start, end) and (start or tokens[0] not in self._greetings)):
            return True
        if written.capital[start] and end < len(tokens) and self._marking.is_noun(tokens[end]):
            return True
        if not written.capital[start] and tokens[start] in self.pack.everyday:
            return False
        place = start > 0 and self._marking.is_place(tokens[start - 1], written.grave[start - 1])
        return place and (end == len(tokens) or (written.grave[start - 1] and not is_short))

    def may_be_named(self, written: Written, name: Name) -> bool:
        """Whether the name of a place is meant as one, even if the message is about another place."""
        marked = name.start > 0 and self._marking.is_before(written.words[name.start - 1])
        return written.capital[name.start] or marked or name.mark < Mark.OF

    def communes_like(self, token: str) -> set[str]:
        """The communes of all names that a word may stand for: whole, shortened or misspelt."""
        return self._names.communes_like(sound_of(token))

    def is_everyday(self, token: str) -> bool:
        """Whether a word, or a word of the same sound, usually names no place."""
        everyday = token in self._common or token in self.pack.everyday or token in self._everyday
        return everyday or f"={sound_of(token)}" in self._everyday

    def _shortened_at(self, written: Written, at: int, taken: set[int]) -> Name | None:
        """A shortened name such as `Quinzan`, if it is marked as a place or stands out."""
        token = written.words[at]
        spots = self._names.short.get(sound_of(token))
        if not spots or at in taken:
            return None
        name = self._named(written, at, at + 1, spots, certain=False)
        if self.is_everyday(token):
            return name if name.mark is Mark.HERE and self.is_meant(written, at, at + 1) else None
        stands_out = written.capital[at] and written.breaks[at + 1]
        return name if stands_out or name.mark is not Mark.NAMED else None

    def _misspelt_at(self, written: Written, at: int, taken: set[int]) -> Name | None:
        """A name one or two letters away, if a capital or a word beside it says that it is one."""
        tokens = written.words
        if self.is_everyday(tokens[at]):
            return None
        for width in range(min(LONGEST_NAME - 1, len(tokens) - at), 0, -1):
            window = tokens[at : at + width]
            if any(position in taken for position in range(at, at + width)):
                continue
            if any(self.is_everyday(token) or token.isdecimal() or token == "?" for token in window):
                continue
            sounds = key_of(window)
            if sounds in self._elsewhere:
                return None
            if near := self._names.nearest(sounds):
                name, distance = near[0]
                spots = tuple(self._names.exactly(name))
                misspelt = self._named(written, at, at + width, spots, certain=False)
                if self._names.is_village(name) or (distance > 1 and misspelt.mark < Mark.HERE and len(sounds) < 11):
                    continue
                if misspelt.mark in (Mark.OF, Mark.NAMED) and not written.capital[at]:
                    continue  # `une sauce de soumbala` is not Soubala
                return misspelt
        return None

    def _narrowed(self, spots: list[Spot], wider: set[str], usual: str | None) -> list[Spot]:
        """Of namesakes, those in an area that the text names too, else those in the citizen's own commune."""
        if len({spot.commune for spot in spots}) < 2:
            return spots
        inside = [spot for spot in spots if wider & self._areas[spot.commune]]
        if len({spot.commune for spot in inside}) == 1:
            return inside
        own = [spot for spot in spots if spot.commune == usual]
        return own if own else spots


def _most_specific(spots: list[Spot]) -> list[Spot]:
    """The spots without doubles, and without communes of which a quartier is among them."""
    unique = list(dict.fromkeys(spots))
    with_place = {spot.commune for spot in unique if spot.place}
    return [spot for spot in unique if spot.place or spot.commune not in with_place]
