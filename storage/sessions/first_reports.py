"""Files the first report of a newcomer: one statement on PostgreSQL, five on SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, insert, select

from storage.concerns.rows import insert_work_and_event, inserting_concern, with_version, with_work_and_event
from storage.insert_once import inserting
from storage.prepared import Prepared, bound
from storage.tables.concerns import Concern
from storage.tables.messages import FiledSession
from storage.tables.people import Contact

_CONTACTS, _CONCERNS, _FILED = Contact.__table__, Concern.__table__, FiledSession.__table__
_CONTACT_COLUMNS = (
    "msisdn_hash", "msisdn_sealed", "language", "usual_place", "reports_that_day", "wants_news", "created_at",
    "asked_answerable", "language_session_hash", "reports_on", "kept_for_draft",
)  # fmt: skip
_SESSION_COLUMNS = ("key_hash", "run", "typed_hash", "is_over", "filed_at")


def insert_first_report(connection: Connection, values: Mapping[str, Any]) -> tuple[int, int] | None:
    """Inserts the contact, the concern with its work and its history, and the row of its session.

    `values` has the columns of these rows by their names, and `keeps_contact`: whether the concern names its contact.
    Returns the concern's id and the registry's version. Returns None, and has inserted nothing, if the number, the
    session or the reference is known.
    """
    if connection.dialect.name != "sqlite":
        inserted = _WHOLE.first(connection, values)
        return (inserted[0], inserted[1]) if inserted else None
    if (contact := _CONTACT.first(connection, values)) is None:
        return None
    id, version = _CONCERN.execute(connection, {**values, "new_contact_id": contact[0]})[0]
    insert_work_and_event(connection, id, values)
    _SESSION.execute(connection, {**values, "concern_id": id})
    return id, version


def _inserting_contact(dialect_name: str) -> Any:
    """The INSERT of a contact, only if everything else can be inserted too."""
    is_new = and_(
        ~exists().where(_FILED.c.key_hash == bound(_FILED, "key_hash")["key_hash"]),
        ~exists().where(_CONCERNS.c.reference == bound(_CONCERNS, "reference")["reference"]),
    )
    columns = bound(_CONTACTS, *_CONTACT_COLUMNS)
    insertion = inserting(Contact, dialect_name).from_select(list(columns), select(*columns.values()).where(is_new))
    return insertion.returning(_CONTACTS.c.id)


def _contact_of_concern(contact_id: Any) -> Any:
    return case((bindparam("keeps_contact", type_=_CONTACTS.c.asked_answerable.type), contact_id))


def _whole(dialect_name: str) -> Any:
    contact = _inserting_contact(dialect_name).cte("contact")
    concern = inserting_concern(dialect_name, _contact_of_concern(contact.c.id), contact)
    statement = with_work_and_event(concern)
    new = statement.get_final_froms()[0]
    columns = bound(_FILED, *_SESSION_COLUMNS) | {"concern_id": new.c.id}
    filed = insert(FiledSession.__table__).from_select(list(columns), select(*columns.values()))  # type: ignore[arg-type]
    return statement.add_cte(filed.cte("filed"))


def _concern(dialect_name: str) -> Any:
    contact_id = bindparam("new_contact_id", type_=_CONTACTS.c.id.type)
    return with_version(inserting_concern(dialect_name, _contact_of_concern(contact_id)))


_CONCERN = Prepared(_concern)
_WHOLE = Prepared(_whole)
_CONTACT = Prepared(_inserting_contact)
_SESSION = Prepared(lambda _: insert(FiledSession.__table__).values(bound(_FILED, "concern_id", *_SESSION_COLUMNS)))  # type: ignore[arg-type]
