"""Alembic's entry: runs the migrations on the connection that `Database.migrate` opened."""

from alembic import context

import storage.alert_models
import storage.committee_models
import storage.message_models
import storage.public_models  # noqa: F401 - the same
from storage.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
