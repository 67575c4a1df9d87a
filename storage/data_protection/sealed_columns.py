"""Every encrypted column with the purpose of its encryption; key rotation encrypts them all again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Column, Table, and_, select, update
from sqlalchemy.orm import Session as Transaction

from storage.committees.agenda_items import DECISION, REFERRAL_REPLY
from storage.committees.meetings import CHAIRED_BY, EXCUSED, PAPERS, PRESENT
from storage.committees.recommendations import REPLY, STEP
from storage.committees.recommendations import TEXT as RECOMMENDATION
from storage.committees.service_contacts import PHONE
from storage.committees.titles import SUMMARY, TITLE
from storage.concerns.concerns import ANSWER, TEXT, WHY
from storage.concerns.notes import NOTE
from storage.concerns.unfinished_reports import REPORT
from storage.concerns.webhooks import SECRET as WEBHOOK_SECRET
from storage.messages.inbound_parts import MSISDN as PART_MSISDN
from storage.messages.inbound_parts import TEXT as PART_TEXT
from storage.messages.outbound import TEXT as MESSAGE_TEXT
from storage.people.contacts import MSISDN
from storage.safety.vault import Vault, VaultError
from storage.sessions.in_database import PURPOSE as USSD_SESSION
from storage.tables import committees, concerns, messages
from storage.tables.api import Webhook
from storage.tables.base import Base
from storage.tables.people import Administrator, Contact
from storage.tables.service_contacts import ServiceContact

BATCH = 200
"""Rows of one transaction; the gateway works between two transactions."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values the vault encrypts for `purpose`."""

    table: Table
    column: Column[Any]
    purpose: str


def _column(model: type[Base], name: str, purpose: str) -> SealedColumn:
    table = cast("Table", model.__table__)
    return SealedColumn(table, table.c[name], purpose)


SEALED = (
    _column(Contact, "msisdn_sealed", MSISDN),
    _column(concerns.Concern, "text_sealed", TEXT),
    _column(concerns.Concern, "why_sealed", WHY),
    _column(concerns.Concern, "answer_sealed", ANSWER),
    _column(concerns.ConcernNote, "text_sealed", NOTE),
    _column(concerns.UndoStep, "answer_sealed", ANSWER),
    _column(concerns.Draft, "talk_sealed", REPORT),
    _column(concerns.Draft, "base_sealed", REPORT),
    _column(Administrator, "totp_sealed", "administrators.totp"),
    _column(Webhook, "secret_sealed", WEBHOOK_SECRET),
    _column(messages.Message, "text_sealed", MESSAGE_TEXT),
    _column(messages.UssdSession, "talk_sealed", USSD_SESSION),
    _column(messages.SmsPartRow, "text_sealed", PART_TEXT),
    _column(messages.SmsPartRow, "msisdn_sealed", PART_MSISDN),
    _column(committees.AgendaItem, "decision_sealed", DECISION),
    _column(committees.AgendaItem, "title_sealed", TITLE),
    _column(committees.AgendaItem, "summary_sealed", SUMMARY),
    _column(committees.AgendaItem, "referral_reply_sealed", REFERRAL_REPLY),
    _column(committees.Meeting, "present_sealed", PRESENT),
    _column(committees.Meeting, "excused_sealed", EXCUSED),
    _column(committees.Meeting, "chaired_by_sealed", CHAIRED_BY),
    _column(ServiceContact, "phone_sealed", PHONE),
    _column(committees.Meeting, "papers_sealed", PAPERS),
    _column(committees.Recommendation, "text_sealed", RECOMMENDATION),
    _column(committees.Recommendation, "reply_sealed", REPLY),
    _column(committees.RecommendationStep, "text_sealed", STEP),
)


def next_seals(transaction: Transaction, sealed_column: SealedColumn, after: list[Any]) -> list[Any]:
    """The next rows (primary key and encrypted value) of a column, in the order of the primary key."""
    key = next(iter(sealed_column.table.primary_key.columns))
    query = select(key, sealed_column.column).where(sealed_column.column.is_not(None)).order_by(key).limit(BATCH)
    if after:
        query = query.where(key > after[0])
    return [tuple(row) for row in transaction.execute(query)]


def seal_anew(transaction: Transaction, vault: Vault, sealed_column: SealedColumn, rows: list[Any]) -> tuple[int, int]:
    """Encrypts these rows with the newest key, except rows that changed meanwhile.

    Returns how many were encrypted, and how many no key decrypts.
    """
    key = next(iter(sealed_column.table.primary_key.columns))
    done = lost = 0
    for id, sealed in rows:
        if not sealed or vault.is_newest(sealed):
            continue
        try:
            anew = vault.seal_bytes(sealed_column.purpose, vault.open_bytes(sealed_column.purpose, sealed))
        except VaultError:
            lost += 1
            continue
        same = and_(key == id, sealed_column.column == sealed)
        transaction.execute(update(sealed_column.table).where(same).values({sealed_column.column.name: anew}))
        done += 1
    return done, lost


def every_sealed_column() -> Iterator[Column[Any]]:
    """All columns whose name ends as that of an encrypted column (`_sealed`)."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if column.name.endswith("_sealed"))
