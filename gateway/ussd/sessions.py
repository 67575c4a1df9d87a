"""Answers USSD requests: the pure machine decides, this carries out what it decided, once."""

from __future__ import annotations

import logging

from flows.conversation.effects import ForgetPerson
from flows.conversation.session import Session
from flows.screen import Screen, to_gsm
from gateway.abuse.flood_limits import request_limits
from gateway.providers.base import UssdRequest, bare_code
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.runtime.metrics import count_session
from gateway.ussd.effects import EffectRunner
from storage.people.password_hashes import PinHashes, hash_outside
from storage.sessions.in_database import Input
from storage.sessions.in_redis import KEPT, heard, new_input

log = logging.getLogger(__name__)


def answer_request(deployment: Deployment, request: UssdRequest) -> Screen:
    """The screen for one request. What it files is committed before the screen is returned.

    A repeated request gets the same screen; one whose session is gone is answered by replaying what was typed.
    """
    limits = request_limits(deployment, request)
    if not request.typed_is_whole:
        if any(deployment.rate_limits.is_over(limit) for limit in limits):
            return _too_fast(deployment)
        screen, runner = hash_outside(lambda hashes: _answer_newest(deployment, request, hashes))
        return _settled(deployment, runner, screen)
    counters = [(deployment.rate_limits.key(limit), limit.seconds) for limit in limits]
    kept, counts = deployment.sessions.load(request.key, counters)
    counts = counts or [deployment.rate_limits.count_here(key) for key, _ in counters]
    if any(count > limit.most for count, limit in zip(counts, limits, strict=True)):
        return _too_fast(deployment)
    session, screen, runner = hash_outside(lambda hashes: _answer_whole(deployment, request, kept, hashes))
    deployment.sessions.keep(request.key, heard(session, request.typed))
    return _settled(deployment, runner, screen)


def _settled(deployment: Deployment, runner: EffectRunner, screen: Screen) -> Screen:
    """What follows when everything that the request causes is committed."""
    if runner.filed:
        deployment.wake_worker()
    if runner.concern_id:
        count_session("filed")
        log_step(log, "report filed", concern=runner.concern_id, hook="ussd")
    if screen.ends:
        count_session("ended")
    return screen


def _answer_whole(
    deployment: Deployment, request: UssdRequest, kept: Session | None, hashes: PinHashes
) -> tuple[Session, Screen, EffectRunner]:
    """The session, its screen, and what the request did. May end in `HashNeeded`, as all that follows."""
    with EffectRunner(deployment, request, hashes) as runner:
        session, screen = _advance(deployment, runner, request, kept)
    return session, screen, runner


def _too_fast(deployment: Deployment) -> Screen:
    """No thumb types so fast: the session ends, and what was sent stays sent."""
    return Screen(to_gsm(deployment.pack.first_language.say("again")), ends=True)


def _answer_newest(deployment: Deployment, request: UssdRequest, hashes: PinHashes) -> tuple[Screen, EffectRunner]:
    """The screen, and what the request did, where the provider sends the newest input alone.

    Session and effects are committed together, or neither is.
    """
    with EffectRunner(deployment, request, hashes) as runner:
        kept = runner.locked_session()
        typed = _dialled_behind(deployment, request) if request.begins else request.typed
        input = Input(typed, request.number, request.begins, request.echoes)
        if kept and kept.has_heard(input, deployment.now()):
            _, screen, _ = deployment.machine.fitting(runner.longest).inform(kept.session, {})
            return screen, runner
        if request.begins:
            runner.begin()
            count_session("begun")
            session, screen = _replay(deployment, runner, input.typed)
        elif kept is None:
            session, screen = _replay(deployment, runner, "")
        else:
            session, screen = _step(deployment, runner, kept.session, request.typed)
        runner.keep_session(session, input)
    return screen, runner


def _dialled_behind(deployment: Deployment, request: UssdRequest) -> str:
    """Digits dialled with the code are input typed at once: `*384*223*1*4#` → `1*4`."""
    ours = bare_code(deployment.pack.service_code)
    return bare_code(request.service_code or "").removeprefix(ours).removeprefix("*")


def _advance(
    deployment: Deployment, runner: EffectRunner, request: UssdRequest, kept: Session | None
) -> tuple[Session, Screen]:
    """One request of a provider that sends the whole text: an empty one begins, and the same text again changes
    nothing."""
    typed = new_input(kept, request.typed) if kept else None
    if kept and typed == "":
        session, screen, _ = deployment.machine.fitting(runner.longest).inform(kept, {})
        return session, screen
    if request.begins or not request.typed:
        runner.begin()
        count_session("begun")
    elif kept is None:
        count_session("rebuilt")
    if kept is None or typed is None or ("*" in typed and not _is_words(deployment, kept)):
        return _replay(deployment, runner, request.typed)
    return _step(deployment, runner, kept, typed)


def _is_words(deployment: Deployment, kept: Session) -> bool:
    """Whether a `*` in what is new is one that was typed. With Redis back from a hang it may be several inputs."""
    return deployment.machine.takes_words(kept) and not deployment.redis.has_failed_within(KEPT)


def _step(deployment: Deployment, runner: EffectRunner, session: Session, typed: str) -> tuple[Session, Screen]:
    machine = deployment.machine.fitting(runner.longest)
    session, screen, effects = machine.advance(session, typed)
    for effect in effects:
        facts = runner.carry_out(effect, session)
        if isinstance(effect, ForgetPerson):
            session = Session(session.screen, session.language)  # what was said and known before it goes too
        if facts is not None:
            session, screen, _ = machine.inform(session, facts)
    return session, screen


def _replay(deployment: Deployment, runner: EffectRunner, typed: str) -> tuple[Session, Screen]:
    """The session from its beginning. What is typed as words may hold the `*` that separates inputs: a piece that
    the next screen has no use for belongs to the words before it."""
    machine = deployment.machine.fitting(runner.longest)
    if filed := runner.already_filed():
        session, screen, _ = machine.inform(Session("sent", filed.spoken), runner.sent_facts(filed))
        return session, screen
    facts, typed = runner.dialled(typed)
    session, screen, _ = machine.dial(facts)
    before: tuple[Session, str] | None = None
    for piece in typed.split("*") if typed else []:
        after, shown = _step(deployment, runner, session, piece)
        if before and after.notice and before[0].screen == "words":
            joined = f"{before[1]}*{piece}"
            after, shown = _step(deployment, runner, before[0], joined)
            before = (before[0], joined)
        else:
            before = (session, piece)
        session, screen = after, shown
    return session, screen
