"""Files the first concern of a number that was never heard of: one statement on PostgreSQL, a few on SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, exists, insert, select
from sqlalchemy.sql.elements import ColumnClause

from storage.concerns.rows import insert_work_and_event, inserting_concern, with_version, with_work_and_event
from storage.insert_once import inserting
from storage.prepared import Prepared, bound
from storage.tables.concerns import Concern
from storage.tables.messages import FiledSession, InboundEvent
from storage.tables.people import Contact

_CONTACTS, _CONCERNS = Contact.__table__, Concern.__table__
_FILED, _EVENTS = FiledSession.__table__, InboundEvent.__table__
_CONTACT_COLUMNS = (
    "msisdn_hash", "msisdn_sealed", "language", "usual_place", "reports_that_day", "wants_news", "created_at",
    "asked_answerable", "language_session_hash", "reports_on", "kept_for_draft",
)  # fmt: skip
_SESSION_COLUMNS = ("key_hash", "run", "typed_hash", "is_over", "filed_at")
_EVENT_HASHES = ("event_hash", "words_hash")


def insert_first_report(connection: Connection, values: Mapping[str, Any]) -> tuple[int, int] | None:
    """Inserts the contact, the concern with its work and its history, and the row of its USSD session.

    `values` has the columns of these rows by their names, and `keeps_contact`: whether the concern names its contact.
    Returns the concern's id and the registry's version. Returns None, and has inserted nothing, if the number, the
    session or the reference is known.
    """
    if connection.dialect.name != "sqlite":
        return _first(_WHOLE_REPORT, connection, values)
    inserted = _insert_concern(_CONTACT_OF_REPORT, connection, values)
    if inserted:
        _SESSION.execute(connection, {**values, "concern_id": inserted[0]})
    return inserted


def insert_first_sms(connection: Connection, values: Mapping[str, Any]) -> tuple[int, int] | None:
    """Inserts the contact, the concern with its work and its history, and the marks by which its SMS is known again.

    `values` has `event_hash` and `words_hash` too (`storage.messages.inbound_events`); the rest is as in
    `insert_first_report`, with the SMS instead of the session.
    """
    if connection.dialect.name != "sqlite":
        return _first(_WHOLE_SMS, connection, values)
    inserted = _insert_concern(_CONTACT_OF_SMS, connection, values)
    if inserted:
        for name in _EVENT_HASHES:
            _MARK.execute(connection, {"key_hash": values[name], "received_at": values["received_at"]})
    return inserted


def _first(statement: Prepared, connection: Connection, values: Mapping[str, Any]) -> tuple[int, int] | None:
    row = statement.first(connection, values)
    return (row[0], row[1]) if row else None


def _insert_concern(contact: Prepared, connection: Connection, values: Mapping[str, Any]) -> tuple[int, int] | None:
    """The statements of SQLite; None if the contact could not be inserted."""
    if (inserted := contact.first(connection, values)) is None:
        return None
    id, version = _CONCERN.execute(connection, {**values, "new_contact_id": inserted[0]})[0]
    insert_work_and_event(connection, id, values)
    return id, version


def _session_is_known() -> ColumnElement[bool]:
    return exists().where(_FILED.c.key_hash == bound(_FILED, "key_hash")["key_hash"])


def _sms_is_known() -> ColumnElement[bool]:
    return exists().where(_EVENTS.c.key_hash == bindparam("event_hash", type_=_EVENTS.c.key_hash.type))


def _inserting_contact(dialect_name: str, is_known: ColumnElement[bool]) -> Any:
    """The INSERT of a contact, only if everything else can be inserted too."""
    is_new = and_(~is_known, ~exists().where(_CONCERNS.c.reference == bound(_CONCERNS, "reference")["reference"]))
    columns = bound(_CONTACTS, *_CONTACT_COLUMNS)
    insertion = inserting(Contact, dialect_name).from_select(list(columns), select(*columns.values()).where(is_new))
    return insertion.returning(_CONTACTS.c.id)


def _contact_of_concern(contact_id: Any) -> Any:
    return case((bindparam("keeps_contact", type_=_CONTACTS.c.asked_answerable.type), contact_id))


def _whole(dialect_name: str, is_known: ColumnElement[bool]) -> Any:
    contact = _inserting_contact(dialect_name, is_known).cte("contact")
    return with_work_and_event(inserting_concern(dialect_name, _contact_of_concern(contact.c.id), contact))


def _whole_report(dialect_name: str) -> Any:
    statement = _whole(dialect_name, _session_is_known())
    columns = bound(_FILED, *_SESSION_COLUMNS) | {"concern_id": statement.get_final_froms()[0].c.id}
    filed = insert(FiledSession.__table__).from_select(list(columns), select(*columns.values()))  # type: ignore[arg-type]
    return statement.add_cte(filed.cte("filed"))


def _whole_sms(dialect_name: str) -> Any:
    statement = _whole(dialect_name, _sms_is_known())
    received_at: ColumnClause[Any] = statement.get_final_froms()[0].c.received_at
    for name in _EVENT_HASHES:
        row = select(bindparam(name, type_=_EVENTS.c.key_hash.type), received_at)
        mark = inserting(InboundEvent, dialect_name).from_select(["key_hash", "received_at"], row)
        statement = statement.add_cte(mark.cte(name))
    return statement


def _concern(dialect_name: str) -> Any:
    contact_id = bindparam("new_contact_id", type_=_CONTACTS.c.id.type)
    return with_version(inserting_concern(dialect_name, _contact_of_concern(contact_id)))


_CONCERN = Prepared(_concern)
_WHOLE_REPORT, _WHOLE_SMS = Prepared(_whole_report), Prepared(_whole_sms)
_CONTACT_OF_REPORT = Prepared(lambda dialect_name: _inserting_contact(dialect_name, _session_is_known()))
_CONTACT_OF_SMS = Prepared(lambda dialect_name: _inserting_contact(dialect_name, _sms_is_known()))
_SESSION = Prepared(lambda _: insert(FiledSession.__table__).values(bound(_FILED, "concern_id", *_SESSION_COLUMNS)))  # type: ignore[arg-type]
_MARK = Prepared(
    lambda dialect_name: inserting(InboundEvent, dialect_name).values(bound(_EVENTS, "key_hash", "received_at"))
)
