"""Answers USSD hops: the pure machine decides, this carries out what it decided, once."""

from __future__ import annotations

from flows.conversation.effects import ForgetPerson
from flows.conversation.session import Session
from flows.screen import Screen, to_gsm
from gateway.abuse.flood_limits import hop_limits
from gateway.providers.base import UssdHop, bare_code
from gateway.runtime.deployment import Deployment
from gateway.ussd.effects import HopDesk
from storage.sessions.in_database import Input
from storage.sessions.in_redis import KEPT, heard, new_input


def answer_hop(deployment: Deployment, hop: UssdHop) -> Screen:
    """The screen for one hop. What it files is committed before the screen is returned.

    A repeated hop gets the same screen; one whose session is gone is answered by replaying what was typed.
    """
    limits = hop_limits(deployment, hop)
    if not hop.typed_is_whole:
        if any(deployment.limits.is_over(limit) for limit in limits):
            return _too_fast(deployment)
        return _answer_newest(deployment, hop)
    counters = [(deployment.limits.key(limit), limit.seconds) for limit in limits]
    kept, counts = deployment.sessions.load(hop.key, counters)
    counts = counts or [deployment.limits.count_here(key) for key, _ in counters]
    if any(count > limit.most for count, limit in zip(counts, limits, strict=True)):
        return _too_fast(deployment)
    with HopDesk(deployment, hop) as desk:
        session, screen = _advance(deployment, desk, hop, kept)
    deployment.sessions.keep(hop.key, heard(session, hop.typed))
    if desk.filed:
        deployment.nudge()
    return screen


def _too_fast(deployment: Deployment) -> Screen:
    """No thumb types so fast: the session ends, and what was sent stays sent."""
    return Screen(to_gsm(deployment.pack.first_language.say("again")), ends=True)


def _answer_newest(deployment: Deployment, hop: UssdHop) -> Screen:
    """A hop that brings its newest input alone: session and effects are committed together, or neither is."""
    with HopDesk(deployment, hop) as desk:
        kept = desk.locked_session()
        typed = _dialled_behind(deployment, hop) if hop.begins else hop.typed
        input = Input(typed, hop.number, hop.begins, hop.echoes)
        if kept and kept.has_heard(input, deployment.now()):
            _, screen, _ = deployment.machine.fitting(desk.longest).inform(kept.session, {})
            return screen
        if hop.begins:
            desk.begin()
            session, screen = _replay(deployment, desk, input.typed)
        elif kept is None:
            session, screen = _replay(deployment, desk, "")
        else:
            session, screen = _step(deployment, desk, kept.session, hop.typed)
        desk.keep_session(session, input)
    if desk.filed:
        deployment.nudge()
    return screen


def _dialled_behind(deployment: Deployment, hop: UssdHop) -> str:
    """Digits dialled with the code are input typed at once: `*384*223*1*4#` → `1*4`."""
    ours = bare_code(deployment.pack.service_code)
    return bare_code(hop.service_code or "").removeprefix(ours).removeprefix("*")


def _advance(deployment: Deployment, desk: HopDesk, hop: UssdHop, kept: Session | None) -> tuple[Session, Screen]:
    """One hop of a provider that sends the whole text: an empty one begins, and the same text again changes nothing."""
    typed = new_input(kept, hop.typed) if kept else None
    if kept and typed == "":
        session, screen, _ = deployment.machine.fitting(desk.longest).inform(kept, {})
        return session, screen
    if hop.begins or not hop.typed:
        desk.begin()
    if kept is None or typed is None or ("*" in typed and not _is_words(deployment, kept)):
        return _replay(deployment, desk, hop.typed)
    return _step(deployment, desk, kept, typed)


def _is_words(deployment: Deployment, kept: Session) -> bool:
    """Whether a `*` in what is new is one that was typed. With Redis back from a hang it may be several inputs."""
    return deployment.machine.takes_words(kept) and not deployment.redis.has_failed_within(KEPT)


def _step(deployment: Deployment, desk: HopDesk, session: Session, typed: str) -> tuple[Session, Screen]:
    machine = deployment.machine.fitting(desk.longest)
    session, screen, effects = machine.advance(session, typed)
    for effect in effects:
        facts = desk.carry_out(effect, session)
        if isinstance(effect, ForgetPerson):
            session = Session(session.screen, session.language)  # what was said and known before it goes too
        if facts is not None:
            session, screen, _ = machine.inform(session, facts)
    return session, screen


def _replay(deployment: Deployment, desk: HopDesk, typed: str) -> tuple[Session, Screen]:
    """The talk from its beginning. What is typed as words may hold the `*` that separates inputs: a piece that
    the next screen has no use for belongs to the words before it."""
    machine = deployment.machine.fitting(desk.longest)
    if filed := desk.already_filed():
        session, screen, _ = machine.inform(Session("sent", filed.spoken), desk.sent_facts(filed))
        return session, screen
    session, screen, _ = machine.dial(desk.dialled())
    before: tuple[Session, str] | None = None
    for piece in typed.split("*") if typed else []:
        after, shown = _step(deployment, desk, session, piece)
        if before and after.notice and before[0].screen == "words":
            joined = f"{before[1]}*{piece}"
            after, shown = _step(deployment, desk, before[0], joined)
            before = (before[0], joined)
        else:
            before = (session, piece)
        session, screen = after, shown
    return session, screen
