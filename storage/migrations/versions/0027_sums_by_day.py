"""Sums of closed days, and triggers that mark the day of each changed concern and SMS.

SQLite drops a table's triggers when Alembic copies the table to change it: a later migration that copies `concerns`,
`concern_events` or `messages` must create them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COUNTS = ("received", "answered", "open", "satisfied", "dissatisfied", "open_emergencies", "emergencies",
          "seen_in_time", "seen_late")  # fmt: skip

MARK = "INSERT INTO day_changes (at) "
OLD, NEW = f"{MARK}VALUES (OLD.{{at}})", f"{MARK}VALUES (NEW.{{at}})"
BOTH = (NEW, f"{MARK}SELECT OLD.{{at}} WHERE OLD.{{at}} <> NEW.{{at}}")
# For a concern that moved to another commune or category, and for all its SMS with it.
MOVED = f"{MARK}SELECT created_at FROM messages WHERE concern_id = NEW.id"  # noqa: S608 - no value of a user
OF_EVENT = f"{MARK}SELECT received_at FROM concerns WHERE id = {{row}}.concern_id"  # noqa: S608
CONCERN = ("received_at", "commune", "category", "urgency_rank", "state", "satisfied", "set_aside", "taken_up_at",
           "(answer_sealed IS NULL)", "(duplicate_of IS NULL)")  # fmt: skip
PLACED = ("commune", "category")
EVENT = ("at", "what", "concern_id")
SMS = ("created_at", "state", "currency", "price", "concern_id", "committee")


def _changed(columns: tuple[str, ...]) -> str:
    """The condition that one of these columns or expressions has changed. Both databases understand it."""
    pairs = [(_of("OLD", column), _of("NEW", column)) for column in columns]
    return " OR ".join(
        f"{old} <> {new}" if "(" in old else f"({old} <> {new} OR ({old} IS NULL) <> ({new} IS NULL))"
        for old, new in pairs
    )


def _update(columns: tuple[str, ...]) -> str:
    return "UPDATE OF " + ", ".join(column.strip("()").removesuffix(" IS NULL") for column in columns)


def _of(row: str, column: str) -> str:
    return column.replace("(", f"({row}.") if column.startswith("(") else f"{row}.{column}"


TRIGGERS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    # name: table, event, condition, statements
    "concerns_inserted": ("concerns", "INSERT", "", (NEW.format(at="received_at"),)),
    "concerns_deleted": ("concerns", "DELETE", "", (OLD.format(at="received_at"),)),
    "concerns_changed": (
        "concerns", _update(CONCERN), _changed(CONCERN), tuple(mark.format(at="received_at") for mark in BOTH),
    ),
    "concerns_moved": ("concerns", _update(PLACED), _changed(PLACED), (MOVED,)),
    "concern_events_inserted": (
        "concern_events", "INSERT", "NEW.what = 'closed'", (OF_EVENT.format(row="NEW"),),
    ),
    "concern_events_deleted": ("concern_events", "DELETE", "OLD.what = 'closed'", (OF_EVENT.format(row="OLD"),)),
    "concern_events_changed": (
        "concern_events", _update(EVENT), _changed(EVENT), (OF_EVENT.format(row="OLD"), OF_EVENT.format(row="NEW")),
    ),
    "messages_inserted": ("messages", "INSERT", "", (NEW.format(at="created_at"),)),
    "messages_deleted": ("messages", "DELETE", "", (OLD.format(at="created_at"),)),
    "messages_changed": (
        "messages", _update(SMS), _changed(SMS), tuple(mark.format(at="created_at") for mark in BOTH),
    ),
}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "summed_days",
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("layout", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("summed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("begins_at", name=op.f("pk_summed_days")),
    )
    op.create_table(
        "day_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_changes")),
    )
    op.create_index("ix_day_changes_at", "day_changes", ["at"])
    op.create_table(
        "concern_sums",
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("waits", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("area", "begins_at", "category", name=op.f("pk_concern_sums")),
    )
    op.create_table(
        "commune_sums",
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("communes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("begins_at", "category", name=op.f("pk_commune_sums")),
    )
    op.create_table(
        "sms_sums",
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("area", "begins_at", "category", "state", "currency", name=op.f("pk_sms_sums")),
    )
    op.create_index("ix_messages_concern_id", "messages", ["concern_id"])
    for name, trigger in TRIGGERS.items():
        _create(name, *trigger)


def _create(name: str, table: str, event: str, condition: str, statements: tuple[str, ...]) -> None:
    when = f"WHEN ({condition}) " if condition else ""
    body = "; ".join(statements)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {when}BEGIN {body}; END")
        return
    op.execute(
        f"CREATE FUNCTION mark_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION mark_{name}()")


def downgrade() -> None:
    for name, (table, *_) in TRIGGERS.items():
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION mark_{name}()")
    op.drop_index("ix_messages_concern_id", "messages")
    for table in ("sms_sums", "commune_sums", "concern_sums", "day_changes", "summed_days"):
        op.drop_table(table)
