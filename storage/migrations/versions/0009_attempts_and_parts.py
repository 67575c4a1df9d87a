"""The ids of earlier attempts to send, how a part of a long SMS is to be read, and what a USSD session has filed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_attempts",
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("provider_message_id", sa.String(120), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "provider_message_id", name=op.f("pk_earlier_attempts")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_earlier_attempts_message_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_earlier_attempts_message_id"), "earlier_attempts", ["message_id"])
    with op.batch_alter_table("sms_parts") as table:
        table.add_column(sa.Column("charset", sa.String(20)))
    with op.batch_alter_table("ussd_sessions") as table:
        table.add_column(sa.Column("run", sa.String(32)))
    op.create_table(
        "filed_sessions",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("concern_id", sa.Integer()),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("typed_hash", sa.LargeBinary(), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_filed_sessions")),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concerns.id"], name=op.f("fk_filed_sessions_concern_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_filed_sessions_concern_id"), "filed_sessions", ["concern_id"])
    op.create_index(op.f("ix_filed_sessions_filed_at"), "filed_sessions", ["filed_at"])
