"""Sends the queued SMS. Each try is recorded before and after the call, so that no SMS goes twice without a mark.

Messages of one claim that have the same text go to the provider in one call, if it accepts that. Several calls run at
once, because a provider's answer takes far longer than our own work.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import ProviderRouting
from gateway.outbound.ready_sms import READY, ReadySms, ready_sms, settle_unsent
from gateway.outbound.send_results import Result, settle
from gateway.providers.base import NotSent, PerhapsSent, Provider, SendsToMany, Sent
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.runtime.metrics import PROVIDER_SECONDS
from storage.enumerations import MessageState, Work
from storage.messages.attempts import begin_attempt
from storage.messages.outbox import Claim, ClaimLost, postpone_work
from storage.people.open_questions import open_question
from storage.tables.messages import Message
from storage.tables.people import Contact

BATCH = 128
"""Messages of one claim."""
SEND_FOR = 2.0
"""Seconds in which the calls of one claim may start. The rest is given back, so that an emergency that came meanwhile
is read and sent. A call takes 12 s at worst, and a claim lasts 30."""
OUTCOMES: dict[type[object], str] = {Sent: "taken", NotSent: "refused", PerhapsSent: "unknown"}
"""The provider's answers as the metric and the log name them."""

log = logging.getLogger(__name__)


def send_batch(deployment: Deployment, routing: ProviderRouting, claim: Claim) -> None:
    """Sends the claimed messages. Those whose call could not start in time are due again at once."""
    batch = ready_sms(deployment, routing, claim)
    left = {sms.id for sms in batch}
    until = time.monotonic() + SEND_FOR
    calls_at_once = {name: provider.calls_at_once for name, provider in routing.by_name.items()}
    free = {name: threading.BoundedSemaphore(calls) for name, calls in calls_at_once.items()}
    under_way: list[Future[None]] = []
    last_to: dict[Msisdn, Future[None]] = {}
    with ThreadPoolExecutor(sum(calls_at_once.values()), "send") as threads:
        for call in _calls(routing, batch):
            # Messages to one number are sent in order, one after the other.
            before = [last_to[sms.to] for sms in call if sms.to in last_to]
            if wait(before, max(0.0, until - time.monotonic())).not_done:
                break
            provider = routing.by_name[call[0].provider]
            if not free[provider.name].acquire(timeout=max(0.0, until - time.monotonic())):
                break
            routing.wait_for_turn(deployment, provider, call[0].is_urgent, len(call))
            # A call writes in the turn of whoever sends: `storage.write_queue`.
            run = copy_context().run
            under_way.append(threads.submit(run, _call, deployment, claim, provider, call))
            under_way[-1].add_done_callback(partial(_release, free[provider.name]))
            left -= {sms.id for sms in call}
            last_to |= {sms.to: under_way[-1] for sms in call}
    _give_back(deployment, claim, sorted(left))
    for ended in under_way:
        # The lease ran out: the worker that has the rows now does the work.
        with suppress(ClaimLost):
            ended.result()


def _calls(routing: ProviderRouting, batch: Sequence[ReadySms]) -> Iterator[list[ReadySms]]:
    """Groups SMS with the same text and provider into calls, as many as the provider takes.

    A number is in one such call only; further messages to it follow in order, each in its own call.
    """
    together: dict[tuple[str, str, bool], list[list[ReadySms]]] = {}
    numbers: set[Msisdn] = set()
    further: list[ReadySms] = []
    for sms in batch:
        if sms.to in numbers:
            further.append(sms)
            continue
        numbers.add(sms.to)
        calls = together.setdefault((sms.provider, sms.text, sms.is_urgent), [[]])
        if len(calls[-1]) >= routing.at_once(routing.by_name[sms.provider]):
            calls.append([])
        calls[-1].append(sms)
    for calls in together.values():
        yield from calls
    for sms in further:
        yield [sms]


def _release(free: threading.Semaphore, _ended: Future[None]) -> None:
    free.release()


def _call(deployment: Deployment, claim: Claim, provider: Provider, batch: Sequence[ReadySms]) -> None:
    """One call to the provider, with a transaction before it and one after it."""
    with deployment.database.write() as transaction:
        own_ids = {
            sms.id: own_id
            for sms in batch
            if (own_id := _mark_sending(deployment, transaction, claim, provider, sms)) is not None
        }
    going = [sms for sms in batch if sms.id in own_ids]
    if not going:
        return
    results = _ask(provider, going, own_ids)
    with deployment.database.write() as transaction:
        for sms, result in zip(going, results, strict=True):
            settle(deployment, transaction, claim, sms.id, result)


def _mark_sending(
    deployment: Deployment, transaction: Transaction, claim: Claim, provider: Provider, sms: ReadySms
) -> str | None:
    """Records that the provider is about to be called. Returns the attempt's id; None if the message is not sent."""
    # The person before the message, in the order of a STOP: the two would wait for each other otherwise.
    asked = transaction.get(Contact, sms.asks, with_for_update=True) if sms.asks else None
    message = transaction.get(Message, sms.id, with_for_update=True)
    if message is None or message.state not in READY:
        settle_unsent(deployment, transaction, claim, sms.id)
        return None
    if message.state is MessageState.UNCERTAIN:
        message.perhaps_twice = True
    # No other attempt has this id, even if the database is restored or replaced behind the same provider.
    own_id = secrets.token_hex(16)
    begin_attempt(transaction, message, provider.name, own_id if provider.gives_own_ids else None)
    message.state, message.changed_at = MessageState.SENDING, deployment.now()
    message.tries += 1
    if asked:
        open_question(transaction, message, asked, deployment.now())
    return own_id


def _ask(provider: Provider, batch: Sequence[ReadySms], own_ids: Mapping[int, str]) -> Sequence[Result]:
    """Calls the provider; counts, logs and returns its answer about each SMS."""
    text, begun_at = batch[0].text, time.perf_counter()
    results: Sequence[Result]
    try:
        if len(batch) > 1 and isinstance(provider, SendsToMany):
            results = provider.send_many([sms.to for sms in batch], text)
        else:
            results = [provider.send(batch[0].to, text, own_ids[batch[0].id])]
    except (NotSent, PerhapsSent) as failure:
        results = [failure] * len(batch)
    took = time.perf_counter() - begun_at
    for sms, result in zip(batch, results, strict=True):
        outcome = OUTCOMES[type(result)]
        PROVIDER_SECONDS.labels(provider.name, outcome).observe(took)
        log_step(log, "sms handed over", provider=provider.name, concern=sms.concern_id, sms=sms.id, state=outcome)
    return results


def _give_back(deployment: Deployment, claim: Claim, subjects: Sequence[int]) -> None:
    """Makes work whose call did not start due again at once."""
    if not subjects:
        return
    with deployment.database.write() as transaction, suppress(ClaimLost):
        for subject in subjects:
            postpone_work(transaction, Work.SEND, claim, subject, deployment.now(), timedelta())
