"""A PostgreSQL primary with a synchronous streaming replica, each on a loopback address of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.support.folders import folder_in_memory
from tests.support.servers import as_postgres, free_port, postgresql_programs
from tests.support.waiting import eventually

NAME = "ccs"
PRIMARY, REPLICA = "127.0.0.31", "127.0.0.32"


class PostgresqlPair:
    """`address` is what DATABASE_URL says: both servers, of which the one that may be written to is meant."""

    def __init__(self) -> None:
        self._programs, self._as_user = postgresql_programs(), as_postgres()
        self._folder = Path(tempfile.mkdtemp(prefix="ccs-pair-", dir=folder_in_memory()))
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        self._ports = {PRIMARY: free_port(), REPLICA: free_port()}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.address = f"postgresql://ccs@{PRIMARY}:{self._ports[PRIMARY]},{REPLICA}:{self._ports[REPLICA]}/{NAME}"
        self._run("initdb", "-D", f"{self._folder}/{PRIMARY}", "-U", "ccs", "-A", "trust")
        self._start(PRIMARY)
        with self.connect(PRIMARY, "postgres") as server:
            server.execute(f"CREATE DATABASE {NAME}")
        self._run("pg_basebackup", "-h", PRIMARY, "-p", str(self._ports[PRIMARY]), "-U", "ccs", "-R", "--checkpoint=fast",
                  "-D", f"{self._folder}/{REPLICA}")  # fmt: skip
        self._start(REPLICA)
        with self.connect(PRIMARY) as server:
            server.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            server.execute("SELECT pg_reload_conf()")
        eventually(self.is_synchronous)

    def connect(self, host: str, database: str = NAME) -> psycopg.Connection:
        """A connection to one of the two servers, without a transaction."""
        return psycopg.connect(f"postgresql://ccs@{host}:{self._ports[host]}/{database}", autocommit=True)

    def is_synchronous(self) -> bool:
        """Whether each commit at the primary waits until the replica has it on its disk."""
        with self.connect(PRIMARY) as server:
            return server.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)]

    def kill_primary(self) -> None:
        """Ends the primary and all its processes at once, as the death of its machine does."""
        server = int(Path(self._folder, PRIMARY, "postmaster.pid").read_text().split()[0])
        own = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for pid in [server, *map(int, own)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._processes[PRIMARY].wait(10)

    def promote_replica(self) -> None:
        """Makes the replica the server that may be written to, as a person does by hand."""
        with self.connect(REPLICA) as server:
            assert server.execute("SELECT pg_promote(wait => true)").fetchone() == (True,)

    def stop(self) -> None:
        for host, process in self._processes.items():
            if process.poll() is None:
                pid = int(Path(self._folder, host, "postmaster.pid").read_text().split()[0])
                os.kill(pid, signal.SIGINT)
                process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as_user, f"{self._programs}/{program}", *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd=self._folder,
        )  # fmt: skip

    def _start(self, host: str) -> None:
        self._processes[host] = subprocess.Popen(
            [*self._as_user, f"{self._programs}/postgres", "-D", f"{self._folder}/{host}", "-h", host,
             "-p", str(self._ports[host]), "-k", "", "-c", "log_min_messages=panic"],
            stderr=subprocess.DEVNULL, cwd=self._folder,
        )  # fmt: skip
        eventually(lambda: self._answers(host), 30)

    def _answers(self, host: str) -> bool:
        assert self._processes[host].poll() is None, f"PostgreSQL on {host} has ended"
        with contextlib.suppress(psycopg.OperationalError), self.connect(host, "postgres"):
            return True
        return False


@contextlib.contextmanager
def postgresql_pair() -> Iterator[PostgresqlPair]:
    """A primary and its synchronous replica."""
    pair = PostgresqlPair()
    try:
        yield pair
    finally:
        pair.stop()
