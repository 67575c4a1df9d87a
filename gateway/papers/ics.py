"""A meeting for calendars (RFC 5545)."""

from __future__ import annotations

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from storage.committee_models import Committee, Meeting
from storage.states import MeetingState

CONTENT_TYPE = "text/calendar; charset=utf-8"
USUAL_LENGTH = timedelta(hours=2)


def ics(committee: Committee, meeting: Meeting, now: datetime) -> bytes:
    """The same meeting moved or cancelled replaces what a calendar had of it: its UID stays."""
    event = Event()
    event.add("uid", f"meeting-{meeting.id}@ccs-gateway")
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.starts_at + USUAL_LENGTH)
    event.add("summary", f"Réunion : {committee.name}")
    event.add("status", "CANCELLED" if meeting.state is MeetingState.CANCELLED else "CONFIRMED")
    event.add("sequence", int(now.timestamp()) - int(datetime(2026, 1, 1, tzinfo=now.tzinfo).timestamp()))
    calendar = Calendar()
    calendar.add("prodid", "-//ccs-gateway//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
