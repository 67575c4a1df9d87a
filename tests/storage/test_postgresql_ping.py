"""A pooled connection that PostgreSQL has ended is replaced before anybody notices."""

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from tests.support.waiting import eventually


@pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_ended_is_replaced_before_the_next_transaction(database_address: str) -> None:
    database, other = Database(database_address), Database(database_address)
    with database.read() as transaction:
        first = transaction.scalar(text("SELECT pg_backend_pid()"))
    with database.read() as transaction:
        assert transaction.scalar(text("SELECT pg_backend_pid()")) == first
    with other.write() as transaction:
        transaction.execute(text("SELECT pg_terminate_backend(:first)"), {"first": first})
    eventually(lambda: not Path(f"/proc/{first}").exists())
    with database.read() as transaction:
        assert transaction.scalar(text("SELECT pg_backend_pid()")) != first
    database.close()
    other.close()
