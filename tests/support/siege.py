"""Attacks on a running gateway: slow senders, and many who guess passwords at once."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import requests

from tests.support.servers import ROOT, Running

FORM = "Content-Type: application/x-www-form-urlencoded"


def connected(running: Running, sent: str) -> socket.socket:
    """A connection to the gateway that has sent this text."""
    connection = socket.create_connection(("127.0.0.1", int(running.address.rpartition(":")[2])), 10)
    connection.sendall(sent.encode())
    return connection


def begun(running: Running, path: str, *headers: str, length: int = 100) -> socket.socket:
    """A request of which the headers and one byte of the body have been sent."""
    lines = (f"POST {path} HTTP/1.1", "Host: x", FORM, *headers, f"Content-Length: {length}")
    return connected(running, "\r\n".join((*lines, "", "s")))


@contextlib.contextmanager
def slow_sockets(running: Running, count: int) -> Iterator[None]:
    """Holds `count` slow connections, some with unfinished headers; a closed one is opened again."""

    def opened(number: int) -> socket.socket:
        if number % 3 == 2:
            return connected(running, "POST /queue/login HT")
        return begun(running, "/queue/login" if number % 3 else running.hook("ussd"))

    held = [opened(number) for number in range(count)]
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(0.2):
            for at, connection in enumerate(held):
                with contextlib.suppress(OSError):
                    connection.setblocking(False)
                    try:
                        if connection.recv(1, socket.MSG_PEEK):
                            continue
                    except BlockingIOError:
                        continue
                    except OSError:
                        pass
                    connection.close()
                    held[at] = opened(at)

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()
        for connection in held:
            connection.close()


@contextlib.contextmanager
def sign_ins(running: Running, connections: int) -> Iterator[Counter[int]]:
    """Tries wrong passwords over so many connections, each try from another address (behind a trusted proxy).

    Yields a count of the answers by status, which is filled at the end. The tries run in a process of their own, since
    their threads would slow down the caller.
    """
    answers: Counter[int] = Counter()
    guessing = subprocess.Popen(
        [sys.executable, "-m", "tests.support.siege", running.address, str(connections)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield answers
    finally:
        counts, _ = guessing.communicate("stop\n", timeout=120)
        answers.update({int(status): count for status, count in json.loads(counts).items()})


def _guess(address: str, connections: int) -> None:
    """Guesses until a line is read from standard input, then prints the answers by status."""
    stop, lock = threading.Event(), threading.Lock()
    numbers = itertools.count(1)
    answers: Counter[int] = Counter()

    def guess() -> None:
        http = requests.Session()
        page = http.get(f"{address}/queue/login", timeout=60).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        form = {"csrf_token": token[1], "email": "admin@example.org", "password": "wrong"}
        while not stop.is_set():
            number = next(numbers)
            headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
            answer = http.post(f"{address}/queue/login", data=form, headers=headers, timeout=60)
            with lock:
                answers[answer.status_code] += 1

    threads = [threading.Thread(target=guess) for _ in range(connections)]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    print(json.dumps(answers))


def send_sms(running: Running, mark: str, number: int) -> None:
    """Sends an SMS as a provider does, and fails if it is not accepted."""
    form = {"id": f"{mark}-{number}", "from": f"+2237{number:07d}", "to": "36223", "text": "on vole à Banconi"}
    answer = requests.post(running.address + running.hook("sms"), data=form, timeout=60)
    assert answer.status_code == 200, answer.text


if __name__ == "__main__":
    _guess(sys.argv[1], int(sys.argv[2]))
