"""Enumerations that the database keeps: states, roles, priorities, kinds of alerts and answers."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from config.enumerations import ConcernState as ConcernState


class SetAside(StrEnum):
    """Why a concern was closed without an answer."""

    SPAM = "spam"
    TEST = "test"


class Answer(StrEnum):
    """Whether an SMS that answers an SMS says something new; help, a state or a known fact is nothing new."""

    NEW = "new"
    NOTHING_NEW = "nothing_new"


class MessageState(StrEnum):
    """The state of an outbound SMS.

    `uncertain`: it is unknown whether the provider accepted it; a receipt settles it. `held`: it is not sent, for the
    message's `reason` (`storage.messages.answer_limits`).
    """

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"


class Role(StrEnum):
    """The role of an account of the web queue. A `secretary` is also a committee's secretary by phone."""

    OBSERVER = "observer"
    SECRETARY = "secretary"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class AccountState(StrEnum):
    """The state of an account. `invited`: it has no password yet, or it was reset. Only `active` accounts sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Work(StrEnum):
    """The kinds of work in the outbox."""

    TRIAGE = "triage"
    SEND = "send"


class Priority(IntEnum):
    """The order in which due work leaves the outbox: the lowest first.

    It also decides about quiet hours: `URGENT` and `ANSWER` are sent at any hour, the others wait for their end.
    """

    URGENT = 0
    """Alerts, and the emergency numbers for somebody in danger."""
    ANSWER = 1
    """A code, or a reply to what this person has just sent."""
    NOTICE = 2
    """Everything else: final answers, questions, notifications of changes, digests and reminders."""
    ANNOUNCEMENT = 3

    @property
    def waits_in_quiet_hours(self) -> bool:
        """Whether an SMS of this priority is kept back until the quiet hours end."""
        return self > Priority.ANSWER


class AlertKind(StrEnum):
    """The kind of an alert: one emergency (`single`), several of one number (`joined`), or the open emergencies of an
    area whose committee changes (`handover`).

    `late` and `may_be_urgent` go to a duty number only: nobody took up an emergency in time, or a message that may be
    one.
    """

    SINGLE = "single"
    JOINED = "joined"
    HANDOVER = "handover"
    LATE = "late"
    MAY_BE_URGENT = "may_be_urgent"


class AlertStage(StrEnum):
    """Who gets an alert now. If no phone of this stage receives it, the next stage gets it."""

    COMMITTEE = "committee"
    REGION = "region"
    COUNTRY = "country"


class ItemState(StrEnum):
    """The state of an agenda item: citizens' concerns propose it, and a committee treats it at a meeting."""

    PROPOSED = "proposed"
    ON_AGENDA = "on_agenda"
    DISCUSSED = "discussed"
    DECIDED = "decided"
    REFERRED = "referred"
    RECOMMENDED = "recommended"
    CLOSED = "closed"


class MeetingState(StrEnum):
    """The state of a meeting. `held`: it was recorded, with its attendance."""

    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"


class RecommendationState(StrEnum):
    """The state of a recommendation: `open` waits for its level, `accepted` is worked on; the others are final."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"


class BroadcastState(StrEnum):
    """The state of an announcement. `waiting`: a second person must approve it."""

    WAITING = "waiting"
    APPROVED = "approved"
    DONE = "done"
    STOPPED = "stopped"
