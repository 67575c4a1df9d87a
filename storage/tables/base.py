"""The base of all tables: times in UTC, names of constraints, types of columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Enum, LargeBinary, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from storage.enumerations import (
    AlertKind,
    AlertStage,
    Answer,
    BroadcastState,
    ConcernState,
    ItemState,
    MeetingState,
    MessageState,
    RecommendationState,
    Role,
    Work,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC on every database; SQLite stores it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without its time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)) if value else None


class Base(DeclarativeBase):
    """The base class of all tables, with the column types of Python types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    } | {
        enum: Enum(enum, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e])
        for enum in (
            AlertKind,
            AlertStage,
            Answer,
            BroadcastState,
            ConcernState,
            ItemState,
            MeetingState,
            MessageState,
            RecommendationState,
            Role,
            Work,
        )
    }
