"""Campaigns: many similar texts within the last day. They are searched on request; no fingerprint is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, select

from flows.similar_texts import fingerprint, group_like
from gateway.runtime.deployment import Deployment
from storage.concerns.access import Access
from storage.concerns.concerns import TEXT
from storage.safety.audit import write_line
from storage.tables.concerns import Concern

WITHIN = timedelta(days=1)
FEWEST_NUMBERS = 10
"""So many numbers must send similar texts to make a campaign."""
MOST_TEXTS = 20_000
"""Only the newest texts are compared; so many take about a second."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """`numbers` people wrote similar texts in `reports` messages from `first` to `last`; `example` is one reference."""

    numbers: int
    reports: int
    first: datetime
    last: datetime
    example: str
    text: str


def campaigns(deployment: Deployment, access: Access, actor: str, most: int = 50) -> list[Campaign]:
    """Returns the campaigns that may be seen, the largest first. Opening their texts is written to the audit.

    The texts are decrypted and compared outside of any transaction, because there can be 20,000.
    """
    query = select(Concern.reference, Concern.contact_id, Concern.received_at, Concern.text_sealed).where(
        Concern.received_at > deployment.now() - WITHIN, Concern.text_sealed.is_not(None)
    )
    query = access.limit(cast("Select[Any]", query)).order_by(Concern.id.desc()).limit(MOST_TEXTS)
    with deployment.database.write() as transaction:
        write_line(transaction, deployment.now(), actor, "campaigns_seen")
    with deployment.database.read() as transaction:
        rows = transaction.execute(query).all()
    # A text whose key is gone counts as empty until the key is back.
    texts = [deployment.vault.readable(TEXT, row.text_sealed) for row in rows]
    groups = [
        _campaign([rows[at] for at in group], texts[group[-1]])
        for group in group_like([fingerprint(text) for text in texts])
    ]
    large = [campaign for campaign in groups if campaign.numbers >= FEWEST_NUMBERS]
    return sorted(large, key=lambda campaign: -campaign.numbers)[:most]


def _campaign(rows: Sequence[Any], text: str) -> Campaign:
    """The campaign of these rows, which come newest first; its example is the oldest."""
    return Campaign(
        numbers=len({row.contact_id for row in rows}),
        reports=len(rows),
        first=rows[-1].received_at,
        last=rows[0].received_at,
        example=rows[-1].reference,
        text=text,
    )
