"""Keeps the journal of this worker host (`storage.data_protection`) at most a minute behind the database."""

from __future__ import annotations

import logging
from datetime import timedelta

from gateway.runtime.deployment import Deployment
from storage.data_protection.erasure_journal import NAME, Journal
from storage.data_protection.since_backup import read_past
from storage.safety.vault import VaultError

OVERLAP = timedelta(minutes=5)
"""A transaction may be committed some time after the moment that it wrote down."""

log = logging.getLogger(__name__)


def journal(deployment: Deployment) -> Journal:
    """The journal of this host, in DATA_DIR."""
    return Journal(deployment.settings.data_dir / NAME, deployment.vault)


def keep_journal(deployment: Deployment) -> None:
    """Adds to the journal what happened since the last call; at the first call everything that the database records."""
    kept, now = journal(deployment), deployment.now()
    try:
        until = kept.until()
        with deployment.database.read() as transaction:
            past = read_past(transaction, now, min(until, now) - OVERLAP if until else None)
        if past:
            deployment.settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept.add(past, now)
    except (OSError, VaultError) as error:
        log.error("the journal in DATA_DIR cannot be kept (%s): a restore will need it", type(error).__name__)
