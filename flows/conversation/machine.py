"""A USSD conversation as a pure function: `advance(session, text) → (session, screen, effects)`.

A screen is a function of what is known so far; it returns what it asks, as data. The session is a small
immutable value that can be stored, lost and rebuilt by replaying what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from config.clean_text import clean_line
from config.language import Language
from config.pack import Pack
from flows.conversation.effects import Effect
from flows.conversation.facts import Facts
from flows.conversation.session import Session
from flows.screen import USSD_SEPTETS, Screen, pages, to_gsm
from flows.triage.places.gazetteer import Gazetteer

BACK, MAIN, MORE, LESS = "0", "00", "98", "99"
LONGEST_TYPED = 400
"""Bytes of one input that are kept; a handset types 182 characters at most."""
LONGEST_TRAIL = 12
"""Screens that Back remembers. With more, a session that goes in circles would grow beyond 1 kB."""


@dataclass(frozen=True, slots=True)
class Step:
    """The result of a choice: the next screen, the answers to remember, and the effects."""

    screen: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    language: str | None = None
    afresh: bool = False
    restores: bool = False
    """Takes up the unsent report that was found when the session began (the fact `draft`)."""
    notice: tuple[str, str] | None = None


def go(screen: str, *effects: Effect, **answers: Any) -> Step:
    """A step to `screen` with these effects, remembering `answers`."""
    return Step(screen, answers, effects)


def again(key: str, about: str = "") -> Step:
    """A step to the same screen again, with a notice that says why (a text's key and what it is about)."""
    return Step("", notice=(key, about))


@dataclass(frozen=True, slots=True)
class Menu:
    """A screen with numbered choices; `typed` handles any other input."""

    title: str
    choices: Sequence[tuple[str, Step]] = ()
    typed: Callable[[str], Step] | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last screen."""

    title: str


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """The values that a screen may use."""

    session: Session
    pack: Pack
    places: Gazetteer
    language: Language
    argument: str = ""

    def say(self, key: str, **values: object) -> str:
        """The text of the session's language under a key of the pack, with its places filled."""
        return self.language.say(key, **values)

    def answer(self, name: str, default: Any = None) -> Any:
        """What the caller answered on an earlier screen."""
        return self.session.answers.get(name, default)

    @property
    def facts(self) -> Facts:
        """What the gateway has told the session."""
        return self.session.facts


View = Menu | End
Drawn = Callable[[ScreenContext], View]


class Conversation:
    """All screens by name, and the names of those where a session begins: `first` for strangers, `main` for callers
    who are known, `resume` after a report that was cut off, `desk` for secretaries."""

    def __init__(self, first: str, main: str, resume: str, desk: str) -> None:
        self.first = first
        self.main = main
        self.resume = resume
        self.desk = desk
        self.screens: dict[str, Drawn] = {}

    def screen(self, draw: Drawn) -> Drawn:
        """Registers a screen under the name of the function that draws it."""
        self.screens[draw.__name__] = draw
        return draw


Advance = tuple[Session, Screen, tuple[Effect, ...]]


class Machine:
    """A conversation over a pack. Holds nothing that changes; every method is a pure function."""

    def __init__(self, conversation: Conversation, pack: Pack, places: Gazetteer, longest: int = USSD_SEPTETS) -> None:
        self.conversation = conversation
        self._pack = pack
        self.places = places
        self.longest = longest
        """Septets that a screen holds."""

    def fitting(self, longest: int) -> Machine:
        """The same machine for screens of `longest` septets."""
        if longest == self.longest:
            return self
        return Machine(self.conversation, self._pack, self.places, longest)

    def dial(self, facts: Facts) -> Advance:
        """The first screen for a caller with these facts."""
        only = self._pack.first_language.code if len(self._pack.languages) == 1 else None
        language = facts.language or only
        first = self.conversation.main if language else self.conversation.first
        if language and facts.draft:
            first = self.conversation.resume
        if facts.secretary:
            first = self.conversation.desk
        session = Session(first, language, facts=facts)
        return session, self._show(session), ()

    def advance(self, session: Session, text: str) -> Advance:
        """Handles one request. Any text leads to a screen that fits the phone; a wrong key leads to the same screen."""
        return self.advance_from(self._view(session), session, text)

    def advance_from(self, view: View, session: Session, text: str) -> Advance:
        """`advance` for a session whose view is known already, as when many texts are tried on one screen."""
        typed = clean(text)
        if isinstance(view, End):
            # Any input leads to the next page, if there is one.
            session = self._turn(session, view, 1) or session
            return session, self._show(session), ()
        if session.notice:
            session = replace(session, notice=None)
        if typed == MAIN and session.language:
            session = Session(self.conversation.main, session.language, facts=session.facts.of_caller())
        elif typed == BACK and session.trail:
            session = replace(session, screen=session.trail[-1], trail=session.trail[:-1], page=0)
        elif typed in (MORE, LESS) and (turned := self._turn(session, view, 1 if typed == MORE else -1)):
            session = turned
        else:
            return self._take(session, view, typed)
        return session, self._show(session), ()

    def inform(self, session: Session, facts: Facts) -> Advance:
        """The same screen again, with the facts that the gateway has added."""
        session = replace(session, facts=facts)
        return session, self._show(session), ()

    def _take(self, session: Session, view: Menu, typed: str) -> Advance:
        if typed.isdecimal() and typed.isascii() and 0 < int(typed[:4]) <= len(view.choices) and len(typed) < 4:
            step = view.choices[int(typed) - 1][1]
        elif len(typed.encode()) > LONGEST_TYPED:
            step = again("too_long")
        elif view.typed and typed:
            step = view.typed(typed)
        else:
            step = again("wrong_key")
        if step.restores:
            return self._restored(session)
        if not step.screen:
            session = replace(session, notice=step.notice)
            return session, self._show(session), ()
        session = replace(
            session,
            screen=step.screen,
            language=step.language or session.language,
            answers={} if step.afresh else {**session.answers, **step.answers},
            trail=() if step.afresh else (*session.trail, session.screen)[-LONGEST_TRAIL:],
            page=0,
        )
        return session, self._show(session), step.effects

    def _restored(self, session: Session) -> Advance:
        screen, answers = session.facts.draft or (self.conversation.main, {})
        session = Session(screen, session.language, answers, session.facts.of_caller(), (self.conversation.main,))
        return session, self._show(session), ()

    def _turn(self, session: Session, view: View, by: int) -> Session | None:
        page = session.page + by
        return replace(session, page=page) if 0 <= page < len(self._pages(session, view)) else None

    def _view(self, session: Session) -> View:
        name, _, argument = session.screen.partition(":")
        draw = self.conversation.screens.get(name) or self.conversation.screens[self.conversation.main]
        language = self._pack.language(session.language)
        return draw(ScreenContext(session, self._pack, self.places, language, argument))

    def _pages(self, session: Session, view: View) -> list[str]:
        language = self._pack.language(session.language)
        choices = view.choices if isinstance(view, Menu) else ()
        lines = [to_gsm(f"{number} {label}") for number, (label, _) in enumerate(choices, start=1)]
        edges = [to_gsm(language.say("nav.back"))] if session.trail and isinstance(view, Menu) else []
        title = view.title
        if session.notice:
            key, about = session.notice
            title = f"{language.say(key, typed=about)} {title}"
        more, less = to_gsm(language.say("nav.more")), to_gsm(language.say("nav.less"))
        return pages(to_gsm(title), lines, edges, more, less, self.longest)

    def _show(self, session: Session) -> Screen:
        view = self._view(session)
        shown = self._pages(session, view)
        page = min(session.page, len(shown) - 1)
        return Screen(shown[page], ends=isinstance(view, End) and page == len(shown) - 1)

    def view(self, session: Session) -> tuple[View, list[str]]:
        """A session's screen and its pages as the phone shows them; for walking the conversation."""
        view = self._view(session)
        return view, self._pages(session, view)

    def takes_words(self, session: Session) -> bool:
        """Whether this screen takes free text, so that a `*` may be part of it."""
        view = self._view(session)
        return isinstance(view, Menu) and view.typed is not None


def clean(text: str) -> str:
    """The typed text without control characters, direction marks and lone surrogates."""
    return clean_line(text)
