from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from config.pack import Pack
from storage.committees.committees import load_registry
from storage.database import Database
from storage.tables.base import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/empty.db"
    address, server = request.getfixturevalue("postgresql_template")
    server.execute("DROP DATABASE IF EXISTS empty")
    server.execute("CREATE DATABASE empty")
    return f"{address.replace('postgresql', 'postgresql+psycopg')}/empty"


def test_migrations_lead_from_empty_to_what_the_models_say_and_again_change_nothing(empty: str, pack: Pack) -> None:
    database = Database(empty)
    database.migrate()
    database.migrate()
    assert database.is_migrated()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    with database.write() as transaction:
        first = load_registry(transaction, pack)
        assert first.added == len(pack.committees)
    with database.write() as transaction:
        again = load_registry(transaction, pack)
    assert (again.added, again.changed) == (0, 0)
    database.close()


def test_sqlite_keeps_what_it_has_committed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/ccs.db")
    database.migrate()
    with database.read() as transaction:
        assert transaction.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert transaction.connection().exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()
