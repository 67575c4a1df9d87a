"""Erased numbers as hashes, ids of people that are not given again, sessions that end, checks of the database."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "erased_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("msisdn_hash", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_numbers")),
    )
    op.create_index(op.f("ix_erased_numbers_erased_at"), "erased_numbers", ["erased_at"])
    # Its hash is nobody's: from this moment on every erasure is known (storage.safety.since_backup.BEGINNING).
    erased = sa.table("erased_numbers", sa.column("msisdn_hash", sa.LargeBinary), sa.column("erased_at", MOMENT))
    op.get_bind().execute(erased.insert().values(msisdn_hash=b"", erased_at=datetime.now(UTC)))
    op.create_table(
        "database_checks",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("found", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_database_checks")),
    )
    op.add_column("administrators", sa.Column("session_version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("ussd_sessions", sa.Column("number_hash", sa.LargeBinary()))
    op.create_index(op.f("ix_ussd_sessions_number_hash"), "ussd_sessions", ["number_hash"])
    op.create_index(op.f("ix_messages_changed_at"), "messages", ["changed_at"])
    if op.get_bind().dialect.name == "sqlite":
        _never_the_same_id()


def _never_the_same_id() -> None:
    """PostgreSQL never gives an id again; SQLite only where the table says so."""
    with op.batch_alter_table("contacts", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    connection = op.get_bind()
    actors = connection.scalars(sa.text("SELECT DISTINCT actor FROM audit_lines WHERE actor LIKE 'secretary %'"))
    named = [int(actor.split()[1]) for actor in actors if actor.split()[1].isdigit()]
    largest = connection.scalar(sa.text("SELECT max(id) FROM contacts")) or 0
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'contacts'"))
    connection.execute(
        sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('contacts', :seq)"), {"seq": max([largest, *named])}
    )
