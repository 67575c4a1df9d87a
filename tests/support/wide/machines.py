"""Two machines that serve one gateway: each has a web process, a worker and a timetable on an address of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.support.servers import ROOT, free_port

HOSTS = ("127.0.0.41", "127.0.0.42")
PARTS = (("wsgi.py",), ("worker.py",), ("worker.py", "timetable"))
TOKEN = "token"
SECRET = "secret of the machines"


class Machines:
    """Requests go to the web processes in turn, as a load balancer without memory sends them.

    The machines share the database, Redis and the secrets. Each has a DATA_DIR of its own.
    """

    duplicate = False

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        bare = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "SECRET_KEYS": SECRET}
        shared = bare | {"WEBHOOK_TOKEN": TOKEN, "DATABASE_URL": database, "REDIS_URL": redis}
        self._folder = folder
        self._settings = {
            host: shared | {"HOST": host, "PORT": str(free_port()), "DATA_DIR": str(folder / host)} for host in HOSTS
        }
        self._web = [f"http://{host}:{settings['PORT']}" for host, settings in self._settings.items()]
        self._turn = itertools.cycle(self._web)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Migrates the database, then starts all processes."""
        prepare = [sys.executable, "-m", "gateway.local.prepare"]
        subprocess.run(prepare, cwd=ROOT, env=self._settings[HOSTS[0]], check=True, stdout=subprocess.DEVNULL)
        for host, settings in self._settings.items():
            for part in PARTS:
                Path(settings["DATA_DIR"]).mkdir(exist_ok=True)
                with (self._folder / f"{host}-{'-'.join(part)}.log").open("wb") as log:
                    self._processes.append(
                        subprocess.Popen([sys.executable, *part], cwd=ROOT, env=settings, stdout=log, stderr=log)
                    )

    def hook_address(self, hook: str) -> str:
        return f"{next(self._turn)}/hooks/{TOKEN}/africastalking/{hook}"

    def ready(self) -> bool:
        """Whether each web process finds database, Redis, worker and pack in order."""
        assert all(process.poll() is None for process in self._processes), "a process of the gateway has ended"
        with contextlib.suppress(requests.RequestException):
            return all(requests.get(f"{web}/readyz", timeout=5).status_code == 200 for web in self._web)
        return False

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def machines(folder: Path, database: str, redis: str) -> Iterator[Machines]:
    """Running machines, which may not be ready yet."""
    running = Machines(folder, database, redis)
    try:
        running.start()
        yield running
    finally:
        running.stop()
