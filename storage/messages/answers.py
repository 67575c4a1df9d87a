"""Queues the answers to many messages at once, with a few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.screen import count_segments, to_gsm
from storage.enumerations import MessageState, Work
from storage.insert_once import insert_with_ids
from storage.messages.answer_limits import Answered, answered_lately, may_be_answered
from storage.messages.outbound import TEXT, OutboundSms, queue_message
from storage.messages.outbox import add_work
from storage.safety.vault import Vault
from storage.tables.messages import Message


def queue_answers(
    transaction: Transaction, vault: Vault, pack: Pack, answers: Sequence[OutboundSms], now: datetime
) -> None:
    """Writes answers and the work of sending them, as `queue_message` does for each; `answer` is set in all of them.

    What a limit holds back, and what has to wait for the end of the quiet hours, is left to `queue_message`.
    """
    reachable = [sms for sms in answers if sms.contact.msisdn_sealed is not None and not sms.contact.muted_at]
    if not reachable:
        return
    lately = defaultdict(Answered, answered_lately(transaction, {sms.contact.id for sms in reachable}, now))
    rows, held = [], []
    for sms in reachable:
        row = _row(vault, pack, sms, lately[sms.contact.id], now)
        if row is None:
            held.append(sms)
        else:
            rows.append(row)
    new = insert_with_ids(transaction, Message, rows)
    for priority in {row["priority"] for row in rows}:
        queued = [row["id"] for row in rows if row["id"] in new and row["priority"] is priority]
        add_work(transaction, Work.SEND, queued, now, priority=priority)
    for sms in held:
        queue_message(transaction, vault, pack, sms, now)


def _row(vault: Vault, pack: Pack, sms: OutboundSms, lately: Answered, now: datetime) -> dict[str, Any] | None:
    """The columns of a message, or None if it may not go at once. The answer is counted in `lately`."""
    if sms.priority.waits_in_quiet_hours:
        return None
    text = to_gsm(sms.text)
    parts = count_segments(text)
    price = pack.price(parts).amount
    answer = sms.answer
    if answer is None or not may_be_answered(vault, pack, sms.contact) or lately.why_no_more(pack, answer, price):
        return None
    lately.add(answer, price)
    return {
        "key": sms.key,
        "contact_id": sms.contact.id,
        "concern_id": sms.concern_id,
        "answer": answer,
        "text_sealed": vault.seal(TEXT, text),
        "parts": parts,
        "price": price,
        "currency": pack.currency,
        "state": MessageState.QUEUED,
        "tries": 0,
        "priority": sms.priority,
        "perhaps_twice": False,
        "created_at": now,
        "changed_at": now,
    }
