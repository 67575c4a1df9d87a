"""Corrections to learn from, the model that read a concern, and which concern it repeats."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("commune", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concerns.id"], name=op.f("fk_corrections_concern_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("concern_id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("concerns") as concerns:
        concerns.add_column(sa.Column("model", sa.String(length=16), nullable=True))
        concerns.add_column(sa.Column("duplicate_of", sa.Integer(), nullable=True))
        concerns.create_foreign_key(
            op.f("fk_concerns_duplicate_of"), "concerns", ["duplicate_of"], ["id"], ondelete="SET NULL"
        )
        concerns.create_index(op.f("ix_concerns_duplicate_of"), ["duplicate_of"])
