"""Long SMS that come in parts: parts are kept encrypted until all have come, or until it is too late for the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from flows.octets import decoded
from storage.insert_once import insert_once
from storage.safety.vault import Vault, VaultError
from storage.tables.messages import SmsPartRow

TEXT = "sms_parts.text"
MSISDN = "sms_parts.msisdn"
WAIT = timedelta(minutes=10)
"""How long missing parts are waited for; then the message is taken without them, so that a report is not lost."""
URGENT_WAIT = timedelta(minutes=1)
"""The same for a message whose parts so far speak of an emergency: its alert must not wait for the rest."""
GAP = " … "


@dataclass(frozen=True, slots=True)
class Part:
    """Part `number` of `of` parts. They share a `reference` of the sending phone, which repeats after 255 messages."""

    provider: str
    sender: Msisdn
    reference: str
    number: int
    of: int
    octets: bytes
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A message without its missing parts, in whose place is `…`. Its `id` is always the same for the same parts."""

    provider: str
    id: str
    sender: Msisdn
    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """What a new part completes: the `whole` text of its message (None: parts are missing), and an `older` incomplete
    message with the same reference."""

    whole: str | None
    older: Incomplete | None


def drop_parts_of(transaction: Transaction, vault: Vault, number: Msisdn) -> None:
    """Deletes the waiting parts from a number. Parts wait for minutes only, so there are few to decrypt."""
    for row in transaction.scalars(select(SmsPartRow)).all():
        if vault.readable(MSISDN, row.msisdn_sealed) == number:
            transaction.delete(row)


def add_part(transaction: Transaction, vault: Vault, part: Part, now: datetime) -> Joined:
    """Keeps a part and joins its message if it is complete.

    If the same part exists with another text, the new part begins the next message with that reference. The caller
    locks the sender's row, so that of two parts at once the second sees the first.
    """
    named = "\0".join((part.provider, part.sender, part.reference, str(part.of)))
    keys = vault.hashes("sms part", named)
    kept = list(transaction.scalars(select(SmsPartRow).where(SmsPartRow.message_hash.in_(keys))))
    key = kept[0].message_hash if kept else keys[0]
    same = next((row for row in kept if row.number == part.number), None)
    older = None
    if same is not None and _octets(vault, same) not in (part.octets, None):
        older = _incomplete(transaction, vault, kept)
    insert_once(
        transaction,
        SmsPartRow,
        message_hash=key,
        number=part.number,
        of=part.of,
        provider=part.provider,
        msisdn_sealed=vault.seal(MSISDN, part.sender),
        text_sealed=vault.seal_bytes(TEXT, part.octets),
        charset=part.charset,
        received_at=now,
    )
    kept = list(transaction.scalars(select(SmsPartRow).where(SmsPartRow.message_hash == key)))
    return Joined(_taken(transaction, vault, kept) if len(kept) == part.of else None, older)


def take_overdue(
    transaction: Transaction, vault: Vault, now: datetime, is_urgent: Callable[[str], bool]
) -> list[Incomplete]:
    """Removes and returns the messages of which no part has come for `WAIT`, with `…` for missing parts.

    If what has come `is_urgent`, that is so after `URGENT_WAIT`. Parts whose number no key decrypts stay: it may come
    back.
    """
    late = select(SmsPartRow.message_hash).where(SmsPartRow.received_at <= now - URGENT_WAIT)
    fresh = select(SmsPartRow.message_hash).where(SmsPartRow.received_at > now - URGENT_WAIT)
    rows = transaction.scalars(
        select(SmsPartRow)
        .where(SmsPartRow.message_hash.in_(late), SmsPartRow.message_hash.not_in(fresh))
        .order_by(SmsPartRow.message_hash, SmsPartRow.number)
    ).all()
    taken: list[Incomplete] = []
    for _, group in groupby(rows, key=lambda row: row.message_hash):
        parts = list(group)
        is_overdue = max(part.received_at for part in parts) <= now - WAIT
        if is_overdue or is_urgent(_text_of(vault, parts)):
            with suppress(VaultError):
                taken.append(_incomplete(transaction, vault, parts))
    return taken


def _incomplete(transaction: Transaction, vault: Vault, parts: list[SmsPartRow]) -> Incomplete:
    sender = Msisdn(vault.open(MSISDN, parts[0].msisdn_sealed))
    first = min(parts, key=lambda part: part.id)
    # SQLite gives a deleted row's id to another one; no two rows have the same encrypted text.
    id = f"parts-{first.id}-{hashlib.sha256(first.text_sealed).hexdigest()[:16]}"
    return Incomplete(parts[0].provider, id, sender, _taken(transaction, vault, parts))


def some_are_overdue(transaction: Transaction, now: datetime) -> bool:
    """Whether a part has waited for the others for so long that its message may be taken without them."""
    waited = select(SmsPartRow.id).where(SmsPartRow.received_at <= now - URGENT_WAIT).limit(1)
    return transaction.scalars(waited).first() is not None


def _taken(transaction: Transaction, vault: Vault, parts: Sequence[SmsPartRow]) -> str:
    """Deletes these parts and returns their text."""
    transaction.execute(delete(SmsPartRow).where(SmsPartRow.id.in_([part.id for part in parts])))
    return _text_of(vault, parts)


def _text_of(vault: Vault, rows: Iterable[SmsPartRow]) -> str:
    """The text of these parts. The bytes of parts in sequence are joined before they are decoded."""
    parts = {row.number: row for row in rows}
    pieces: list[str] = []
    octets, charset = b"", ""
    of = next(iter(parts.values())).of
    for number in range(1, of + 2):
        row = parts.get(number)
        read_as = "utf-8" if row is None or row.charset is None else row.charset
        if row is None or read_as != charset:
            pieces += [decoded(octets, charset)] if octets else []
            octets, charset = b"", read_as
        if row is None and number <= of and pieces[-1:] != [GAP]:
            pieces.append(GAP)
        octets += (_octets(vault, row) or b"") if row else b""
    return "".join(pieces).strip()


def _octets(vault: Vault, row: SmsPartRow) -> bytes | None:
    """The bytes of a part; None if no key decrypts them."""
    try:
        return vault.open_bytes(TEXT, row.text_sealed)
    except VaultError:
        return None
