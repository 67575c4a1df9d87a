"""Keeps in memory which committee hears a report and when it meets next, because every report needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.committees.agenda import committee_for
from storage.committees.committees import installed_codes, next_meeting_at
from storage.connection import connection_of
from storage.tables.committees import Committee
from storage.tables.registry_version import RegistryVersion

LONGEST = timedelta(minutes=1)
"""How long the copy in memory is used at most, whatever its version. An older release does not raise the version."""
_VERSION = select(RegistryVersion.__table__.c.version)


@dataclass(frozen=True, slots=True)
class _Known:
    """The registry at one version. A thread that still reads an older version fills the copy of that version."""

    version: int
    read_at: datetime
    installed: frozenset[str]
    meetings: dict[str, datetime] = field(default_factory=dict)
    hears: dict[tuple[str, str], str] = field(default_factory=dict)
    """The committees that hear concerns about a commune and a category."""


class KnownRegistry:
    """This process's copy of the registry. Threads may share it."""

    def __init__(self) -> None:
        self._known: _Known | None = None

    def installed(self, transaction: Transaction, now: datetime) -> frozenset[str]:
        """The codes of all committees that are installed. One short query if nothing has changed."""
        return self._current(lambda: transaction, now).installed

    def next_meeting_at(
        self,
        reading: Callable[[], Transaction],
        pack: Pack,
        about: tuple[str, str],
        now: datetime,
        version: int | None = None,
    ) -> datetime:
        """The next meeting of the committee that hears concerns `about` a commune and a category.

        `reading` gives a transaction, if one is needed. `version` is the registry's version, if it was read a moment
        ago; else one short query reads it.
        """
        known = self._current(reading, now, version)
        code = known.hears.get(about)
        if code is None:
            code = known.hears[about] = committee_for(pack, *about, known.installed.__contains__)
        meeting = known.meetings.get(code)
        if meeting is None or meeting <= now:
            meeting = next_meeting_at(reading(), pack, reading().get_one(Committee, code), now)
            known.meetings[code] = meeting
        return meeting

    def _current(self, reading: Callable[[], Transaction], now: datetime, version: int | None = None) -> _Known:
        if version is None:
            version = connection_of(reading()).execute(_VERSION).scalar_one()
        known = self._known
        if known is None or known.version != version or abs(now - known.read_at) > LONGEST:
            known = self._known = _Known(version, now, frozenset(installed_codes(reading())))
        return known
