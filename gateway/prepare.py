"""Makes a database ready: migrated, the registry loaded, a first administrator. Again changes nothing."""

from __future__ import annotations

import os
import secrets
import sys

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from config.aggregators import load_mappings
from config.pack import Pack, PackError
from config.settings import Settings, load_settings
from gateway.deployment import read_pack, utc_now
from storage.administrators import add_administrator
from storage.committees import load_registry
from storage.database import Database
from storage.models import Administrator
from storage.states import Role

FIRST_ADMINISTRATOR = "admin@example.org"
PASSWORD_FILE = "first-administrator.txt"


def prepare(settings: Settings, pack: Pack) -> str | None:
    """Migrates, loads the registry and makes the first administrator; their password while it is still the first."""
    database = Database(settings.database_address)
    try:
        database.migrate()
        with database.write() as open_:
            load_registry(open_, pack)
            if open_.scalars(select(Administrator).limit(1)).first():
                return _kept_password(settings)
            password = secrets.token_urlsafe(12)
            area = pack.country_area.code
            add_administrator(open_, FIRST_ADMINISTRATOR, password, Role.ADMINISTRATOR, area, utc_now())
    finally:
        database.close()
    if not settings.in_production:
        path = settings.data_dir / PASSWORD_FILE
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(password)
    return password


def _kept_password(settings: Settings) -> str | None:
    """Development alone keeps the first password, so that a second start can show it again."""
    path = settings.data_dir / PASSWORD_FILE
    return path.read_text() if path.exists() and not settings.in_production else None


if __name__ == "__main__":
    here = load_settings()
    try:
        password = prepare(here, read_pack(here)[0])
        load_mappings()
        print(f"{FIRST_ADMINISTRATOR}  {password}" if password else "")
    except PackError as error:
        sys.exit(str(error))
    except SQLAlchemyError as error:
        sys.exit(f"the database at DATABASE_URL cannot be used ({type(error).__name__})")
