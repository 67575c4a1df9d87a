"""Applies the plan of a registry file, all of it in one transaction.

On SQLite all other writers wait meanwhile, citizens too. So committees that nothing waits for are changed with a few
statements for all of them; the others take the way of a single change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from gateway.committees.meetings import tell_changes
from gateway.committees.registry import install
from gateway.committees.registry_file.plan import ImportPlan, LinePlan
from gateway.committees.registry_file.planning import registry_state
from gateway.outbound.alerts import hand_over_to
from gateway.runtime.deployment import Deployment
from storage.committees.budgets import OVER_BUDGET, release
from storage.committees.committees import plan_anew
from storage.committees.meetings import planned_ahead
from storage.enumerations import ConcernState, ItemState, MeetingState, Work
from storage.people.contacts import ensure_contacts
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Committee, Meeting, Recommendation, Secretary
from storage.tables.concerns import Concern
from storage.tables.messages import Message, OutboxRow


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `moved` counts the open concerns that went down to committees that were installed."""

    changed: int
    installed: int
    moved: int
    secretaries: int


class RegistryChanged(Exception):
    """The registry is no longer the one that the file was compared with. The transaction must be rolled back."""


def apply_plan(deployment: Deployment, transaction: Transaction, plan: ImportPlan, actor: str) -> Imported:
    """Applies a plan without refusals; writes the lines of the audit that single changes write, and one for all.

    The plan was made in an earlier transaction, because reading a file takes longer than writers may wait. Raises
    `RegistryChanged` if anything was changed since.
    """
    if registry_state(transaction, locks=True) != plan.state:
        raise RegistryChanged
    now = deployment.now()
    codes = [line.code for line in plan.lines]
    committees = {row.code: row for row in transaction.scalars(select(Committee).where(Committee.code.in_(codes)))}
    at_work = committees_at_work(transaction, deployment.pack, now)
    moved = 0
    for line in plan.lines:
        committee = committees[line.code]
        if line.code in at_work:
            moved += _change_at_work(deployment, transaction, committee, line, actor)
        else:
            _change_at_rest(deployment, transaction, committee, line, actor)
    added = _add_secretaries(deployment, transaction, plan.lines, at_work, actor)
    imported = Imported(len(plan.lines), sum(line.installs_on is not None for line in plan.lines), moved, added)
    write_line(
        transaction, now, actor, "committees_imported", changes=imported.changed, installed=imported.installed,
        secretaries=added, moved=moved,
    )  # fmt: skip
    return imported


def committees_at_work(transaction: Transaction, pack: Pack, now: datetime) -> frozenset[str]:
    """The committees that something waits for: an open concern of their area, an item, a meeting, an SMS.

    Installing or changing any other moves nothing and tells nobody.
    """
    is_open = AgendaItem.state != ItemState.CLOSED
    # By name and not by "other than closed": so the index finds the few that are open among millions.
    is_waiting = Concern.state.in_([state for state in ConcernState if state is not ConcernState.CLOSED])
    places = (select(Concern.commune).where(is_waiting), select(AgendaItem.commune).where(is_open))
    named = (
        select(Concern.committee).where(is_waiting),
        select(AgendaItem.committee).where(is_open),
        select(AgendaItem.moved_from).where(is_open),
        select(Recommendation.moved_from),
        select(Meeting.committee).where(Meeting.state == MeetingState.PLANNED, Meeting.starts_at > now),
        select(Message.committee)
        .join(OutboxRow, OutboxRow.subject_id == Message.id)
        .where(OutboxRow.work == Work.SEND, Message.reason == OVER_BUDGET),
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
    had_one = set(transaction.scalars(select(Secretary.committee).distinct()))
    rows = [{"committee": code, "contact_id": contacts[number].id, "created_at": now} for code, number in wanted]
    if rows:
        transaction.execute(insert(Secretary), rows)
    for code, number in wanted:
        contacts[number].menu_changed_at = now
        write_line(transaction, now, actor, "secretary_added", committee=code, secretary=contacts[number].id, new=True)
    transaction.flush()
    for code in {code for code, _ in wanted} - had_one:
        if code in at_work:
            hand_over_to(deployment, transaction, code)
    return len(wanted)
