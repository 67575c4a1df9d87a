"""A page of the queue comes from an index in its own order; a digest reads its week alone."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None

ORDER: list[str | sa.TextClause] = ["urgency_rank", sa.text("received_at DESC"), sa.text("id DESC")]
PAGES = {
    "ix_concerns_open_page": sa.text("state != 'closed' AND duplicate_of IS NULL"),
    "ix_concerns_closed_page": sa.text("state = 'closed' AND duplicate_of IS NULL"),
}


def upgrade() -> None:
    for name, rows in PAGES.items():
        op.create_index(name, "concerns", ORDER, sqlite_where=rows, postgresql_where=rows)
    op.create_index("ix_concerns_committee_received_at", "concerns", ["committee", "received_at"])


def downgrade() -> None:
    for name in ("ix_concerns_committee_received_at", *PAGES):
        op.drop_index(name, "concerns")
