"""The calendar entry of a meeting (RFC 5545), published by its committee (RFC 5546)."""

from __future__ import annotations

from datetime import datetime, timedelta

from icalendar import Calendar, Event, vCalAddress

from config.clean_text import clean_line
from storage.enumerations import MeetingState
from storage.tables.committees import Committee, Meeting

CONTENT_TYPE = "text/calendar; charset=utf-8"
USUAL_LENGTH = timedelta(hours=2)
NOBODY = "invalid"
"""The domain that never exists (RFC 2606): an organizer must have an address, but a committee has no mailbox."""


def ics(committee: Committee, meeting: Meeting, now: datetime) -> bytes:
    """Returns the calendar entry of a meeting as an ICS file.

    A moved or cancelled meeting replaces its earlier entry in a calendar: the UID stays, the SEQUENCE grows.
    """
    name = clean_line(committee.name)
    event = Event()
    event.add("uid", f"{meeting.calendar_id}@ccs-gateway")
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.starts_at + USUAL_LENGTH)
    event.add("summary", f"Réunion : {name}")
    if venue := meeting.venue or committee.venue:
        event.add("location", clean_line(venue))
    event.add("status", "CANCELLED" if meeting.state is MeetingState.CANCELLED else "CONFIRMED")
    event.add("sequence", meeting.changes)
    organizer = vCalAddress(f"mailto:{committee.code}@ccs-gateway.{NOBODY}")
    organizer.params["CN"] = name.replace('"', "'")
    event.add("organizer", organizer)
    calendar = Calendar()
    calendar.add("prodid", "-//ccs-gateway//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
