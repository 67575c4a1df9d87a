"""The filters of the list, the counts of the start page and what the dashboard counts have indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ORDER: list[str | sa.TextClause] = ["urgency_rank", sa.text("received_at DESC"), sa.text("id DESC")]
OPEN, CLOSED, REVIEW = "state != 'closed'", "state = 'closed'", "needs_review"
COUNTED = "duplicate_of IS NULL AND set_aside IS NULL"
SEEN_BY = ["commune", "category", "committee"]
MADE: dict[str, tuple[list[str | sa.TextClause], str]] = {
    "ix_concerns_open_commune": (["commune", *ORDER], f"{OPEN} AND duplicate_of IS NULL"),
    "ix_concerns_closed_commune": (["commune", *ORDER], f"{CLOSED} AND duplicate_of IS NULL"),
    "ix_concerns_open_category": (["category", *ORDER], f"{OPEN} AND duplicate_of IS NULL"),
    "ix_concerns_closed_category": (["category", *ORDER], f"{CLOSED} AND duplicate_of IS NULL"),
    "ix_concerns_open_review": (["needs_review", *ORDER], f"{OPEN} AND duplicate_of IS NULL AND {REVIEW}"),
    "ix_concerns_closed_review": (["needs_review", *ORDER], f"{CLOSED} AND duplicate_of IS NULL AND {REVIEW}"),
    "ix_concerns_backlog": (["received_at", "urgency_rank", *SEEN_BY], f"{OPEN} AND {COUNTED}"),
    "ix_concerns_emergencies": (["received_at", "taken_up_at", *SEEN_BY], f"urgency_rank = 0 AND {COUNTED}"),
    "ix_concerns_open_committee": (["committee", "item_id"], OPEN),
    "ix_concerns_satisfied": (["committee", "satisfied"], "satisfied IS NOT NULL"),
}
NARROWED = ("duplicate_of", "asked_at", "news_due_at")
"""Columns that are NULL in most rows: their indexes leave those rows out."""
REPLACED = ("commune", "category", "committee")


def upgrade() -> None:
    for column in (*NARROWED, *REPLACED):
        op.drop_index(f"ix_concerns_{column}", "concerns")
    for column in NARROWED:
        _make(f"ix_concerns_{column}", [column], f"{column} IS NOT NULL")
    for name, (columns, rows) in MADE.items():
        _make(name, columns, rows)
    # In the order of the list it serves closed concerns as well as their own index did.
    op.drop_index("ix_concerns_queue", "concerns")
    op.create_index("ix_concerns_queue", "concerns", ["state", *ORDER])
    op.drop_index("ix_concerns_closed_page", "concerns")
    op.create_index("ix_concerns_commune_category_received_at", "concerns", ["commune", "category", "received_at"])
    op.create_index("ix_messages_state_changed_at", "messages", ["state", "changed_at"])
    op.create_index("ix_messages_figures", "messages", ["created_at", "state", "currency", "price"])
    op.drop_index("ix_messages_state", "messages")
    op.drop_index("ix_messages_created_at", "messages")
    op.create_index("ix_recommendations_state_held_since", "recommendations", ["state", "held_since"])


def _make(name: str, columns: list[str | sa.TextClause], rows: str) -> None:
    on_sqlite = sa.text(rows.replace(REVIEW, f"{REVIEW} = 1"))
    op.create_index(name, "concerns", columns, sqlite_where=on_sqlite, postgresql_where=sa.text(rows))


def downgrade() -> None:
    op.drop_index("ix_recommendations_state_held_since", "recommendations")
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
    op.create_index("ix_messages_state", "messages", ["state"])
    op.drop_index("ix_messages_figures", "messages")
    op.drop_index("ix_messages_state_changed_at", "messages")
    rows = sa.text(f"{CLOSED} AND duplicate_of IS NULL")
    op.create_index("ix_concerns_closed_page", "concerns", ORDER, sqlite_where=rows, postgresql_where=rows)
    op.drop_index("ix_concerns_queue", "concerns")
    op.create_index("ix_concerns_queue", "concerns", ["state", "urgency_rank", "received_at"])
    for name in ("ix_concerns_commune_category_received_at", *MADE):
        op.drop_index(name, "concerns")
    for column in NARROWED:
        op.drop_index(f"ix_concerns_{column}", "concerns")
    for column in (*NARROWED, *REPLACED):
        op.create_index(f"ix_concerns_{column}", "concerns", [column])
