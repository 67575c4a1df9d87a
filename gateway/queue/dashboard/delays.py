"""The dashboard's figures about delays: how long the first look and the answer took, in all and by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session as Transaction

from gateway.charts.figure import NONE, Bar, Chart, Figure
from gateway.queue.dashboard.concerns import Counted, weeks_of
from gateway.queue.dashboard.scope import Dashboard
from gateway.queue.dates import age
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.figures import delays as counts
from storage.figures.waits import ACCURACY, Delay

MINUTE = timedelta(minutes=1)
SHORT_UNITS = (
    (timedelta(days=2), timedelta(days=1), N_("%(count)s j")),
    (timedelta(hours=2), timedelta(hours=1), N_("%(count)s h")),
)


def delays(here: Deployment, transaction: Transaction, asked: Dashboard, counted: Counted) -> list[Figure]:
    """Median and 90th percentile of the first look, of the first look at emergencies, and of the answer."""
    mondays, ends = weeks_of(here, asked.first, asked.last)
    received = sum(week.received for week in counted.weeks)
    live = sum(week.received for week in counted.weeks if week.is_live)
    found = counts.delays(transaction, asked.scope, counted.shares, ends, received, live)
    note = _note(found.counted)
    named = (
        ("first_look", _("Premier regard"), found.first_look, [week.first_look for week in found.weeks]),
        ("emergency", _("Premier regard sur une urgence"), found.emergency, [week.emergency for week in found.weeks]),
        ("answer", _("Réponse"), found.answer, [week.answer for week in found.weeks]),
    )
    whole = Figure(
        "delays",
        _("Délais"),
        (_("Délai"), _("Messages"), _("Médiane"), _("9 sur 10 en moins de")),
        [
            (title, str(delay.count), _in_words(delay.median), _in_words(delay.ninetieth))
            for _name, title, delay, _weeks in named
        ],
        note=note.strip(),
    )
    return [
        whole,
        *(_by_week(f"{name}_weeks", title, mondays, weeks, note) for name, title, whole_delay, weeks in named),
    ]


def _note(counted: counts.Counted) -> str:
    """Says of which concerns the delays are, or how exact they are; begins with a blank unless it is empty."""
    match counted:
        case counts.Counted.NEWEST:
            return " " + _("Des %(count)s messages les plus récents.", count=counts.MOST_DELAYS)
        case counts.Counted.NEARLY:
            return " " + _("À %(share)s %% près.", share=round(100 * ACCURACY))
        case counts.Counted.EXACT:
            return ""


def _by_week(name: str, title: str, mondays: Sequence[date], weeks: Sequence[Delay], note: str) -> Figure:
    """One delay by week. A week without such a message has an empty bar, and a dash in the table."""
    labels = [f"{monday:%d/%m/%Y}" for monday in mondays]
    rows = [
        (
            label, str(week.count), _in_words(week.median), _in_words(week.ninetieth), _minutes(week.median),
            _minutes(week.ninetieth),
        )
        for label, week in zip(labels, weeks, strict=True)
    ]  # fmt: skip
    return Figure(
        name,
        _("%(title)s, par semaine", title=title),
        (
            _("Semaine du"),
            _("Messages"),
            _("Médiane"),
            _("9 sur 10 en moins de"),
            _("Médiane (minutes)"),
            _("9 sur 10 (minutes)"),
        ),
        rows if any(week.count for week in weeks) else [],
        [
            Bar(label[:5], _length(week.median), _short(week.ninetieth), _length(week.ninetieth))
            for label, week in zip(labels, weeks, strict=True)
        ],
        _("Par semaine d'arrivée. Plein : la médiane ; contour et nombre : 9 sur 10 en moins de.") + note,
        Chart.COLUMNS,
    )


def _in_words(wait: timedelta | None) -> str:
    return age(wait) if wait is not None else NONE


def _minutes(wait: timedelta | None) -> str:
    return NONE if wait is None else str(round(wait / MINUTE))


def _length(wait: timedelta | None) -> int:
    return 0 if wait is None else max(1, round(wait / MINUTE))


def _short(wait: timedelta | None) -> str:
    """`35 min`, `5 h`, `3 j`: as long as fits over a column; empty for None."""
    if wait is None:
        return ""
    for least, unit, sign in SHORT_UNITS:
        if wait >= least:
            return _(sign, count=round(wait / unit))
    return _("%(count)s min", count=round(wait / MINUTE))
