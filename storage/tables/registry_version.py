"""A number that is raised with each change of a committee or a meeting, so that processes can keep them in memory."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, update
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column, object_session

from storage.tables.base import Base
from storage.tables.committees import Committee, Meeting

CHANGED = "registry changed"
"""Set in `Session.info` while a change waits for its commit."""


class RegistryVersion(Base):
    """The version of the registry, in one row with the id 1."""

    __tablename__ = "registry_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


_NEXT = update(RegistryVersion.__table__).values(version=RegistryVersion.version + 1)  # type: ignore[arg-type]


def _note(_: Mapper[Any], __: Connection, row: Committee | Meeting) -> None:
    if (session := object_session(row)) is not None:
        session.info[CHANGED] = True


for _table in (Committee, Meeting):
    for _change in ("after_insert", "after_update", "after_delete"):
        event.listen(_table, _change, _note)


@event.listens_for(Session, "before_commit")
def _move_on(session: Session) -> None:
    """Raises the version at the end of a transaction, so that its row is locked only for a short time."""
    session.flush()
    if session.info.pop(CHANGED, False):
        session.connection().execute(_NEXT)
