"""Enumerations that a country pack, the code and the database share."""

from __future__ import annotations

from enum import StrEnum

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ConcernState(StrEnum):
    """Where a concern stands, in the order in which it moves."""

    RECEIVED = "received"
    ON_AGENDA = "on_agenda"
    DISCUSSED = "discussed"
    PASSED_ON = "passed_on"
    CLOSED = "closed"


class Urgency(StrEnum):
    """How soon somebody must look, the most urgent first."""

    EMERGENCY = "emergency"
    PRIORITY = "priority"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Urgency).index(self)
