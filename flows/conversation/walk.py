"""Walks the whole conversation: every screen, in every language, with the longest data that the pack has.

`gateway flows check` fails on the problems that it finds; `gateway flows draw` draws the screens that it reached.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from config.pack import Pack
from flows.conversation.facts import HAS_PIN, NEW, Facts
from flows.conversation.longest_data import answered_by_the_gateway, longest_place, twin_name
from flows.conversation.machine import BACK, MAIN, MORE, End, Machine, Menu
from flows.conversation.session import Session
from flows.screen import septets

MOST_PAGES = 14
"""The most pages that one screen may have: the communes of the widest cercle take as many."""
MOST_LABELS = 4
WORDS = "Des hommes armés tirent devant la mosquée, venez vite s'il vous plaît. " * 5
LANGUAGE_SCREENS = ("language", "settings_language")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one screen in one language."""

    screen: str
    language: str
    what: str

    def __str__(self) -> str:
        return f"{self.screen} ({self.language}): {self.what}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of a screen: its title, and its choices with the screens that they lead to."""

    title: str
    ways: tuple[tuple[str, str], ...]


@dataclass
class Walk:
    """What a walk has found: problems, and for each screen its choices (`digit label`, next screen) in one language."""

    problems: list[Problem] = field(default_factory=list)
    ways: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    variants: dict[str, dict[tuple[str, ...], Variant]] = field(default_factory=dict)
    """The forms of each screen. Forms with the same choices and the same next screens are one."""
    seen: int = 0
    sizes: tuple[int, ...] = ()
    twin: str | None = None
    """A name that several places of the pack share, for the screen that asks which is meant."""


def walk(machine: Machine, pack: Pack, languages: Iterable[str] | None = None, sizes: tuple[int, ...] = ()) -> Walk:
    """Walks every screen that can be reached, in each of `languages` (all by default) and with each kind of data.

    `sizes` are other screen sizes in septets, for which the pages are measured too.
    """
    walk = Walk(sizes=sizes, twin=twin_name(pack))
    for language in languages or pack.languages:
        _walk_in(machine, pack, language, walk)
    # With a single language, or without places of the same name, these screens are not needed.
    unasked = {name for name in LANGUAGE_SCREENS if len(pack.languages) == 1}
    unasked |= set() if walk.twin else {"place_which"}
    for name in machine.conversation.screens:
        if name not in walk.ways and name not in unasked:
            walk.problems.append(Problem(name, "-", "cannot be reached"))
    return walk


def _walk_in(machine: Machine, pack: Pack, language: str, walk: Walk) -> None:
    longest = longest_place(machine, pack)
    draft = ("words", {"category": next(iter(pack.categories)), "place": longest})
    callers = [
        Facts(),
        Facts(language),
        Facts(language, usual=longest, asked=True),
        Facts(language, draft=draft),
        Facts(language, usual=longest, secretary=HAS_PIN),
        Facts(language, secretary=NEW),
        Facts(language, muted=True, wants_news=True),
    ]
    waiting = deque(machine.dial(caller)[0] for caller in callers)
    known: set[str] = set()
    while waiting:
        session = waiting.popleft()
        mark = _mark(session)
        if mark in known or session.language not in (None, language):
            continue
        known.add(mark)
        walk.seen += 1
        waiting.extend(_look_at(machine, pack, session, language, longest, walk))


def _mark(session: Session) -> str:
    """Two sessions with the same mark show the same screen with other data. The walk always has the longest data."""
    facts = session.facts
    answers = sorted(name for name, value in session.answers.items() if value is not None)
    marked_facts = [
        facts.pin, facts.secretary, facts.usual, facts.asked, facts.draft, facts.muted
    ]  # fmt: skip
    return repr((session.screen, session.page, session.notice, answers, marked_facts))


