"""What kind of answer an SMS is, and how many of them a number got within the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("answer", sa.String(20)))
    op.create_index("ix_messages_contact_id_created_at", "messages", ["contact_id", "created_at"])
    op.drop_index("ix_messages_contact_id", "messages")
