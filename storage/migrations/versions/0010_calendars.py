"""What calendars know a meeting by, and how often it has changed."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("calendar_id", sa.String(32)))
        table.add_column(sa.Column("changes", sa.Integer(), nullable=False, server_default="0"))
    meetings = sa.table("meetings", sa.column("id", sa.Integer), sa.column("calendar_id", sa.String))
    connection = op.get_bind()
    for id in connection.scalars(sa.select(meetings.c.id)).all():
        connection.execute(meetings.update().where(meetings.c.id == id).values(calendar_id=secrets.token_hex(16)))
    with op.batch_alter_table("meetings") as table:
        table.alter_column("calendar_id", nullable=False, existing_type=sa.String(32))