def _look_at(
    machine: Machine, pack: Pack, session: Session, language: str, longest: str, walk: Walk
) -> Iterator[Session]:
    name = session.screen.partition(":")[0]
    try:
        view, pages = machine.view(session)
    except (KeyError, IndexError, ValueError) as error:
        walk.problems.append(Problem(name, language, f"cannot be drawn: {type(error).__name__} {error}"))
        return
    ways = walk.ways.setdefault(name, [])
    if isinstance(view, End):
        walk.variants.setdefault(name, {}).setdefault((), Variant(view.title, ()))
    for size in (machine.longest, *walk.sizes):
        walk.problems.extend(_too_long(machine.fitting(size), session, name, language))
    if isinstance(view, End):
        if len(pages) > 1:
            walk.problems.append(Problem(name, language, f"an end of {len(pages)} pages: nobody leafs on"))
        return
    if len(pages) > MOST_PAGES:
        walk.problems.append(Problem(name, language, f"{len(pages)} pages: nobody leafs so far"))
    if session.trail and machine.advance(session, BACK)[0].screen != session.trail[-1]:
        walk.problems.append(Problem(name, language, "has no way back"))
    collected: list[tuple[str, str]] = []
    for after in _onward(machine, pack, session, view, longest, walk.twin, collected):
        if isinstance(after, Exception):
            what = f"leads to what cannot be drawn: {type(after).__name__} {after}"
            walk.problems.append(Problem(name, language, what))
        else:
            yield after
    if language == pack.first_language.code:
        ways += [way for way in collected if _is_new(way, ways)]
        if session.page == 0 and session.notice is None:
            walk.variants.setdefault(name, {}).setdefault(
                _kind(session, collected), Variant(view.title, tuple(collected))
            )


def _is_new(way: tuple[str, str], ways: list[tuple[str, str]]) -> bool:
    """Whether this is a new choice, or the first typed text that leads to this screen."""
    label, to = way
    return way not in ways and (label[:1].isdecimal() or to not in {where for _, where in ways})


def _kind(session: Session, ways: list[tuple[str, str]]) -> tuple[str, ...]:
    """The key of a form: the next screens and, unless the choices are data, their labels."""
    labels = [] if ":" in session.screen or len(ways) > MOST_LABELS else [label for label, _ in ways]
    return (*labels, *dict.fromkeys(to for _, to in ways))


def _too_long(machine: Machine, session: Session, name: str, language: str) -> Iterator[Problem]:
    _, pages = machine.view(session)
    for page in pages:
        length = septets(page)
        if length is None or length > machine.longest:
            excess = "letters outside GSM 7-bit" if length is None else f"{length - machine.longest} septets too long"
            yield Problem(name, language, excess)


def _onward(
    machine: Machine,
    pack: Pack,
    session: Session,
    view: Menu,
    longest: str,
    twin: str | None,
    ways: list[tuple[str, str]],
) -> Iterator[Session | Exception]:
    # A choice leads to the same screen from each page of a menu, and with a notice above the menu: try it once.
    choices = view.choices if session.page == 0 and session.notice is None else ()
    typed: dict[str, str] = {str(at): f"{at} {label}" for at, (label, _) in enumerate(choices, start=1)}
    typed |= {MORE: "", MAIN: "", "xyzxyz": ""}
    if view.typed:
        spot = machine.places.spot(longest)
        name = (spot.place or spot.label) if spot else ""
        typed |= {name: "…", twin or name: "… ?", WORDS[:300]: "…", "4711": "…", "CCS-7K4R-M3XY": "CCS-…"}
    for text, label in typed.items():
        try:
            after, _, effects = machine.advance_from(view, session, text)
            after = answered_by_the_gateway(machine, pack, after, effects)
        except (KeyError, IndexError, ValueError) as error:
            yield error
            continue
        to = after.screen.partition(":")[0]
        if label and _is_new((label, to), ways) and after.screen != session.screen:
            ways.append((label, to))
        yield after
