"""What the database of a running gateway holds of the reports that were sent to it, found by their markers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from storage.concerns.concerns import TEXT
from storage.database import Database
from storage.safety.vault import Vault
from storage.tables.concerns import Concern
from tests.support.servers import Running


def opened_database(running: Running) -> Database:
    address = running.environment.get("DATABASE_URL") or f"sqlite:///{running.folder}/var/ccs.db"
    return Database(address.replace("postgresql://", "postgresql+psycopg://"))


def kept_markers(running: Running) -> Counter[str]:
    """How often each marker stands in a kept report: the last word of its text."""
    vault, database = Vault((running.environment["SECRET_KEYS"],)), opened_database(running)
    with database.read() as transaction:
        sealed = transaction.scalars(select(Concern.text_sealed)).all()
    database.close()
    return Counter(vault.open(TEXT, text or b"").rpartition(" ")[2] for text in sealed)


def reading_times(running: Running, channel: str) -> list[timedelta | None]:
    """From the coming of each report to its place on an agenda; None for one that waits."""
    database = opened_database(running)
    with database.read() as transaction:
        rows = transaction.execute(
            select(Concern.received_at, Concern.triaged_at).where(Concern.channel == channel)
        ).all()
    database.close()
    return [triaged_at - received_at if triaged_at else None for received_at, triaged_at in rows]
