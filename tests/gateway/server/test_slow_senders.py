"""A slow sender occupies a socket, never a thread; with the real server."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.support.servers import Running, gateway_up
from tests.support.siege import begun, connected, slow_sockets
from tests.support.waiting import running_seconds

pytestmark = pytest.mark.servers

REQUEST = {"sessionId": "slow-1", "phoneNumber": "+22376000101", "serviceCode": "*384*223#", "text": ""}
FORM = "sessionId=slow-2&phoneNumber=%2B22376000102&serviceCode=*384*223%23&text="


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway for which the tests are a trusted proxy, and which allows webhooks from one network only."""
    folder: Path = tmp_path_factory.mktemp("slow")
    with gateway_up(folder, TRUSTED_PROXIES="127.0.0.1", WEBHOOK_ALLOW="196.0.0.0/8") as running:
        yield running


def seconds_until_closed(connection: socket.socket, since: float, dribbled: bytes = b"") -> float:
    """Seconds from `since` until the gateway has closed the connection, or 30."""
    connection.settimeout(1.0)
    while running_seconds() - since < 30:
        try:
            if dribbled:
                connection.sendall(dribbled)
            if not connection.recv(100):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return running_seconds() - since


def test_slow_senders_keep_nobody_waiting_and_are_dropped(running: Running) -> None:
    with slow_sockets(running, 200):
        began = running_seconds()
        assert requests.get(f"{running.address}/healthz", timeout=5).ok
        assert requests.get(f"{running.address}/readyz", timeout=5).ok
        assert requests.post(running.address + running.hook("ussd"), data=REQUEST, timeout=5).text.startswith("CON ")
        assert requests.get(f"{running.address}/queue/login", timeout=5).ok
        assert running_seconds() - began < 3
    began = running_seconds()
    with begun(running, "/queue/login") as quiet:
        assert 4 < seconds_until_closed(quiet, began) < 8


@pytest.mark.parametrize("sent", ["POST /hooks/x/y/sms HTTP/1.1\r\nContent-Length: 100\r\n\r\n", "GET /healthz?x="])
def test_a_webhook_and_its_headers_take_ten_seconds_at_most(running: Running, sent: str) -> None:
    began = running_seconds()
    with connected(running, sent) as dribbling:
        assert 8 < seconds_until_closed(dribbling, began, b"1") < 14


def test_a_page_may_come_over_a_slow_network(running: Running) -> None:
    body = "email=nobody"
    with connected(running, f"POST /queue/login HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n") as patient:
        for letter in body:
            time.sleep(1.0)
            patient.sendall(letter.encode())
        patient.settimeout(5)
        assert patient.recv(12) == b"HTTP/1.1 400"  # no CSRF token, but read to its end


def test_behind_a_proxy_one_caller_holds_so_many_sockets_and_takes_nobody_elses(behind_proxy: Running) -> None:
    with ExitStack() as slow:
        citizens = slow.enter_context(
            begun(behind_proxy, behind_proxy.hook("ussd"), "X-Forwarded-For: 196.1.2.3", length=len(FORM))
        )
        path = behind_proxy.hook("ussd")
        theirs = [slow.enter_context(begun(behind_proxy, path, "X-Forwarded-For: 203.0.113.9")) for _ in range(110)]
        assert sum(seconds_until_closed(connection, running_seconds()) < 1 for connection in theirs[:10]) == 10
        citizens.sendall(FORM[1:].encode())
        assert citizens.recv(12) == b"HTTP/1.1 200"


def test_a_header_with_underscores_is_not_the_real_one(behind_proxy: Running) -> None:
    for name, status in (("X-Forwarded-For", 200), ("X_Forwarded_For", 404), ("X-Forwarded_For", 404)):
        answer = requests.post(
            behind_proxy.address + behind_proxy.hook("ussd"), data=REQUEST, headers={name: "196.1.2.3"}, timeout=10
        )
        assert (name, answer.status_code) == (name, status)


def test_a_body_that_is_too_large_is_answered_and_not_read(running: Running) -> None:
    huge = "x" * 200_000
    answer = requests.post(running.address + running.hook("sms"), data={"text": huge}, timeout=10)
    assert (answer.status_code, answer.text) == (400, "the body is larger than 64 kB\n")

    def pieces() -> Iterator[bytes]:
        yield from (huge[:1000].encode() for _ in range(100))

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(running.address + running.hook("sms"), data=pieces(), headers=form, timeout=10)
    assert (answer.status_code, answer.text) == (400, "the body is larger than 64 kB\n")
