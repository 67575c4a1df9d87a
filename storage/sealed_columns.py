"""Every sealed column and the purpose that its seals are bound to: what a change of keys has to seal anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Column, Table, and_, select, update
from sqlalchemy.orm import Session

from storage import committee_models, message_models, models
from storage.concerns import ANSWER, TEXT, WHY
from storage.contacts import MSISDN
from storage.drafts import TALK
from storage.items import DECISION
from storage.meetings import PAPERS, PRESENT
from storage.messages import TEXT as MESSAGE_TEXT
from storage.recommendations import REPLY, STEP
from storage.recommendations import TEXT as RECOMMENDATION
from storage.sms_parts import MSISDN as PART_MSISDN
from storage.sms_parts import TEXT as PART_TEXT
from storage.ussd_sessions import PURPOSE as USSD_TALK
from storage.vault import Vault, VaultError

BATCH = 200
"""Rows of one transaction: the gateway goes on working in between."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    table: Table
    column: Column[Any]
    purpose: str


def _column(model: type[models.Base], name: str, purpose: str) -> SealedColumn:
    table = cast("Table", model.__table__)
    return SealedColumn(table, table.c[name], purpose)


SEALED = (
    _column(models.Contact, "msisdn_sealed", MSISDN),
    _column(models.Concern, "text_sealed", TEXT),
    _column(models.Concern, "why_sealed", WHY),
    _column(models.Concern, "answer_sealed", ANSWER),
    _column(models.Draft, "talk_sealed", TALK),
    _column(models.Draft, "base_sealed", TALK),
    _column(models.Administrator, "totp_sealed", "administrators.totp"),
    _column(message_models.Message, "text_sealed", MESSAGE_TEXT),
    _column(message_models.UssdSession, "talk_sealed", USSD_TALK),
    _column(message_models.SmsPartRow, "text_sealed", PART_TEXT),
    _column(message_models.SmsPartRow, "msisdn_sealed", PART_MSISDN),
    _column(committee_models.AgendaItem, "decision_sealed", DECISION),
    _column(committee_models.Meeting, "present_sealed", PRESENT),
    _column(committee_models.Meeting, "papers_sealed", PAPERS),
    _column(committee_models.Recommendation, "text_sealed", RECOMMENDATION),
    _column(committee_models.Recommendation, "reply_sealed", REPLY),
    _column(committee_models.RecommendationStep, "text_sealed", STEP),
)


def next_seals(session: Session, one: SealedColumn, after: list[Any]) -> list[Any]:
    """The next rows (key and seal) of a column, in the order of their key."""
    key = next(iter(one.table.primary_key.columns))
    query = select(key, one.column).where(one.column.is_not(None)).order_by(key).limit(BATCH)
    if after:
        query = query.where(key > after[0])
    return [tuple(row) for row in session.execute(query)]


def seal_anew(session: Session, vault: Vault, one: SealedColumn, rows: list[Any]) -> tuple[int, int]:
    """Seals these rows with the newest key, unless they changed meanwhile; how many, and how many would not open."""
    key = next(iter(one.table.primary_key.columns))
    done = lost = 0
    for id, sealed in rows:
        if not sealed or vault.is_newest(sealed):
            continue
        try:
            anew = vault.seal_bytes(one.purpose, vault.open_bytes(one.purpose, sealed))
        except VaultError:
            lost += 1
            continue
        same = and_(key == id, one.column == sealed)
        session.execute(update(one.table).where(same).values({one.column.name: anew}))
        done += 1
    return done, lost


def every_sealed_column() -> Iterator[Column[Any]]:
    """All columns whose name says that they are sealed."""
    for table in models.Base.metadata.sorted_tables:
        yield from (column for column in table.columns if column.name.endswith("_sealed"))
