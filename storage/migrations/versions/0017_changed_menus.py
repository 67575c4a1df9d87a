"""When the menus of a number changed: a USSD session from before is not replayed through them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("menu_changed_at", sa.DateTime(timezone=True), nullable=True))
