"""Prepares a database: migrates it, loads the registry, makes a first administrator. A second run changes nothing."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from config.aggregators import load_mappings
from config.own_files import make_private
from config.pack import Pack, PackError
from config.settings import Settings, SettingsError, load_settings
from gateway.runtime.deployment import read_pack, utc_now
from storage.committees.committees import load_registry
from storage.database import Database
from storage.enumerations import Role
from storage.people.administrators import add_administrator, hash_password
from storage.tables.people import Administrator

FIRST_ADMINISTRATOR = "admin@example.org"
PASSWORD_FILE = "first-administrator.txt"


def prepare(settings: Settings, pack: Pack, show: Callable[[str], None]) -> None:
    """Migrates, loads the registry and makes the first administrator; shows their password while it is the first.

    The administrator is made last, and `show` is called before the commit: no account is made whose password nobody has
    seen. Raises `OSError` for a folder or an output that cannot be written.
    """
    if not settings.in_production:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_private(settings.data_dir)
    database = Database(settings.database_address)
    try:
        database.migrate()
        made = secrets.token_urlsafe(12)
        made_hash = hash_password(made)
        with database.write() as transaction:
            load_registry(transaction, pack)
            if transaction.scalars(select(Administrator).limit(1)).first():
                password = _kept_password(settings)
            else:
                password, area = made, pack.country_area.code
                add_administrator(transaction, FIRST_ADMINISTRATOR, made_hash, Role.ADMINISTRATOR, area, utc_now())
                _keep_password(settings, password)
            if password:
                show(f"{FIRST_ADMINISTRATOR}  {password}")
    finally:
        database.close()


def _keep_password(settings: Settings, password: str) -> None:
    """Keeps the first password in a file, in development only, so that a second start can show it again."""
    if not settings.in_production:
        path = settings.data_dir / PASSWORD_FILE
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(password)


def _kept_password(settings: Settings) -> str | None:
    path = settings.data_dir / PASSWORD_FILE
    return path.read_text() if path.exists() and not settings.in_production else None


def main() -> None:
    """Prepares the database of the settings. Exits with one line if something is wrong."""
    try:
        here = load_settings()
        load_mappings()
        prepare(here, read_pack(here)[0], lambda message: print(message, flush=True))
    except (SettingsError, PackError) as error:
        sys.exit(str(error))
    except SQLAlchemyError as error:
        sys.exit(f"the database at DATABASE_URL cannot be used ({type(error).__name__})")
    except OSError as error:
        sys.exit(f"{error.filename or 'standard output'} cannot be written ({error.strerror})")


if __name__ == "__main__":
    main()
