"""Changes to the registry of committees, by web, by command or by file. Each act writes one line to the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session as Transaction

from gateway.committees.meetings import tell_changes
from gateway.outbound.alerts import hand_over, hand_over_to
from gateway.runtime.deployment import Deployment
from storage.committees.committees import install_committee
from storage.committees.competence import give_up_all, move_down
from storage.committees.meetings import planned_ahead
from storage.committees.registry import change_committee, close_committee
from storage.messages.alerts import FOLLOWED_FOR, open_emergencies
from storage.safety.audit import write_line
from storage.tables.committees import Committee


def install(
    deployment: Deployment, transaction: Transaction, committee: Committee, actor: str, on: date, meets: str = ""
) -> int:
    """Installs a committee and moves the concerns to it for which it is competent; returns how many.

    If `meets` is empty, the committee keeps its own rule for meetings, or takes the pack's. Raises `MeetingRuleError`.
    """
    now, pack = deployment.now(), deployment.pack
    before = planned_ahead(transaction, committee.code, now)
    install_committee(transaction, pack, committee, on, meets or committee.meets or pack.default_meeting, now)
    tell_changes(deployment, transaction, committee, before)
    moved = move_down(transaction, pack, committee, now, actor)
    write_line(transaction, now, actor, "committee_install", committee=committee.code, on=on.isoformat(), moved=moved)
    hand_over_to(deployment, transaction, committee.code)
    return moved


def close(deployment: Deployment, transaction: Transaction, committee: Committee, actor: str) -> int:
    """Closes a committee and moves its open concerns to the one above; returns how many.

    Raises `SettingRefused` if the committee is not installed, or if its level always exists.
    """
    now = deployment.now()
    urgent = open_emergencies(transaction, committee.code, now - FOLLOWED_FOR)
    close_committee(transaction, deployment.pack, committee, now)
    moved = give_up_all(transaction, deployment.pack, committee, now, actor)
    write_line(transaction, now, actor, "committee_close", committee=committee.code, moved=moved)
    hand_over(deployment, transaction, urgent)
    return moved


def change(
    deployment: Deployment, transaction: Transaction, committee: Committee, actor: str, settings: Mapping[str, str]
) -> bool:
    """Changes settings of a committee; returns whether anything changed.

    `storage.committees.registry.change_committee` reads and checks them.
    """
    now = deployment.now()
    before = planned_ahead(transaction, committee.code, now)
    changed = change_committee(transaction, deployment.pack, committee, settings, now)
    tell_changes(deployment, transaction, committee, before)
    write_line(transaction, now, actor, "committee_change", committee=committee.code, changed=changed)
    return changed
