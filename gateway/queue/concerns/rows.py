"""A concern as one row of the list: codes in words, its text with phone numbers masked, and signs for the reader."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import url_for

from flows.outbound_contents import masked_as_written
from gateway.queue.blueprint import opened
from gateway.queue.dates import moment
from gateway.queue.labels import CHANNELS, SET_ASIDE, STATES, URGENCIES, category_label
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.concerns.concerns import TEXT
from storage.tables.concerns import Concern

SHOWN = 110
"""Characters of a text that a row shows."""


@dataclass(frozen=True, slots=True)
class ConcernRow:
    """`signs` are the labels beside the state; `text` is cut, and its phone numbers are masked."""

    reference: str
    version: int
    address: str
    css: str
    urgency: str
    received: str
    where: str
    category: str
    text: str
    state: str
    signs: list[str]
    is_open: bool


def concern_row(here: Deployment, concern: Concern, silent: Collection[int], given: dict[str, Any]) -> ConcernRow:
    """The row of a concern.

    `silent` are ids of concerns whose alert reached nobody; the row's link keeps the filter `given`.
    """
    text = masked_as_written(opened(here, TEXT, concern.text_sealed), here.pack)
    return ConcernRow(
        reference=concern.reference,
        version=concern.version,
        address=url_for("queue.concern", reference=concern.reference, **given),
        css=f"{concern.urgency or 'unread'} {concern.state}",
        urgency=urgency_label(concern),
        received=f"{moment(here, concern.received_at)} {CHANNELS.get(concern.channel, concern.channel)}",
        where=where_label(here, concern),
        category=category_label(here.pack, concern.category, "…"),
        text=text if len(text) <= SHOWN else f"{text[:SHOWN]}…",
        state=state_label(concern),
        signs=_signs(concern, silent),
        is_open=concern.state != "closed",
    )


def urgency_label(concern: Concern) -> str:
    """The urgency in words; for a message that triage has not read, whether its sender reported danger."""
    unread = _("Urgence") if concern.danger else _("À lire")
    return URGENCIES.get(concern.urgency or "", unread)


def state_label(concern: Concern) -> str:
    """The state in words; for a concern that was set aside, why."""
    return SET_ASIDE.get(concern.set_aside or "", STATES[concern.state])


def where_label(here: Deployment, concern: Concern) -> str:
    """The commune and the place; empty if neither is known."""
    commune = here.pack.areas[concern.commune].name if concern.commune else ""
    return ", ".join(filter(None, (commune, concern.place)))


def _signs(concern: Concern, silent: Collection[int]) -> list[str]:
    shown = {
        _("Alerte non remise"): concern.id in silent,
        _("À vérifier"): concern.needs_review,
        _("Réponse attendue"): concern.asked_at is not None,
    }
    return [sign for sign, holds in shown.items() if holds]
