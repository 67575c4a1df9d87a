"""Tells a committee's secretaries once of a sudden rise in reports; not at night, because it is no emergency."""

from __future__ import annotations

from flows.committees.agenda import subject_key
from gateway.outbound.secretary_notifications import notify_secretaries
from gateway.runtime.deployment import Deployment
from storage.concerns.surges import first_of_surge, first_told, rates
from storage.tables.committees import Committee


def send_surge_alerts(deployment: Deployment) -> int:
    """Tells the secretaries of each rise that they were not told of; returns the number of SMS."""
    now, pack = deployment.now(), deployment.pack
    with deployment.database.read() as transaction:
        rising = [rate for rate in rates(transaction, now) if rate.is_surge]
    notified = 0
    for rate in rising:
        with deployment.database.write() as transaction:
            what = subject_key(rate.category, rate.commune, rate.place)
            if not first_told(transaction, what, now.astimezone(pack.time_zone).date(), rate, now):
                continue
            category = pack.categories[rate.category]
            notified += notify_secretaries(
                deployment,
                transaction,
                transaction.get_one(Committee, rate.committee),
                f"surge:{what}:{now:%Y-%m-%d}",
                "surge.sensitive" if category.sensitive else "surge",
                category=pack.first_language.categories[rate.category],
                place=rate.place or pack.areas[rate.commune].name,
                count=rate.today,
                reference=first_of_surge(transaction, rate, now).removeprefix("CCS-"),
            )
    return notified
