"""Alerts that are followed until a phone has them, duty numbers, and an order among what waits to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee", sa.String(120)),
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("undelivered_at", MOMENT),
        sa.ForeignKeyConstraint(["committee"], ["committees.code"], name=op.f("fk_alerts_committee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_open", "alerts", ["confirmed_at", "created_at"])
    op.create_table(
        "alerted_concerns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("committee", sa.String(120), nullable=False),
        sa.Column("alert_id", sa.Integer()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concerns.id"], name=op.f("fk_alerted_concerns_concern_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alerted_concerns_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerted_concerns")),
        sa.UniqueConstraint("concern_id", "committee", name=op.f("uq_alerted_concerns_concern_id")),
    )
    op.create_index(op.f("ix_alerted_concerns_alert_id"), "alerted_concerns", ["alert_id"])
    op.create_table(
        "duty_numbers",
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_duty_numbers_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_duty_numbers")),
    )
    op.create_index(op.f("ix_duty_numbers_contact_id"), "duty_numbers", ["contact_id"])
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("alert_id", sa.Integer()))
        table.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
        table.create_foreign_key(op.f("fk_messages_alert_id"), "alerts", ["alert_id"], ["id"], ondelete="SET NULL")
        table.create_index(op.f("ix_messages_alert_id"), ["alert_id"])
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
        table.drop_index("ix_outbox_due")
        table.create_index("ix_outbox_due", ["work", "priority", "due_at"])
