"""Applies the plan of a registry file, in pieces, because on SQLite all other writers wait for each, citizens too.

Committees that nothing waits for are changed with a few statements for all of a piece; the others take the way of a
single change.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from gateway.committees.meetings import tell_changes
from gateway.committees.registry import install
from gateway.committees.registry_file.plan import ImportPlan, LinePlan
from gateway.committees.registry_file.planning import committee_states, registry_state
from gateway.outbound.alerts import hand_over_to
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import innermost
from storage.committees.budgets import OVER_BUDGET, release
from storage.committees.committees import plan_anew
from storage.committees.meetings import planned_ahead
from storage.enumerations import ItemState, MeetingState, Work
from storage.paced_writes import write_in_groups
from storage.people.contacts import ensure_contacts
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Committee, Meeting, Recommendation, Secretary
from storage.tables.concerns import IS_OPEN, Concern
from storage.tables.messages import Message, OutboxRow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `moved` counts the open concerns that went down to committees that were installed."""

    changed: int
    installed: int
    moved: int
    secretaries: int


class RegistryChanged(Exception):
    """The registry is no longer the one that the file was compared with. Nothing was changed."""


class ImportStopped(Exception):
    """An import broke off. The committees before `line` are done; the same file, imported again, does the rest."""

    def __init__(self, imported: Imported, line: int) -> None:
        super().__init__(f"stopped before line {line}")
        self.imported, self.line = imported, line


def apply_plan(deployment: Deployment, plan: ImportPlan, actor: str) -> Imported:
    """Applies a plan without refusals; writes the lines of the audit that single changes write, and one for all.

    On SQLite all other writers wait for a transaction, citizens too. So the plan is applied in pieces, each in a short
    transaction of its own, which checks that nobody has changed its committees meanwhile. Raises `RegistryChanged` if
    anything was changed since the plan was made, and `ImportStopped` if something fails between two pieces.
    """
    with deployment.database.read() as transaction:
        states = committee_states(transaction)
        # SQLAlchemy compiles these statements now, while nobody waits.
        committees_at_work(transaction, deployment.pack, deployment.now(), [line.code for line in plan.lines[:1]])
    if registry_state(states) != plan.state:
        raise RegistryChanged
    work = _Import(deployment, actor, states)
    try:
        write_in_groups(deployment.database, plan.lines, work.write, work.stop)
    finally:
        done = work.done()
        if done.changed or not plan.lines:
            with deployment.database.write() as transaction:
                write_line(
                    transaction, deployment.now(), actor, "committees_imported", changes=done.changed,
                    installed=done.installed, secretaries=done.secretaries, moved=done.moved,
                )  # fmt: skip
    return done


@dataclass
class _Import:
    """An import under way: who does it, and the state of each committee when it was planned."""

    deployment: Deployment
    actor: str
    states: Mapping[str, str]
    pieces: dict[int, Imported] = field(default_factory=dict)
    """What the pieces did so far, by the number of their first line."""

    def write(self, transaction: Transaction, lines: Sequence[LinePlan]) -> None:
        """Changes the committees of these lines and adds their secretaries. Raises `RegistryChanged`."""
        deployment, codes = self.deployment, [line.code for line in lines]
        if committee_states(transaction, codes) != {code: self.states[code] for code in codes}:
            raise RegistryChanged
        committees = {row.code: row for row in transaction.scalars(select(Committee).where(Committee.code.in_(codes)))}
        at_work = committees_at_work(transaction, deployment.pack, deployment.now(), codes)
        moved = 0
        for line in lines:
            committee = committees[line.code]
            if line.code in at_work:
                moved += _change_at_work(deployment, transaction, committee, line, self.actor)
            else:
                _change_at_rest(deployment, transaction, committee, line, self.actor)
        added = _add_secretaries(deployment, transaction, lines, at_work, self.actor)
        transaction.flush()
        installed = sum(line.installs_on is not None for line in lines)
        self.pieces[lines[0].line] = Imported(len(lines), installed, moved, added)

    def stop(self, lines: Sequence[LinePlan], error: Exception) -> None:
        """Ends the import after a piece has failed: with its own error if nothing was changed before."""
        self.pieces.pop(lines[0].line, None)
        if not self.pieces:
            raise error
        log.warning("an import stopped: %s at %s", type(error).__name__, innermost(error))
        raise ImportStopped(self.done(), lines[0].line) from error

    def done(self) -> Imported:
        """What all pieces did."""
        counts = zip((0, 0, 0, 0), *map(astuple, self.pieces.values()), strict=True)
        return Imported(*map(sum, counts))


