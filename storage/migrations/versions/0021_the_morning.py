"""Who took a concern up and when, what is set aside, questions to citizens, notes among colleagues, acts to undo."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("concerns") as table:
        table.add_column(sa.Column("taken_up_at", MOMENT))
        table.add_column(sa.Column("taken_up_by", sa.String(254)))
        table.add_column(sa.Column("late_told_at", MOMENT))
        table.add_column(sa.Column("set_aside", sa.String(10)))
        table.add_column(sa.Column("is_reply", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("asked_at", MOMENT))
        table.add_column(sa.Column("replied_at", MOMENT))
        table.create_index(op.f("ix_concerns_asked_at"), ["asked_at"])
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("question_asked_for", sa.Integer()))
        table.add_column(sa.Column("question_asked_at", MOMENT))
    with op.batch_alter_table("alerted_concerns") as table:
        table.add_column(sa.Column("about", sa.String(20), nullable=False, server_default="emergency"))
        table.drop_constraint(op.f("uq_alerted_concerns_concern_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_alerted_concerns_concern_id"), ["concern_id", "committee", "about"])
    op.create_table(
        "concern_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concerns.id"], name=op.f("fk_concern_notes_concern_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_notes")),
    )
    op.create_index(op.f("ix_concern_notes_concern_id"), "concern_notes", ["concern_id"])
    op.create_table(
        "undo_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concerns.id"], name=op.f("fk_undo_steps_concern_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo_steps")),
    )
    op.create_index(op.f("ix_undo_steps_act"), "undo_steps", ["act"])
    op.create_index(op.f("ix_undo_steps_at"), "undo_steps", ["at"])
    op.create_index(op.f("ix_undo_steps_concern_id"), "undo_steps", ["concern_id"])
