"""Committees at work: meetings, outcomes, recommendations, news to citizens, announcements, budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("committees") as table:
        table.add_column(sa.Column("closed_on", sa.Date()))
        table.add_column(sa.Column("chair", sa.String(120)))
        table.add_column(sa.Column("time_zone", sa.String(40)))
        table.add_column(sa.Column("digest_weekday", sa.String(10)))
        for name in ("digest_hour", "quiet_from", "quiet_until", "monthly_budget"):
            table.add_column(sa.Column(name, sa.Integer()))
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("state", sa.String(20), nullable=False, server_default="planned"))
        table.add_column(sa.Column("number", sa.Integer()))
        table.add_column(sa.Column("present_sealed", sa.LargeBinary()))
    with op.batch_alter_table("agenda_items") as table:
        table.add_column(sa.Column("came_back", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("score_set", sa.Integer()))
        table.add_column(sa.Column("score_reason", sa.String(200)))
        table.add_column(sa.Column("decision_sealed", sa.LargeBinary()))
        table.add_column(sa.Column("treated_at_id", sa.Integer()))
        table.add_column(sa.Column("referred_to", sa.String(40)))
        table.add_column(sa.Column("referred_until", sa.Date()))
        table.add_column(sa.Column("reminded_at", MOMENT))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.create_foreign_key(op.f("fk_agenda_items_treated_at_id"), "meetings", ["treated_at_id"], ["id"])
        table.create_index(op.f("ix_agenda_items_treated_at_id"), ["treated_at_id"])
        table.create_index(op.f("ix_agenda_items_referred_until"), ["referred_until"])
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("satisfied_asked_for", sa.Integer()))
        table.add_column(sa.Column("satisfied_asked_at", MOMENT))
        table.add_column(sa.Column("wants_news", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("concerns") as table:
        table.add_column(sa.Column("told_at", MOMENT))
        table.add_column(sa.Column("news_due_at", MOMENT))
        table.add_column(sa.Column("satisfied", sa.Boolean()))
        table.create_index(op.f("ix_concerns_news_due_at"), ["news_due_at"])
    op.create_index("ix_messages_committee_created_at", "messages", ["committee", "created_at"])
    _events()
    _recommendations()
    op.create_table(
        "surges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thing", sa.String(400), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("committee", sa.String(120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["committee"], ["committees.code"], name=op.f("fk_surges_committee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surges")),
        sa.UniqueConstraint("thing", "since", name=op.f("uq_surges_thing")),
    )
    op.create_index(op.f("ix_surges_committee"), "surges", ["committee"])
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("approved_by", sa.String(254)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("last_contact", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index(op.f("ix_broadcasts_area"), "broadcasts", ["area"])


def _events() -> None:
    op.create_table(
        "item_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_items.id"], name=op.f("fk_item_events_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_events")),
    )
    op.create_index(op.f("ix_item_events_item_id"), "item_events", ["item_id"])


def _recommendations() -> None:
    op.create_table(
        "recommendations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("committee", sa.String(120), nullable=False),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reply_sealed", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("held_since", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_items.id"], name=op.f("fk_recommendations_item_id")),
        sa.ForeignKeyConstraint(["committee"], ["committees.code"], name=op.f("fk_recommendations_committee")),
        sa.ForeignKeyConstraint(["holder"], ["committees.code"], name=op.f("fk_recommendations_holder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendations")),
        sa.UniqueConstraint("number", name=op.f("uq_recommendations_number")),
    )
    for column in ("item_id", "committee", "holder"):
        op.create_index(op.f(f"ix_recommendations_{column}"), "recommendations", [column])
    op.create_table(
        "recommendation_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(254), nullable=False),
        sa.Column("committee", sa.String(120), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary()),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendations.id"],
            name=op.f("fk_recommendation_steps_recommendation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["committee"], ["committees.code"], name=op.f("fk_recommendation_steps_committee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_steps")),
    )
    op.create_index(op.f("ix_recommendation_steps_recommendation_id"), "recommendation_steps", ["recommendation_id"])
