"""Sessions that nothing could rebuild, and long SMS that come in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ussd_sessions",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("talk_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_ussd_sessions")),
    )
    op.create_index(op.f("ix_ussd_sessions_kept_at"), "ussd_sessions", ["kept_at"])
    op.create_table(
        "sms_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("msisdn_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_parts")),
        sa.UniqueConstraint("message_hash", "number", name=op.f("uq_sms_parts_message_hash")),
    )
    op.create_index(op.f("ix_sms_parts_message_hash"), "sms_parts", ["message_hash"])
    op.create_index(op.f("ix_sms_parts_received_at"), "sms_parts", ["received_at"])
