"""Codes that confirm an erasure, invitations to choose a PIN, and wrong PINs by SMS counted apart from USSD."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("pins") as table:
        table.add_column(sa.Column("sms_failed_tries", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("sms_locked_until", MOMENT))
    op.create_table(
        "pin_invitations",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_pin_invitations_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_pin_invitations")),
    )
    op.create_table(
        "erasure_codes",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_erasure_codes_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_erasure_codes")),
    )
