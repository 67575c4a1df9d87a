"""When a wait was set, so that one set by a clock that ran ahead can be told."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("set_at", sa.DateTime(timezone=True)))
