"""The cost of the web server and Flask alone: one Redis GET and SET a request, eight threads, eight callers."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from flask import Flask, request
from redis import Redis

from bench.figures import cpu_of, percentile, tell
from config.settings import Settings
from gateway.server.serve import serve
from tests.support.servers import ROOT, free_port
from tests.support.servers import redis as redis_server

CALLERS = 8
SECONDS = 5.0
ROUNDS = 3
BODY = b"sessionId=s&phoneNumber=%2B22376000001&serviceCode=*384*223%23&text=1*2*1"
REQUEST = (
    b"POST /hooks/token/floor HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-floor-") as folder, redis_server(Path(folder)) as address:
        port = free_port()
        process = subprocess.Popen([sys.executable, "-m", "bench.web.floor", str(port), address], cwd=ROOT)
        try:
            _wait(port)
            _load(port, 1.0)  # warms caches up
            rounds = [_measured(port, process.pid) for _ in range(ROUNDS)]
        finally:
            process.terminate()
            process.wait(20)
    cpu, rate, p50, p99 = (statistics.median(values) for values in zip(*rounds, strict=True))
    tell(f"CPU of a request, {CALLERS} callers, closed loop", cpu * 1e6, "us")
    tell("requests", rate, "/s")
    tell("a request, median", p50 * 1000, "ms")
    tell("a request, p99", p99 * 1000, "ms")


def _measured(port: int, pid: int) -> tuple[float, float, float, float]:
    before = cpu_of(pid)
    took = _load(port, SECONDS)
    return (cpu_of(pid) - before) / len(took), len(took) / SECONDS, percentile(took, 0.5), percentile(took, 0.99)


def _load(port: int, seconds: float) -> list[float]:
    took: list[float] = []

    def call() -> None:
        """One caller: sends the next request when the answer to the last one has come."""
        until = time.monotonic() + seconds
        with socket.create_connection(("127.0.0.1", port)) as one, one.makefile("rb") as answers:
            while (began := time.monotonic()) < until:
                one.sendall(REQUEST)
                assert b" 200 " in answers.readline()
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                answers.read(length)
                took.append(time.monotonic() - began)

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the floor did not start")


def floor(address: str) -> Flask:
    """The application that is measured; `address` is that of Redis."""
    redis, app = Redis.from_url(address), Flask(__name__)

    @app.post("/hooks/<_>/floor")
    def hop(_: str) -> tuple[str, int, dict[str, str]]:
        """One Redis GET and SET, and a screen."""
        session = request.form["sessionId"]
        redis.get(session)
        redis.set(session, request.form["text"], ex=300)
        return "CON 1. Vol\n2. Bagarre", 200, {"Content-Type": "text/plain"}

    return app


if __name__ == "__main__":
    serve(floor(sys.argv[2]), Settings(port=int(sys.argv[1])))
