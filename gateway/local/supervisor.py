"""`gateway up`: everything on this machine, watched and stopped together."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import requests

from config.settings import Settings
from gateway.local.embedded_redis import start_redis
from gateway.local.lock import UpLock, UpRunning

ROOT = Path(__file__).parent.parent.parent
STOP_WITHIN, REDIS_STOPS_WITHIN = 15.0, 1.0
"""Seconds that a process has to end its work before it is killed. Redis keeps nothing, and may hang."""
START_WITHIN = 60.0
AGAIN_AFTER = 1.0

log = logging.getLogger(__name__)


class UpError(Exception):
    """Something did not start. The text is one line that says what to do."""


@dataclass
class SupervisedProcess:
    """One part: how to start it, and the process that runs."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_within: float = STOP_WITHIN
    process: subprocess.Popen[bytes] | None = field(default=None)
    died_at: float = 0.0

    def ensure(self) -> None:
        """Starts the process if it does not run; one that died only a second later."""
        if self.process is not None and self.process.poll() is None:
            return
        now = time.monotonic()
        if self.process is not None:
            if not self.died_at:
                log.warning("%s ended with %s and is started again", self.name, self.process.returncode)
                self.died_at = now
                self._clear()
            if now - self.died_at < AGAIN_AFTER:
                return
        self.process, self.died_at = self.start(), 0.0

    def _clear(self) -> None:
        """Kills what a process has left behind in its group: a killed web server's children would go on serving."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def ask_to_end(self) -> None:
        """Sends SIGTERM, if the process runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_for_end(self) -> None:
        """Waits for a process that was asked to end; kills it after `stop_within` seconds."""
        if self.process is None or self.process.poll() is not None:
            self._clear()
            return
        try:
            self.process.wait(self.stop_within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._clear()


class Supervisor:
    """Runs Redis, web, worker and timetable on this machine, starts again what dies, and stops them together."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = False
        self._parts: list[SupervisedProcess] = []

    def run(self) -> None:
        """Runs until SIGINT or SIGTERM. Raises `UpError` or `NoRedisServer` if something does not start."""
        settings = self._settings
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = UpLock(settings.data_dir)
        except UpRunning as running:
            raise UpError(str(running)) from None
        except OSError as error:
            raise UpError(f"DATA_DIR {settings.data_dir} cannot be used ({error.strerror})") from None
        try:
            self._run(lock)
        finally:
            lock.release()

    def _run(self, lock: UpLock) -> None:
        settings = self._settings
        self._port_is_free()
        for caught in (signal.SIGINT, signal.SIGTERM):
            signal.signal(caught, self._stop)
        try:
            if settings.redis_is_embedded:
                self._add("redis", lambda: start_redis(settings), lock, REDIS_STOPS_WITHIN)
            first = _prepared()
            self._add("web", lambda: _spawn("wsgi.py"), lock)
            self._add("worker", lambda: _spawn("worker.py"), lock)
            self._add("timetable", lambda: _spawn("worker.py", "timetable"), lock)
            self._wait_until_ready(lock)
            self._tell(first)
            while not self._stopping:
                time.sleep(0.5)
                if not self._stopping:
                    self._ensure_all(lock)
        finally:
            self._stop_all()

    def _stop_all(self) -> None:
        """Ends timetable, worker and web at once, and Redis after them, which they may need for their last work."""
        others = [part for part in reversed(self._parts) if part.name != "redis"]
        for together in (others, [part for part in self._parts if part.name == "redis"]):
            for part in together:
                part.ask_to_end()  # once: a second signal would break off what the worker has begun
            for part in together:
                part.wait_for_end()

    def _ensure_all(self, lock: UpLock) -> None:
        for part in self._parts:
            part.ensure()
        lock.tell({part.name: part.process.pid for part in self._parts if part.process})

    def _add(
        self, name: str, start: Callable[[], subprocess.Popen[bytes]], lock: UpLock, stop_within: float = STOP_WITHIN
    ) -> None:
        if self._stopping:
            return
        self._parts.append(SupervisedProcess(name, start, stop_within))
        self._ensure_all(lock)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping = True

    def _port_is_free(self) -> None:
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self._settings.host, self._settings.port))
            except OSError as error:
                where = f"{self._settings.host}:{self._settings.port}"
                raise UpError(f"cannot listen on {where} ({error.strerror}): set PORT to a free one") from None

    def _wait_until_ready(self, lock: UpLock) -> None:
        until = time.monotonic() + START_WITHIN
        last_answer = "nothing"
        while not self._stopping and time.monotonic() < until:
            try:
                answer = requests.get(f"{self._settings.own_address}/readyz", timeout=2)
                last_answer = answer.text.strip()
                if answer.ok:
                    return
            except requests.RequestException:
                pass
            self._ensure_all(lock)
            time.sleep(0.1)
        if not self._stopping:
            raise UpError(f"not ready after {START_WITHIN:.0f} s; /readyz says {last_answer}")

    def _tell(self, first: str | None) -> None:
        if self._stopping:
            return
        address = self._settings.own_address
        if not self._settings.in_production:
            print(f"Phone simulator  {address}/simulator")
        print(f"Web queue        {address}/queue/")
        if first:
            print(f"First sign-in    {first}")
        print("ready", flush=True)


def _prepared() -> str | None:
    """Prepares the database; the first administrator's address and password, if they are to be shown. Raises `UpError`.

    It runs in a process of its own: what it loads would stay in this one's memory for as long as everything runs.
    """
    done = subprocess.run(
        [sys.executable, "-m", "gateway.local.prepare"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise UpError("nothing was started: the line above says why")
    return done.stdout.strip() or None


def _spawn(*command: str) -> subprocess.Popen[bytes]:
    """A child in a process group of its own, so that Ctrl-C reaches only `gateway up`, which stops them in order.

    It stays in the session of `gateway up`: Linux may share the processor among sessions first, and then the worker's
    low priority would mean nothing to the web process (sched(7), "The autogroup feature").
    """
    return subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, *command], cwd=ROOT, stdin=subprocess.DEVNULL, process_group=0
    )
