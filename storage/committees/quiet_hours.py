"""The quiet hours: at night only emergencies, codes and answers to what somebody has just sent go out by SMS.

The hours are those of the committee that an SMS belongs to, in its time zone. Without a committee they are the pack's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.committees.committees import zone_of
from storage.enumerations import Priority
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.messages import Broadcast, Message

WHOLE_DAY = (0, 24)
BROADCAST_KEY = "broadcast"
"""The beginning of the key of an announcement's SMS; the announcement's id follows it."""


def may_go_at(transaction: Transaction, pack: Pack, message: Message, moment: datetime) -> datetime:
    """Returns when an SMS that is due at `moment` may be sent: then or, if it can wait, after the quiet hours."""
    if not Priority(message.priority).waits_in_quiet_hours:
        return moment
    return after_quiet(pack, _committee_of(transaction, pack, message), moment)


def is_quiet(pack: Pack, committee: Committee | None, moment: datetime) -> bool:
    """Whether it is a quiet hour of this committee at that time of its day; without a committee, one of the pack's.

    Hours from 0 to 24 are none: nobody could wait for their end.
    """
    start, end = _quiet_hours(pack, committee)
    if (start, end) == WHOLE_DAY:
        return False
    hour = local_time(pack, committee, moment).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def after_quiet(pack: Pack, committee: Committee | None, moment: datetime) -> datetime:
    """Returns the same time or, if it is in the quiet hours, their end. In UTC."""
    if not is_quiet(pack, committee, moment):
        return moment
    local = local_time(pack, committee, moment)
    end = local.replace(hour=_quiet_hours(pack, committee)[1] % 24, minute=0, second=0, microsecond=0)
    return (end if end > local else end + timedelta(days=1)).astimezone(UTC)


def local_time(pack: Pack, committee: Committee | None, moment: datetime) -> datetime:
    """Returns the same moment in the time zone of a committee; without a committee, in the pack's."""
    return moment.astimezone(zone_of(pack, committee) if committee else pack.time_zone)


def committee_near(transaction: Transaction, pack: Pack, area: str) -> Committee | None:
    """Returns the committee of an area or, if the area has none, of the nearest area above."""
    committee_of = {committee.area: committee.code for committee in pack.committees.values()}
    areas = [area, *(above.code for above in pack.ancestors(area))]
    nearest = next((committee_of[code] for code in areas if code in committee_of), None)
    return transaction.get_one(Committee, nearest) if nearest else None


def _committee_of(transaction: Transaction, pack: Pack, message: Message) -> Committee | None:
    """The committee whose quiet hours an SMS keeps: the one that pays, or its concern's, or its announcement's."""
    code = message.committee
    if code is None and message.concern_id and (concern := transaction.get(Concern, message.concern_id)):
        code = concern.committee
    if code:
        return transaction.get(Committee, code)
    kind, _, rest = message.key.partition(":")
    id = rest.partition(":")[0]
    broadcast = transaction.get(Broadcast, int(id)) if kind == BROADCAST_KEY and id.isdecimal() else None
    return committee_near(transaction, pack, broadcast.area) if broadcast else None


def _quiet_hours(pack: Pack, committee: Committee | None) -> tuple[int, int]:
    """The first quiet hour and the first hour after them. A committee without its own has the pack's."""
    start = None if committee is None else committee.quiet_from
    end = None if committee is None else committee.quiet_until
    return pack.quiet_from if start is None else start, pack.quiet_until if end is None else end
