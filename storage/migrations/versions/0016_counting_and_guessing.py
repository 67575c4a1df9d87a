"""Wrong references by number and hour; which reports came without a number; public figures, once published."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("concerns") as table:
        table.add_column(sa.Column("without_number", sa.Boolean(), nullable=False, server_default=sa.false()))
    concerns = sa.table(
        "concerns",
        sa.column("channel", sa.String),
        sa.column("contact_id", sa.Integer),
        sa.column("text_sealed", sa.LargeBinary),
        sa.column("without_number", sa.Boolean),
    )
    # An erased report has no number either, and no words any more: it stays closed to everybody.
    op.execute(
        concerns.update()
        .where(concerns.c.channel == "ussd", concerns.c.contact_id.is_(None), concerns.c.text_sealed.is_not(None))
        .values(without_number=True)
    )
    # Of a number that is not kept the day alone is known: the minute would lead to its report.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = "strftime('%Y-%m-%d 00:00:00.000000', created_at)" if is_sqlite else "date_trunc('day', created_at, 'UTC')"
    op.execute(f"UPDATE contacts SET created_at = {day} WHERE msisdn_sealed IS NULL")  # noqa: S608 - no input in it
    op.create_table(
        "wrong_references",
        sa.Column("mark_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_wrong_references_number_hash", "wrong_references", ["number_hash"])
    op.create_index("ix_wrong_references_at", "wrong_references", ["at"])
    op.create_table(
        "published_months",
        sa.Column("month", sa.Date(), primary_key=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "published_figures",
        sa.Column("month", sa.Date(), sa.ForeignKey("published_months.month"), primary_key=True),
        sa.Column("commune", sa.String(120), primary_key=True),
        sa.Column("category", sa.String(40), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
