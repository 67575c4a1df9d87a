"""Answers USSD requests: the state machine decides, and this module carries out its decisions, each once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flows.conversation.effects import ForgetPerson
from flows.conversation.session import Session
from flows.screen import Screen, to_gsm
from gateway.abuse.flood_limits import request_counters
from gateway.providers.base import UssdRequest, bare_code
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.runtime.metrics import count_session
from gateway.ussd.effects import EffectRunner
from gateway.ussd.transactions import RequestTransactions
from storage.lost_races import done_again
from storage.people.password_hashes import PinHashes, hash_outside
from storage.sessions.in_database import Input
from storage.sessions.in_redis import KEPT, Loaded, Marks, RequestCounter, heard, new_input
from storage.sessions.progress import keep_progress

log = logging.getLogger(__name__)


def answer_request(deployment: Deployment, request: UssdRequest) -> Screen:
    """Returns the screen for one request. What the request files is committed before the screen is returned.

    A repeated request gets the same screen. If the session is lost, it is rebuilt by replaying what was typed.
    """
    marks = Marks.of(deployment.vault, request.key)
    counters = request_counters(deployment, marks)
    if not request.typed_is_whole:
        if _is_over(deployment, counters, deployment.sessions.count(counters)):
            return _too_fast(deployment)
        screen, runner = done_again(
            lambda: hash_outside(lambda hashes: _answer_newest(deployment, request, marks, hashes))
        )
        return _settled(deployment, runner, screen)
    loaded = deployment.sessions.load(marks, counters, begins=not request.typed)
    if _is_over(deployment, counters, loaded.counts):
        return _too_fast(deployment)
    session, screen, runner = done_again(
        lambda: hash_outside(lambda hashes: _answer_whole(deployment, request, loaded, marks, hashes))
    )
    is_kept = deployment.sessions.keep(marks, session, counters, loaded.counts or (), runner.progress)
    if runner.progress and not is_kept:
        with deployment.database.write() as transaction:
            keep_progress(transaction, deployment.vault, runner.progress)
    return _settled(deployment, runner, screen)


def _settled(deployment: Deployment, runner: EffectRunner, screen: Screen) -> Screen:
    """Wakes the worker, counts and logs, after everything that the request causes is committed."""
    if runner.filed:
        deployment.wake_worker(urgent=runner.is_urgent)
    if runner.concern_id:
        count_session("filed")
        log_step(log, "report filed", concern=runner.concern_id, hook="ussd")
    if screen.ends and not runner.is_repeated:
        count_session("ended")
    return screen


def _answer_whole(
    deployment: Deployment, request: UssdRequest, loaded: Loaded, marks: Marks, hashes: PinHashes
) -> tuple[Session, Screen, EffectRunner]:
    """Returns the session, its screen and the runner with what else is to be kept. May raise `HashNeeded`."""
    transactions = RequestTransactions(deployment, request)
    runner = EffectRunner(deployment, request, transactions, marks, hashes, waiting=loaded.progress)
    try:
        with transactions:
            session, screen = _advance(deployment, runner, request, loaded.session)
    except BaseException:
        runner.put_back()
        raise
    return heard(session, request.typed, runner.run or ""), screen, runner


def _is_over(deployment: Deployment, counters: Sequence[RequestCounter], counts: Sequence[int] | None) -> bool:
    """Whether this request is one too many. While Redis is away each process counts for itself."""
    if counts is None:
        counts = [deployment.rate_limits.count_here(f"{counter.name}:{counter.field}") for counter in counters]
    return any(count > counter.most for count, counter in zip(counts, counters, strict=True))


def _too_fast(deployment: Deployment) -> Screen:
    """The last screen after too many requests: nobody types so fast. What was sent stays sent."""
    return Screen(to_gsm(deployment.pack.first_language.say("again")), ends=True)


def _answer_newest(
    deployment: Deployment, request: UssdRequest, marks: Marks, hashes: PinHashes
) -> tuple[Screen, EffectRunner]:
    """Returns the screen and what the request did, for a provider that sends only the newest input.

    Session and effects are committed together, or neither is.
    """
    with RequestTransactions(deployment, request) as transactions:
        runner = EffectRunner(deployment, request, transactions, marks, hashes)
        kept = runner.locked_session()
        typed = _dialled_behind(deployment, request) if request.begins else request.typed
        input = Input(typed, request.number, request.begins, request.echoes)
        if kept and kept.has_heard(input, deployment.now()):
            runner.is_repeated = True
            _, screen, _ = deployment.machine.fitting(request.longest).inform(kept.session, kept.session.facts)
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
    """One request of a provider that sends the whole text each time: an empty text begins a session, and the same text
    again changes nothing."""
    typed = new_input(kept, request.typed) if kept else None
    runner.run = kept.run if kept else None
    if kept and typed == "":
        runner.is_repeated = True
        session, screen, _ = deployment.machine.fitting(request.longest).inform(kept, kept.facts)
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
    """Whether a `*` in the new text was typed as a letter. After a failure of Redis it may separate several inputs."""
    return deployment.machine.takes_words(kept) and not deployment.redis.has_failed_within(KEPT)


def _step(deployment: Deployment, runner: EffectRunner, session: Session, typed: str) -> tuple[Session, Screen]:
    machine = deployment.machine.fitting(runner.request.longest)
    session, screen, effects = machine.advance(session, typed)
    for effect in effects:
        facts = runner.carry_out(effect, session)
        if isinstance(effect, ForgetPerson):
            session = Session(session.screen, session.language)  # earlier answers and facts are erased too
        if facts is not None:
            session, screen, _ = machine.inform(session, facts)
    return session, screen


def _replay(deployment: Deployment, runner: EffectRunner, typed: str) -> tuple[Session, Screen]:
    """Rebuilds the session from its beginning. Free text may hold the `*` that separates inputs: a piece that the next
    screen does not accept belongs to the text before it."""
    machine = deployment.machine.fitting(runner.request.longest)
    if typed and (filed := runner.already_filed()):
        session = Session("sent", filed.spoken)
        session, screen, _ = machine.inform(session, runner.sent_facts(filed, session))
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
