"""Where an agenda item came from when its committee was closed or gave it up; a number kept for a draft alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agenda_items") as table:
        table.add_column(sa.Column("moved_from", sa.String(120)))
        table.add_column(sa.Column("moved_from_meeting_id", sa.Integer()))
        table.add_column(sa.Column("passed_up_by", sa.String(120)))
    op.create_index("ix_agenda_items_moved_from", "agenda_items", ["moved_from"])
    with op.batch_alter_table("recommendations") as table:
        table.add_column(sa.Column("moved_from", sa.String(120)))
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("kept_for_draft", sa.Boolean(), nullable=False, server_default=sa.false()))
