"""The hours in which a committee's area gets no SMS that can wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.pack import Pack
from storage.committees.committees import zone_of
from storage.tables.committees import Committee

WHOLE_DAY = (0, 24)


def is_quiet(pack: Pack, committee: Committee, moment: datetime) -> bool:
    """Whether nothing but an emergency is sent to this committee at that time of its day.

    Hours from 0 to 24 are none: nobody could wait for their end.
    """
    start, end = _quiet_hours(pack, committee)
    if (start, end) == WHOLE_DAY:
        return False
    hour = moment.astimezone(zone_of(pack, committee)).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def after_quiet(pack: Pack, committee: Committee, moment: datetime) -> datetime:
    """The same time or, if it is in the quiet hours, their end."""
    if not is_quiet(pack, committee, moment):
        return moment
    local = moment.astimezone(zone_of(pack, committee))
    end = local.replace(hour=_quiet_hours(pack, committee)[1] % 24, minute=0, second=0, microsecond=0)
    return (end if end > local else end + timedelta(days=1)).astimezone(UTC)


def _quiet_hours(pack: Pack, committee: Committee) -> tuple[int, int]:
    start = pack.quiet_from if committee.quiet_from is None else committee.quiet_from
    return start, pack.quiet_until if committee.quiet_until is None else committee.quiet_until
