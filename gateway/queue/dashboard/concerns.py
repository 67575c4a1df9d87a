"""The dashboard's figures about concerns: how many, how soon seen and answered, and how many wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session as Transaction

from gateway.charts.figure import BARS, Bar, Chart, Figure, percent
from gateway.queue.dashboard.scope import Dashboard
from gateway.queue.labels import category_label
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.concerns.taking_up import IN_TIME
from storage.figures import concerns as counts
from storage.figures.summed_days import Shares, SummedDays, summed_days

AGES = (timedelta(days=1), timedelta(days=7), timedelta(days=30), timedelta(days=90))
AGE_LABELS = (
    N_("moins d'un jour"), N_("1 à 7 jours"), N_("7 à 30 jours"), N_("30 à 90 jours"), N_("plus de 90 jours"),
)  # fmt: skip
UNKNOWN = N_("inconnue")
WEEK = timedelta(days=7)


def weeks_of(here: Deployment, first: date, last: date) -> tuple[list[date], list[datetime]]:
    """The Mondays of the weeks that a period touches, and the ends of those weeks in UTC."""
    monday = first - timedelta(days=first.weekday())
    mondays = [monday + WEEK * number for number in range((last - monday).days // 7 + 1)]
    midnight = time(tzinfo=here.pack.time_zone)
    return mondays, [datetime.combine(day + WEEK, midnight).astimezone(UTC) for day in mondays]


@dataclass(frozen=True, slots=True)
class Counted:
    """What several figures are made from: the concerns of each week by category, and which days have sums.

    `shares` says which days of the period are read from sums, and which spans of it are counted live.
    """

    days: SummedDays
    shares: Shares
    weeks: Sequence[counts.WeekCount]


def count_weeks(here: Deployment, transaction: Transaction, asked: Dashboard) -> Counted:
    """Counts the concerns of each week by category, once for all figures."""
    scope, ends = asked.scope, weeks_of(here, asked.first, asked.last)[1]
    days = summed_days(transaction, here.layout) if scope.summed else SummedDays()
    shares = days.shares(scope.since, scope.until, ends)
    return Counted(days, shares, counts.by_week(transaction, scope, shares, ends))


def summary(transaction: Transaction, asked: Dashboard, counted: Counted) -> list[Figure]:
    """How many concerns came, were answered and satisfied their citizens, and how soon emergencies were seen."""
    total = counts.totals(transaction, asked.scope, counted.shares, counted.weeks)
    settled = total.answered + total.open
    asked_people = total.satisfied + total.dissatisfied
    not_seen = total.emergencies - total.seen_in_time - total.seen_late
    minutes = int(IN_TIME.total_seconds() // 60)
    urgent = [
        (_("vues en %(minutes)s minutes", minutes=minutes), total.seen_in_time),
        (_("vues plus tard"), total.seen_late),
        (_("pas vues"), not_seen),
    ]
    return [
        Figure(
            "summary",
            _("En bref"),
            (_("Chiffre"), _("Nombre"), _("Part")),
            [
                (_("Messages reçus"), str(total.received), ""),
                (_("Clos avec une réponse"), str(total.answered), percent(total.answered, settled)),
                (_("Encore ouverts"), str(total.open), percent(total.open, settled)),
                (_("Clos sans qu'une réponse soit due"), str(total.received - settled), ""),
                (_("Citoyens satisfaits de la réponse"), str(total.satisfied), percent(total.satisfied, asked_people)),
                (_("Citoyens non satisfaits"), str(total.dissatisfied), percent(total.dissatisfied, asked_people)),
            ],
            note=_("Part répondue : de ce qui est répondu ou ouvert. Satisfaction : de ceux qui l'ont dit."),
        ),
        Figure(
            "emergencies",
            _("Urgences"),
            (_("Vue"), _("Urgences"), _("Part")),
            [(label, str(count), percent(count, total.emergencies)) for label, count in urgent],
            [Bar(label, count, str(count)) for label, count in urgent],
            _(
                "Urgences dans la période : %(count)s. Vue : sa page ouverte, ou un geste d'un secrétaire.",
                count=total.emergencies,
            ),
        ),
    ]


def weeks(here: Deployment, asked: Dashboard, counted: Counted) -> list[Figure]:
    """Concerns by week, and by category."""
    mondays = weeks_of(here, asked.first, asked.last)[0]
    unknown = _(UNKNOWN)
    cells: Counter[tuple[int, str]] = Counter()
    for week in counted.weeks:
        cells[week.week, category_label(here.pack, week.category, unknown)] += week.received
    by_category: Counter[str] = Counter()
    by_week: Counter[int] = Counter()
    for (number, category), count in cells.items():
        by_category[category] += count
        by_week[number] += count
    categories = [category for category, count in by_category.most_common()]
    labels = [f"{monday:%d/%m/%Y}" for monday in mondays]
    total = sum(by_category.values())
    return [
        Figure(
            "weeks",
            _("Messages par semaine"),
            (_("Semaine du"), _("Total"), *categories),
            [
                (label, str(by_week[week]), *(str(cells[week, category]) for category in categories))
                for week, label in enumerate(labels)
            ],
            [Bar(label[:5], by_week[week], str(by_week[week])) for week, label in enumerate(labels)],
            _("Du lundi au dimanche ; la première et la dernière semaine peuvent être entamées."),
            Chart.COLUMNS,
        ),
        Figure(
            "categories",
            _("Messages par catégorie"),
            (_("Catégorie"), _("Messages"), _("Part")),
            [(name, str(count), percent(count, total)) for name, count in by_category.most_common()],
            [Bar(name, count, str(count)) for name, count in by_category.most_common(BARS)],
        ),
    ]


def backlog(here: Deployment, transaction: Transaction, asked: Dashboard, counted: Counted) -> list[Figure]:
    """What is open now, by age."""
    ages = counts.backlog(transaction, asked.scope, counted.days, here.now(), AGES)
    rows = list(zip(map(_, AGE_LABELS), ages, strict=True))
    return [
        Figure(
            "backlog",
            _("En attente, par âge"),
            (_("Âge"), _("Ouverts"), _("Dont urgences")),
            [(label, str(found.open), str(found.emergencies)) for label, found in rows],
            [Bar(label, found.open, str(found.open)) for label, found in rows],
            _("Tout ce qui est ouvert aujourd'hui, quelle que soit la période."),
        )
    ]
