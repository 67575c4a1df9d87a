"""Real servers for tests: each starts on a free port or socket in a temporary folder and is stopped again."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from werkzeug.serving import make_server

from gateway.embedded import redis_server, wait_for_redis


def missing(what: str, package: str) -> None:
    """Skips the test that needs `what`; where everything is required, fails it."""
    told = f"{what} is not installed: apt-get install {package}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(told)
    pytest.skip(told)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server on a Unix socket; yields its address."""
    address = folder / "redis.sock"
    process = subprocess.Popen(
        [redis_server(), "--port", "0", "--unixsocket", str(address), "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_redis(f"unix://{address}", process)
        yield f"unix://{address}"
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server; yields the address of its `postgres` database, without the database's name."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [str(Path(shutil.which("postgres") or "/-").parent)]
    if not Path(found[-1], "postgres").exists():
        missing("PostgreSQL", "postgresql")
    folder = tempfile.mkdtemp(prefix="ccs-pg-")
    # The server refuses to run as root; Debian's package brings the user that it may run as.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    port = free_port()
    subprocess.run(
        [*as_user, f"{found[-1]}/initdb", "-D", f"{folder}/data", "-U", "ccs", "-A", "trust", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    process = subprocess.Popen(
        [*as_user, f"{found[-1]}/postgres", "-D", f"{folder}/data", "-p", str(port), "-k", folder, "-h", "127.0.0.1",
         "-c", "fsync=off", "-c", "log_min_messages=panic"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"postgresql://ccs@127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(f"{address}/postgres").close()
                break
            except psycopg.OperationalError:
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """The application behind a real HTTP server on loopback."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)


def browser_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        missing("Chromium", "chromium")
    return str(found)
