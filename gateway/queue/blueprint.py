"""The blueprint that every page of the web queue registers with, and the values that all its templates can use."""

from __future__ import annotations

from flask import Blueprint

from flows.outbound_contents import masked_as_written
from gateway.documents.document import UNREADABLE
from gateway.queue.dates import age, clock_time, day_and_hour, decimal, moment, rule_in_words, weekday_names
from gateway.queue.labels import (
    ACTS,
    ALERT_STAGES,
    BROADCAST_STATES,
    CHANNELS,
    ITEM_STATES,
    KINDS,
    MEETING_STATES,
    POINTS,
    REASONS,
    RECOMMENDATION_STATES,
    STATES,
    STEPS,
    URGENCIES,
    category_names,
    service_names,
)
from gateway.queue.sms_labels import MESSAGE_STATES
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment

queue = Blueprint("queue", __name__, url_prefix="/queue", template_folder="templates", static_folder="static")


@queue.app_context_processor
def _words() -> dict[str, object]:
    here = deployment()
    return {
        "pack": here.pack,
        "categories": category_names(here.pack),
        "states": STATES,
        "urgencies": URGENCIES,
        "reasons": REASONS,
        "kinds": KINDS,
        "channels": CHANNELS,
        "acts": ACTS,
        "item_states": ITEM_STATES,
        "meeting_states": MEETING_STATES,
        "broadcast_states": BROADCAST_STATES,
        "recommendation_states": RECOMMENDATION_STATES,
        "steps": STEPS,
        "alert_stages": ALERT_STAGES,
        "points": POINTS,
        "message_states": MESSAGE_STATES,
        "weekdays": weekday_names(),
        "rule_in_words": rule_in_words,
        "service_names": service_names(here.pack),
        "local": lambda at: moment(here, at),
        "clock": lambda at: clock_time(here, at),
        "day_and_hour": lambda at: day_and_hour(here, at),
        "age": age,
        "decimal": decimal,
        "masked": lambda text: masked_as_written(text, here.pack),
    }


def opened(here: Deployment, column: str, sealed: bytes | None) -> str:
    """The text of a sealed column; a note that it is unreadable if its key is gone."""
    return here.vault.readable(column, sealed, UNREADABLE)
