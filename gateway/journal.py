"""Each worker host keeps, at most a minute behind, what a restore has to know: `storage.journal`."""

from __future__ import annotations

from datetime import timedelta

from gateway.deployment import Deployment
from storage.journal import NAME, Journal
from storage.past import read_past

OVERLAP = timedelta(minutes=5)
"""A transaction may be committed some time after the moment that it wrote down."""


def journal(deployment: Deployment) -> Journal:
    return Journal(deployment.settings.data_dir / NAME, deployment.vault)


def keep_journal(deployment: Deployment) -> None:
    """Adds what has happened since the last time; the first time everything that the database knows."""
    kept = journal(deployment)
    until, now = kept.until(), deployment.now()
    since = min(until, now) - OVERLAP if until else None
    with deployment.database.read() as open_:
        past = read_past(open_, now, since)
    if past:
        deployment.settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept.add(past, now)
