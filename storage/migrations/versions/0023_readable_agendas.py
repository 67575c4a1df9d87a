"""Items say what they are about and are ordered by hand; meetings have a venue; services have an address."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("concerns") as table:
        table.add_column(sa.Column("subjects", sa.String(200), nullable=False, server_default=""))
    with op.batch_alter_table("agenda_items") as table:
        table.add_column(sa.Column("kind", sa.String(20), nullable=False, server_default="concern"))
        for name in ("title_sealed", "summary_sealed", "referral_reply_sealed"):
            table.add_column(sa.Column(name, sa.LargeBinary()))
        for name in ("position", "off_meeting_id"):
            table.add_column(sa.Column(name, sa.Integer()))
        table.add_column(sa.Column("referral_replied_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("set_by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("venue", sa.String(160)))
        table.add_column(sa.Column("excused_sealed", sa.LargeBinary()))
        table.add_column(sa.Column("chaired_by_sealed", sa.LargeBinary()))
    with op.batch_alter_table("committees") as table:
        table.add_column(sa.Column("venue", sa.String(160)))
        table.add_column(sa.Column("agenda_size", sa.Integer()))
    op.create_table(
        "service_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("addressee", sa.String(160), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_contacts")),
        sa.UniqueConstraint("service", "area", name=op.f("uq_service_contacts_service")),
    )
