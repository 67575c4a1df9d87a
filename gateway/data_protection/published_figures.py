"""Publishes the figures of each month once, when it is over. Pages only read what was published."""

from __future__ import annotations

from gateway.runtime.deployment import Deployment
from storage.concerns.public_figures import are_due, due_months, publish


def publish_figures(deployment: Deployment) -> None:
    """Counts in a read transaction, so that others can write; then writes a few rows."""
    pack, now = deployment.pack, deployment.now()
    with deployment.database.read() as transaction:
        if not are_due(transaction, pack, now):
            return
        due = due_months(transaction, deployment.vault, pack, now)
    with deployment.database.write() as transaction:
        publish(transaction, due, now)
