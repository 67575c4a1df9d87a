"""Publishes the figures of a month that is over, once; every look at them only reads."""

from __future__ import annotations

from gateway.runtime.deployment import Deployment
from storage.concerns.public_figures import are_due, due_months, publish


def publish_figures(deployment: Deployment) -> None:
    """Counts while others write; what is written then is a few rows."""
    pack, now = deployment.pack, deployment.now()
    with deployment.database.read() as transaction:
        if not are_due(transaction, pack, now):
            return
        due = due_months(transaction, deployment.vault, pack, now)
    with deployment.database.write() as transaction:
        publish(transaction, due, now)
