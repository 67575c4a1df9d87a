"""Whether an agenda item is open is a column of its own; its key stays when it is treated."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agenda_items") as table:
        table.add_column(sa.Column("subject_key", sa.String(400)))
        table.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
    # The old key was unset when an item was treated. A key with a suffix keeps two open items of a subject apart.
    op.execute(
        "UPDATE agenda_items SET is_open = thing IS NOT NULL, "
        "subject_key = coalesce(thing, category || '|' || commune || '|' || coalesce(place, ''))"
    )
    with op.batch_alter_table("agenda_items") as table:
        table.drop_constraint(op.f("uq_agenda_items_committee"), type_="unique")
        table.drop_column("thing")
        table.alter_column("subject_key", nullable=False, existing_type=sa.String(400))
    op.create_index(
        "uq_agenda_items_open_subject",
        "agenda_items",
        ["committee", "subject_key"],
        unique=True,
        sqlite_where=sa.text("is_open = 1"),
        postgresql_where=sa.text("is_open"),
    )
