"""The audit as a chain, codes at sign-in, the papers of a meeting, when a wait was set, how much a provider carries."""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("audit_lines") as table:
        table.add_column(sa.Column("mark", sa.LargeBinary()))
    _chain_what_there_is()
    with op.batch_alter_table("audit_lines") as table:
        table.alter_column("mark", nullable=False, existing_type=sa.LargeBinary())
    with op.batch_alter_table("administrators") as table:
        table.add_column(sa.Column("totp_sealed", sa.LargeBinary()))
        table.add_column(sa.Column("totp_used", sa.Integer()))
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("papers_sealed", sa.LargeBinary()))
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("set_at", sa.DateTime(timezone=True)))
    op.create_table(
        "send_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempts")),
    )
    op.create_index("ix_send_attempts_provider_at", "send_attempts", ["provider", "at"])
    op.create_table(
        "provider_shares",
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("thousandths", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_shares")),
    )


def _chain_what_there_is() -> None:
    """As `storage.audit` chains; written out here, since a migration must not change with the code."""
    lines = sa.table(
        "audit_lines",
        sa.column("id", sa.Integer),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("actor", sa.String),
        sa.column("what", sa.String),
        sa.column("detail", sa.JSON),
        sa.column("mark", sa.LargeBinary),
    )
    connection = op.get_bind()
    before = b"\0" * 32
    for line in connection.execute(sa.select(lines).order_by(lines.c.id)).all():
        at: datetime = line.at if line.at.tzinfo else line.at.replace(tzinfo=UTC)
        told = [at.astimezone(UTC).isoformat(), line.actor, line.what, line.detail]
        before = hashlib.sha256(before + json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).digest()
        connection.execute(lines.update().where(lines.c.id == line.id).values(mark=before))
