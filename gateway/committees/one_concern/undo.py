"""Undoes an act of the web queue within five minutes.

Each act stores the earlier state of its concerns and their agenda items. The SMS with an answer or a question is sent
only when the act can no longer be undone. Alerts are sent at once, so an alert cannot be taken back.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Transaction

from gateway.committees.concerns import ActRefused
from gateway.outbound.citizen_notifications import notify_if_due
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import close_if_done, open_concerns, record_item
from storage.committees.agendas import AgendaPlacement
from storage.committees.budgets import OVER_BUDGET
from storage.concerns.concerns import record
from storage.concerns.corrections import keep_correction
from storage.enumerations import ConcernState, ItemState, MessageState, Work
from storage.messages.alerts import alerts_of
from storage.refusals import Why
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern, Correction, UndoStep
from storage.tables.messages import Message, OutboxRow

UNDO_FOR = timedelta(minutes=5)
WAITS_AT_MOST = UNDO_FOR + timedelta(minutes=1)
"""An SMS that waits until the act can no longer be undone is due at most this long after the act began."""
UNDONE = "undone"
"""The reason stored with an SMS that is held because its act was undone."""
COLUMNS = (
    "state", "commune", "place", "category", "urgency", "urgency_rank", "kind", "needs_review", "reasons",
    "committee", "item_id", "set_aside", "passed_to", "satisfied",
)  # fmt: skip
MOMENTS = ("asked_at", "news_due_at", "told_at")


@dataclass
class UndoLog:
    """Notes the state of concerns before an act, and stores it when the act is done."""

    transaction: Transaction
    actor: str
    what: str
    now: datetime

    def __post_init__(self) -> None:
        self.act = secrets.token_hex(16)
        self._before: list[tuple[Concern, dict[str, Any], bytes | None]] = []

    def remember(self, concerns: Sequence[Concern]) -> None:
        """Notes the present state of concerns and their items. Call it before the act."""
        known = {concern.id for concern, _, _ in self._before}
        for concern in concerns:
            if concern.id not in known:
                self._before.append((concern, _state_of(self.transaction, concern), concern.answer_sealed))

    def mark(self) -> int:
        """Returns how many concerns are noted so far."""
        return len(self._before)

    def back_to(self, mark: int) -> None:
        """Forgets what was noted after a mark, because that act was refused."""
        del self._before[mark:]

    def sms_waits_for_undo(self) -> bool:
        """Whether an SMS about a noted concern is sent as soon as the act can no longer be undone."""
        until = self.now + WAITS_AT_MOST
        due = [concern.news_due_at for concern, _, _ in self._before]
        return any(moment <= until for moment in due if moment)

    def keep(self, message: Message | None = None) -> str:
        """Stores what was noted, with the SMS that the act has queued; returns the act's id."""
        self.transaction.flush()
        for concern, before, answer in self._before:
            kept = before | ({"message": message.id} if message else {})
            step = UndoStep(
                act=self.act, concern_id=concern.id, actor=self.actor, what=self.what, at=self.now,
                before=kept, answer_sealed=answer, version=concern.version,
            )  # fmt: skip
            self.transaction.add(step)
        return self.act


def _state_of(transaction: Transaction, concern: Concern) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(concern, name) for name in COLUMNS}
    for name in MOMENTS:
        moment = getattr(concern, name)
        values[name] = moment.isoformat() if moment else None
    if concern.item_id and (item := transaction.get(AgendaItem, concern.item_id)):
        decision = item.decision_sealed
        values["item"] = {
            "id": item.id, "state": item.state.value, "is_open": item.is_open, "treated_at_id": item.treated_at_id,
            "decision": b64encode(decision).decode() if decision else None,
        }  # fmt: skip
    values["was_corrected"] = transaction.get(Correction, concern.id) is not None
    return values


def changed_by(transaction: Transaction, concern: Concern, act: str) -> list[Concern]:
    """Returns the concerns that an act on one concern changes: `agenda` also moves the others of its item."""
    item = transaction.get(AgendaItem, concern.item_id) if act == "agenda" and concern.item_id else None
    return open_concerns(transaction, item) if item else [concern]


def steps_to_undo(transaction: Transaction, act: str, actor: str, now: datetime) -> Sequence[UndoStep]:
    """Returns the steps of this person's act if it can still be undone; empty if it is too late."""
    return transaction.scalars(
        select(UndoStep)
        .where(UndoStep.act == act, UndoStep.actor == actor, UndoStep.at > now - UNDO_FOR)
        .order_by(UndoStep.id)
    ).all()


