"""Reads SECRET_KEYS if the setting itself is empty: from a file, a command, or a file that is created once."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from pathlib import Path

MADE_SECRETS = "secrets.env"
PATIENCE = 30
"""Seconds that the command of SECRET_KEYS_COMMAND may take."""


class SettingsError(Exception):
    """A setting is unknown or wrong. Its text is one line that names the setting."""


def kept_keys(file: Path | None, command: str) -> tuple[str, ...]:
    """The keys of SECRET_KEYS_FILE or SECRET_KEYS_COMMAND, a line each; none if neither is set.

    Raises `SettingsError`.
    """
    if file:
        content = _read(file)
    elif command:
        content = _output(command)
    else:
        return ()
    keys = tuple(line.strip() for line in content.splitlines() if line.strip())
    if not keys:
        raise SettingsError("setting SECRET_KEYS_FILE or SECRET_KEYS_COMMAND: gives no key")
    return keys


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"setting SECRET_KEYS_FILE: cannot be read ({type(error).__name__})") from None


def _output(command: str) -> str:
    try:
        # Its standard error is not shown, because it may contain the key.
        done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            shlex.split(command), capture_output=True, text=True, check=True, timeout=PATIENCE
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SettingsError(f"setting SECRET_KEYS_COMMAND: failed ({type(error).__name__})") from None
    return done.stdout


def made_secrets(data_dir: Path) -> dict[str, str]:
    """SECRET_KEYS and WEBHOOK_TOKEN of a development machine: made once, then read from a file in DATA_DIR.

    Raises `SettingsError`.
    """
    path = data_dir / MADE_SECRETS
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = f"SECRET_KEYS={secrets.token_urlsafe(32)}\nWEBHOOK_TOKEN={secrets.token_urlsafe(24)}\n"
        # Linked into place whole: of two processes that start at once, one wins and both read its file.
        draft = data_dir / f".{MADE_SECRETS}.{os.getpid()}"
        if not path.exists():
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(made)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        lines = path.read_text().splitlines()
    except OSError as error:
        raise SettingsError(f"setting DATA_DIR: {data_dir} cannot be used ({error.strerror})") from None
    return dict(line.split("=", 1) for line in lines if "=" in line)
