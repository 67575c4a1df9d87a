"""The dashboard's figures about committees: their SMS and costs, and which are installed and meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session as Transaction

from config.money import Money
from gateway.charts.figure import Bar, Figure, percent
from gateway.queue.dashboard.scope import Dashboard
from gateway.queue.sms_labels import MESSAGE_STATES
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.enumerations import MeetingState, MessageState
from storage.figures.meetings import meetings_by_level
from storage.figures.sms import sms_by_state
from storage.figures.summed_days import Shares
from storage.tables.committees import Committee


def sms(transaction: Transaction, asked: Dashboard, shares: Shares) -> list[Figure]:
    """SMS by state, the share that was delivered, and their cost."""
    found = sms_by_state(transaction, asked.scope, shares)
    by_state: Counter[MessageState] = Counter()
    costs: Counter[str] = Counter()
    for each in found:
        by_state[each.state] += each.count
        costs[each.currency] += each.price
    arrived = by_state[MessageState.DELIVERED]
    known = arrived + by_state[MessageState.FAILED]
    rows = [(MESSAGE_STATES[state.value], by_state[state]) for state in MessageState if by_state[state]]
    return [
        Figure(
            "sms",
            "SMS",
            (_("État"), "SMS"),
            [
                *((label, str(count)) for label, count in rows),
                (_("Part remise"), percent(arrived, known)),
                *(
                    (_("Coût (%(currency)s)", currency=currency), Money(price, currency).number)
                    for currency, price in costs.items()
                ),
            ],
            [Bar(label, count, str(count)) for label, count in rows],
            _("Part remise : de ceux dont le sort est connu. Le prix est estimé jusqu'à celui du fournisseur."),
        )
    ]


def committees(
    here: Deployment, transaction: Transaction, asked: Dashboard, installed: Sequence[Committee]
) -> list[Figure]:
    """Committees that are expected, that are installed and that have met, by level."""
    scope = asked.scope
    meetings = meetings_by_level(transaction, scope, here.now())
    rows = []
    for level in here.pack.levels:
        expected = [
            committee.code
            for committee in here.pack.committees.values()
            if committee.level == level.id and (scope.committees is None or committee.code in scope.committees)
        ]
        if not expected:
            continue
        there = sum(committee.code in set(expected) for committee in installed)
        of_level = [each for each in meetings if each.level == level.id]
        met = sum(each.committees for each in of_level if each.state is MeetingState.HELD)
        states = [
            sum(each.meetings for each in of_level if each.state is state)
            for state in (MeetingState.HELD, MeetingState.PLANNED, MeetingState.CANCELLED)
        ]
        rows.append((level.name.format(area="…"), str(len(expected)), str(there), str(met), *map(str, states)))
    return [
        Figure(
            "committees",
            _("Comités installés et réunis"),
            (
                _("Niveau"), _("Attendus"), _("Installés"), _("Réunis dans la période"), _("Réunions tenues"),
                _("Sans compte rendu"), _("Annulées"),
            ),
            rows,
        )
    ]  # fmt: skip