def undo(deployment: Deployment, transaction: Transaction, steps: Sequence[UndoStep], actor: str) -> bool:
    """Undoes an act as a whole; returns whether it caused an alert, which cannot be taken back.

    Raises `ActRefused` if it is too late, or if a concern has changed since.
    """
    if not steps:
        raise ActRefused(Why.UNDO_TOO_LATE)
    now, alert_is_gone = deployment.now(), False
    for step in steps:
        concern = transaction.get_one(Concern, step.concern_id, with_for_update=True)
        if concern.version != step.version:
            raise ActRefused(Why.UNDO_OVERTAKEN)
        alert_is_gone = alert_is_gone or any(alert.created_at >= step.at for alert in alerts_of(transaction, concern))
        _stop_message(transaction, step.before.get("message"), now)
        _restore(deployment, transaction, concern, step, actor)
        record(transaction, concern, now, actor, "undone", act=step.what)
    transaction.execute(delete(UndoStep).where(UndoStep.act == steps[0].act))
    return alert_is_gone


def send_now(deployment: Deployment, transaction: Transaction, steps: Sequence[UndoStep]) -> bool:
    """Sends the SMS of an act now, as far as quiet hours and budget allow; returns whether one goes.

    The act can no longer be undone.
    """
    now, goes = deployment.now(), False
    for step in steps:
        concern = transaction.get_one(Concern, step.concern_id, with_for_update=True)
        if concern.news_due_at and concern.news_due_at <= step.at + WAITS_AT_MOST:
            concern.news_due_at = now
            sms = notify_if_due(deployment, transaction, concern)
            goes = goes or (sms is not None and sms.reason != OVER_BUDGET)
        if message := step.before.get("message"):
            goes = _make_due(transaction, message, step.at + WAITS_AT_MOST, now) or goes
    if steps:
        transaction.execute(delete(UndoStep).where(UndoStep.act == steps[0].act))
    return goes


def _make_due(transaction: Transaction, message: int, until: datetime, now: datetime) -> bool:
    """Makes a queued SMS due now, if it is due by `until`; returns whether it is."""
    row = transaction.scalars(
        select(OutboxRow).where(OutboxRow.work == Work.SEND, OutboxRow.subject_id == message, OutboxRow.due_at <= until)
    ).first()
    if row:
        row.due_at, row.set_at = now, now
    return row is not None


def _restore(deployment: Deployment, transaction: Transaction, concern: Concern, step: UndoStep, actor: str) -> None:
    before, left = step.before, concern.item_id
    for name in COLUMNS:
        setattr(concern, name, before[name])
    concern.state = ConcernState(before["state"])
    for name in MOMENTS:
        setattr(concern, name, _moment(before[name]))
    concern.answer_sealed = step.answer_sealed
    if item := before.get("item"):
        _restore_item(deployment, transaction, concern, item, actor)
    transaction.flush()
    if left and left != concern.item_id:
        close_if_done(transaction, transaction.get_one(AgendaItem, left))
    if step.what == "correct":
        _restore_correction(transaction, concern, bool(before["was_corrected"]), deployment.now())


def _restore_item(
    deployment: Deployment, transaction: Transaction, concern: Concern, before: dict[str, Any], actor: str
) -> None:
    """Restores the item. If the same subject has a new open item meanwhile, the concern joins that one instead."""
    item = transaction.get_one(AgendaItem, before["id"], with_for_update=True)
    if before["is_open"] and not item.is_open:
        anew = select(AgendaItem.id).where(
            AgendaItem.committee == item.committee, AgendaItem.subject_key == item.subject_key, AgendaItem.is_open
        )
        if transaction.scalars(anew).first():
            AgendaPlacement(transaction, deployment.pack, deployment.now()).place(concern)
            return
    if item.state != before["state"] or item.is_open != before["is_open"]:
        item.state, item.is_open = ItemState(before["state"]), before["is_open"]
        item.treated_at_id = before["treated_at_id"]
        item.decision_sealed = b64decode(before["decision"]) if before["decision"] else None
        record_item(transaction, item, deployment.now(), actor, "undone")


def _restore_correction(transaction: Transaction, concern: Concern, was_corrected: bool, now: datetime) -> None:
    if was_corrected:
        keep_correction(transaction, concern, now)
    else:
        transaction.execute(delete(Correction).where(Correction.concern_id == concern.id))


def _stop_message(transaction: Transaction, id: int | None, now: datetime) -> None:
    """Holds an SMS of the act for good. The worker cannot have claimed it, because it was not due yet."""
    if id is None:
        return
    waiting = (Message.id == id, Message.state == MessageState.QUEUED, Message.tries == 0)
    transaction.execute(
        update(Message)
        .where(*waiting)
        .values(state=MessageState.HELD, reason=UNDONE, text_sealed=None, price=0, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    transaction.execute(delete(OutboxRow).where(OutboxRow.work == Work.SEND, OutboxRow.subject_id == id))


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def drop_old_steps(transaction: Transaction, now: datetime) -> None:
    """Deletes the steps that can no longer be undone."""
    transaction.execute(delete(UndoStep).where(UndoStep.at <= now - UNDO_FOR))
