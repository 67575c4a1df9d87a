"""What was known about the caller when the session began: a replay must find the same facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flows.conversation.facts import HAS_PIN, NEW, Facts
from gateway.runtime.deployment import Deployment
from gateway.ussd.transactions import RequestTransactions
from storage.concerns.unfinished_reports import OFFERED_FOR, offer_ended_at, offered_draft
from storage.messages.inbound_events import is_known_event
from storage.sessions.callers import Caller
from storage.sessions.filed import LIFE
from storage.sessions.progress import Progress

MOST_OFTEN = 3
"""Frequent categories that the menu offers first."""
MUTED, NEWS = "muted", "news"
"""The settings that a citizen can switch in the menu."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """The facts with which a session begins, and when something other than this session last changed them."""

    facts: Facts = field(default_factory=Facts)
    changed_at: datetime | None = None


def known_of_caller(
    deployment: Deployment,
    transactions: RequestTransactions,
    marks: Sequence[bytes],
    replays: bool,
    waiting: Progress | None = None,
) -> KnownCaller:
    """Returns what a session begins with, without the changes of the session that has these `marks`.

    `replays` is true if the input of this session is replayed. `waiting` is the progress of the number's last session,
    if it is not in the database yet.
    """
    caller = transactions.first_look().caller
    draft, language = _left_by_the_last_session(deployment, waiting, marks)
    if caller is None:
        return KnownCaller(Facts(language, draft=draft))
    if draft is None and (kept := offered_draft(deployment.vault, caller.draft, marks, deployment.now())):
        draft = kept.screen, kept.answers
    facts = Facts(
        language=language if caller.language_session_hash in marks else caller.language or language,
        usual=caller.usual_place,
        asked=caller.asked_answerable,
        secretary=_secretary(caller),
        often=_often(deployment, transactions, caller, _midnight(deployment)),
        draft=draft,
        muted=caller.is_muted != (replays and _turned(deployment, transactions, marks, MUTED)),
        wants_news=caller.wants_news != (replays and _turned(deployment, transactions, marks, NEWS)),
    )
    changed_at = _changed_at(deployment, transactions, caller, facts) if replays else caller.menu_changed_at
    return KnownCaller(facts, changed_at)


def _changed_at(
    deployment: Deployment, transactions: RequestTransactions, caller: Caller, facts: Facts
) -> datetime | None:
    """When something other than the session itself last changed these facts."""
    now, midnight, changes = deployment.now(), _midnight(deployment), [caller.menu_changed_at]
    if now - midnight < LIFE:
        yesterdays = _often(deployment, transactions, caller, midnight - timedelta(days=1))
        changes.append(midnight if facts.often != yesterdays else None)
    if facts.draft is None:
        changes.append(offer_ended_at(caller.draft, now))
    return max((moment for moment in changes if moment), default=None)


def _left_by_the_last_session(
    deployment: Deployment, waiting: Progress | None, marks: Sequence[bytes]
) -> tuple[tuple[str, dict[str, Any]] | None, str | None]:
    """The draft and the language from another session whose progress is not in the database yet."""
    if waiting is None or waiting.key.marks(deployment.vault, waiting.run)[0] in marks:
        return None, None
    is_offered = waiting.unsent is not None and waiting.kept_at > deployment.now() - OFFERED_FOR
    draft = (waiting.unsent.screen, waiting.unsent.answers) if waiting.unsent and is_offered else None
    return draft, waiting.language


def setting_mark(mark: bytes, setting: str) -> tuple[str, ...]:
    """Returns the key that records that a session switched a setting: a replay must find the setting as it was."""
    return "ussd setting", mark.hex(), setting


def _turned(deployment: Deployment, transactions: RequestTransactions, marks: Sequence[bytes], setting: str) -> bool:
    return any(is_known_event(transactions.reading(), deployment.vault, *setting_mark(mark, setting)) for mark in marks)


def _midnight(deployment: Deployment) -> datetime:
    now = deployment.now().astimezone(deployment.pack.time_zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _often(deployment: Deployment, transactions: RequestTransactions, caller: Caller, day: datetime) -> tuple[str, ...]:
    """The most frequent categories in this person's usual commune, as they were when a day began."""
    if not caller.usual_place:
        return ()
    commune = caller.usual_place.partition("|")[0]
    return tuple(deployment.frequent_categories.of(transactions.reading, deployment.pack, commune, day)[:MOST_OFTEN])


def _secretary(caller: Caller) -> str | None:
    """Whether a secretary is calling, with a PIN or not yet; None for anybody else."""
    if not caller.is_secretary:
        return None
    return HAS_PIN if caller.has_pin else NEW
