"""Long SMS that come in parts: kept sealed until the last is there, or until it is clear that it will not come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.inbox import insert_once
from storage.message_models import SmsPartRow
from storage.vault import Vault

TEXT = "sms_parts.text"
MSISDN = "sms_parts.msisdn"
WAIT = timedelta(minutes=10)
"""After which what there is of a message is taken as the whole: a citizen must not go unheard for a lost part."""
GAP = " … "


@dataclass(frozen=True, slots=True)
class Part:
    """`of` parts share a `reference` of the sending phone, which comes round again after 255 messages."""

    provider: str
    sender: Msisdn
    reference: str
    number: int
    of: int
    text: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A message whose rest did not come; `id` is its own and stays the same."""

    provider: str
    id: str
    sender: Msisdn
    text: str


def add_part(open_: Transaction, vault: Vault, part: Part, now: datetime) -> str | None:
    """Keeps a part; gives the whole text when this was the last that was missing.

    The caller holds the sender's row, so that of two parts at once the second sees the first.
    """
    named = "\0".join((part.provider, part.sender, part.reference, str(part.of)))
    keys = vault.hashes("sms part", named)
    kept = list(open_.scalars(select(SmsPartRow).where(SmsPartRow.message_hash.in_(keys))))
    key = kept[0].message_hash if kept else keys[0]
    insert_once(
        open_,
        SmsPartRow,
        message_hash=key,
        number=part.number,
        of=part.of,
        provider=part.provider,
        msisdn_sealed=vault.seal(MSISDN, part.sender),
        text_sealed=vault.seal(TEXT, part.text),
        received_at=now,
    )
    kept = list(open_.scalars(select(SmsPartRow).where(SmsPartRow.message_hash == key)))
    return _taken(open_, vault, kept) if len(kept) == part.of else None


def take_overdue(open_: Transaction, vault: Vault, now: datetime) -> list[Incomplete]:
    """The messages of which no part has come for a while, taken out; where a part is missing stands `…`."""
    late = select(SmsPartRow.message_hash).where(SmsPartRow.received_at <= now - WAIT)
    fresh = select(SmsPartRow.message_hash).where(SmsPartRow.received_at > now - WAIT)
    rows = open_.scalars(
        select(SmsPartRow)
        .where(SmsPartRow.message_hash.in_(late), SmsPartRow.message_hash.not_in(fresh))
        .order_by(SmsPartRow.message_hash, SmsPartRow.number)
    ).all()
    found = []
    for _, group in groupby(rows, key=lambda row: row.message_hash):
        parts = list(group)
        sender = Msisdn(vault.open(MSISDN, parts[0].msisdn_sealed))
        id = f"parts-{min(part.id for part in parts)}"
        found.append(Incomplete(parts[0].provider, id, sender, _taken(open_, vault, parts)))
    return found


def some_are_overdue(open_: Transaction, now: datetime) -> bool:
    return open_.scalars(select(SmsPartRow.id).where(SmsPartRow.received_at <= now - WAIT).limit(1)).first() is not None


def _taken(open_: Transaction, vault: Vault, rows: Iterable[SmsPartRow]) -> str:
    parts = {row.number: row for row in rows}
    open_.execute(delete(SmsPartRow).where(SmsPartRow.id.in_([row.id for row in parts.values()])))
    text, before = "", 0
    of = next(iter(parts.values())).of
    for number in (*sorted(parts), of + 1):
        text += GAP if number > before + 1 else ""
        text += vault.open(TEXT, parts[number].text_sealed) if number <= of else ""
        before = number
    return text.strip()
