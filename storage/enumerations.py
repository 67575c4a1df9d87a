"""The words for where things stand, as the database keeps them."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from config.enumerations import ConcernState as ConcernState


class SetAside(StrEnum):
    """Why a concern was closed without an answer: nobody waits for one."""

    SPAM = "spam"
    TEST = "test"


class Answer(StrEnum):
    """An SMS that answers one of somebody's: with something new, or with help, a state, a form, what they know."""

    NEW = "new"
    NOTHING_NEW = "nothing_new"


class MessageState(StrEnum):
    """`uncertain`: the provider may have taken it, nobody told us; its receipt settles it.

    `held`: it was never to go, for the reason that stands beside it (`storage.messages.answer_limits`).
    """

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"


class Role(StrEnum):
    """Of an account of the web queue. `secretary` belongs to somebody who is a committee's secretary by phone."""

    OBSERVER = "observer"
    SECRETARY = "secretary"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class AccountState(StrEnum):
    """`invited`: no password is chosen yet, or it was reset. Nobody signs in but with an active account."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Work(StrEnum):
    """What waits in the outbox for the worker."""

    TRIAGE = "triage"
    SEND = "send"


class Priority(IntEnum):
    """The order in which what is due leaves the outbox: the lower first, whatever waits behind it."""

    URGENT = 0
    """Alerts, and the emergency numbers for somebody in danger."""
    ANSWER = 1
    """What somebody waits for, who has just written or was told to."""
    NOTICE = 2
    """Digests, reminders, changes that citizens hear of."""
    ANNOUNCEMENT = 3


class AlertKind(StrEnum):
    """What an alert is about: one emergency, several of one number, or those that come with a committee's area.

    `late` and `may_be_urgent` go to a duty number alone: nobody has taken up an emergency, or opened a message that
    may be one.
    """

    SINGLE = "single"
    JOINED = "joined"
    HANDOVER = "handover"
    LATE = "late"
    MAY_BE_URGENT = "may_be_urgent"


class AlertStage(StrEnum):
    """Who has an alert now: it goes to the next when no phone of this one has it."""

    COMMITTEE = "committee"
    REGION = "region"
    COUNTRY = "country"


class ItemState(StrEnum):
    """An agenda item's: it is proposed by what citizens said, and treated by a committee at a meeting."""

    PROPOSED = "proposed"
    ON_AGENDA = "on_agenda"
    DISCUSSED = "discussed"
    DECIDED = "decided"
    REFERRED = "referred"
    RECOMMENDED = "recommended"
    CLOSED = "closed"


class MeetingState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"


class RecommendationState(StrEnum):
    """`open` waits for the level that holds it, `accepted` is being worked on there; the others are the end."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"


class BroadcastState(StrEnum):
    """`waiting` for a second person's approval."""

    WAITING = "waiting"
    APPROVED = "approved"
    DONE = "done"
    STOPPED = "stopped"
