"""Accounts that are invited, disabled, or follow a secretary's phone; programs' tokens and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("administrators") as table:
        table.add_column(sa.Column("contact_id", sa.Integer()))
        table.add_column(sa.Column("disabled_at", MOMENT))
        table.create_foreign_key(
            op.f("fk_administrators_contact_id"), "contacts", ["contact_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_administrators_contact_id"), "administrators", ["contact_id"])
    op.create_table(
        "account_invitations",
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_account_invitations_administrator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("administrator_id", name=op.f("pk_account_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_invitations_token_hash")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_on", sa.Date()),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_api_tokens_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("after_event", sa.Integer(), nullable=False),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name=op.f("fk_webhooks_token_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_webhooks_token_id"), "webhooks", ["token_id"])