def committees_at_work(transaction: Transaction, pack: Pack, now: datetime, codes: Collection[str]) -> frozenset[str]:
    """Those of these committees that something waits for: an open concern of their area, an item, a meeting, an SMS.

    Installing or changing any other moves nothing and tells nobody.
    """
    inside = {commune for code in codes for commune in pack.communes_under(pack.committees[code].area)}
    is_open = AgendaItem.state != ItemState.CLOSED
    is_waiting = text(f"concerns.{IS_OPEN}")  # as the indexes of open concerns have it
    places = (
        select(Concern.commune).where(is_waiting, Concern.duplicate_of.is_(None), Concern.commune.in_(inside)),
        select(AgendaItem.commune).where(is_open, AgendaItem.commune.in_(inside)),
    )
    named = (
        select(Concern.committee).where(is_waiting, Concern.committee.in_(codes)),
        select(AgendaItem.committee).where(is_open, AgendaItem.committee.in_(codes)),
        select(AgendaItem.moved_from).where(is_open, AgendaItem.moved_from.in_(codes)),
        select(Recommendation.moved_from).where(Recommendation.moved_from.in_(codes)),
        select(Meeting.committee).where(
            Meeting.state == MeetingState.PLANNED, Meeting.starts_at > now, Meeting.committee.in_(codes)
        ),
        select(Message.committee)
        .join(OutboxRow, OutboxRow.subject_id == Message.id)
        .where(OutboxRow.work == Work.SEND, Message.reason == OVER_BUDGET, Message.committee.in_(codes)),
    )
    communes = {code for query in places for code in transaction.scalars(query.distinct()) if code}
    above = {
        committee.code for code in communes if code in pack.committees for committee in pack.committees_above(code)
    }
    return frozenset(above | {code for query in named for code in transaction.scalars(query.distinct()) if code})


def _change_at_work(
    deployment: Deployment, transaction: Transaction, committee: Committee, line: LinePlan, actor: str
) -> int:
    """Installs and changes one committee; returns how many concerns moved to it."""
    now, pack = deployment.now(), deployment.pack
    settings, moved = dict(line.settings), 0
    if line.installs_on:
        moved = install(deployment, transaction, committee, actor, line.installs_on, settings.pop("meets", ""))
    if settings:
        before = planned_ahead(transaction, committee.code, now)
        for name, value in settings.items():
            setattr(committee, name, value)
        if "monthly_budget" in settings:
            release(transaction, committee.code, now)
        if "meets" in settings:
            plan_anew(transaction, pack, committee, now)
        tell_changes(deployment, transaction, committee, before)
        write_line(transaction, now, actor, "committee_change", committee=committee.code, changed=True)
    return moved


def _change_at_rest(
    deployment: Deployment, transaction: Transaction, committee: Committee, line: LinePlan, actor: str
) -> None:
    now = deployment.now()
    if day := line.installs_on:
        committee.installed, committee.installed_on, committee.closed_on = True, day, None
        committee.meets = committee.meets or deployment.pack.default_meeting
        write_line(transaction, now, actor, "committee_install", committee=line.code, on=day.isoformat(), moved=0)
    for name, value in line.settings.items():
        setattr(committee, name, value)
    if line.settings:
        write_line(transaction, now, actor, "committee_change", committee=line.code, changed=True)


def _add_secretaries(
    deployment: Deployment, transaction: Transaction, lines: Sequence[LinePlan], at_work: frozenset[str], actor: str
) -> int:
    """Adds the new secretaries. They choose their PIN by USSD; nobody gets an invitation by SMS for it."""
    now = deployment.now()
    wanted = [(line.code, number) for line in lines for number in line.secretaries]
    contacts = ensure_contacts(transaction, deployment.vault, {number for _, number in wanted}, now)
    codes = {code for code, _ in wanted}
    had_one = set(transaction.scalars(select(Secretary.committee).where(Secretary.committee.in_(codes)).distinct()))
    rows = [{"committee": code, "contact_id": contacts[number].id, "created_at": now} for code, number in wanted]
    if rows:
        transaction.execute(insert(Secretary), rows)
    for code, number in wanted:
        contacts[number].menu_changed_at = now
        write_line(transaction, now, actor, "secretary_added", committee=code, secretary=contacts[number].id, new=True)
    transaction.flush()
    for code in codes - had_one:
        if code in at_work:
            hand_over_to(deployment, transaction, code)
    return len(wanted)
