"""A Redis that hangs: requests are answered and work goes on, meanwhile and right after it is back."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from config.settings import Settings
from gateway.app import create_app
from gateway.local.embedded_redis import redis_server, wait_for_redis
from gateway.runtime.circuit_breaker import CircuitBreakerRedis
from gateway.runtime.deployment import Deployment
from gateway.worker.process import LONGEST_PAUSE, PATIENCE
from tests.support.gateway import TOKEN, Clock, Gateway
from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up
from tests.support.waiting import eventually, seconds_of

pytestmark = pytest.mark.servers

LONGEST_HOP = 2.5
"""Seconds; a request waits half a second for Redis, one that waits for RQ's own time-out takes minutes."""
WITHIN = 10.0
SECRETARIES = {"Commune IV": "+22370009002", "Commune V": "+22370009003"}


class Server:
    """A Redis server that can be made to hang, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix://{folder}/redis.sock"
        self._command = [
            redis_server(), "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder), "--save", "",
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_for_redis(self.address, self.process)

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "own-redis"
    folder.mkdir()
    redis = Server(folder)
    yield redis
    if redis.process.poll() is None:
        redis.kill()


@pytest.fixture
def gateway(
    make_settings: Callable[..., Settings], server: Server, loaded: tuple[object, object], clock: Clock
) -> Iterator[Gateway]:
    settings = make_settings(redis_url=server.address)
    deployment = Deployment.open(settings, clock, loaded)  # type: ignore[arg-type]
    yield Gateway(deployment, create_app(settings, deployment), clock)
    deployment.close()


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_hang_after_a_health_check_holds_up_no_request(gateway: Gateway, server: Server) -> None:
    gateway.http.get("/readyz")
    phone = gateway.phone()
    phone.dial()
    server.hang()
    spent = [seconds_of(partial(phone.type, typed)) for typed in ("1", "1", "2", "1", "lafiabougou", "1")]
    # The rest after a failure is over: the next request asks Redis again.
    assert isinstance(gateway.deployment.redis, CircuitBreakerRedis)
    gateway.deployment.redis.clock = lambda: time.monotonic() + 60
    spent += [seconds_of(partial(phone.type, typed)) for typed in ("vol de moto", "1", "1")]
    assert phone.ended
    assert max(spent) < LONGEST_HOP, spent


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_eight_requests_at_once_wait_side_by_side(gateway: Gateway, server: Server) -> None:
    gateway.http.get("/readyz")
    server.hang()
    spent: list[float] = []

    def dial(number: int) -> None:
        http = gateway.app.test_client()
        phone = Phone(f"+2237000110{number}", http, gateway.hook("ussd"), gateway.hook("sms"))
        spent.append(seconds_of(phone.dial))
        assert phone.screen.startswith("CCS.")

    threads = [threading.Thread(target=dial, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(spent) == 8
    assert max(spent) < LONGEST_HOP, spent


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_the_health_check_says_so_in_time_and_is_well_again_with_it(gateway: Gateway, server: Server) -> None:
    assert gateway.http.get("/readyz").get_json()["redis"] == "ok"
    server.hang()
    answers: list[str] = []
    assert seconds_of(lambda: answers.append(gateway.http.get("/readyz").get_json()["redis"])) < LONGEST_HOP
    assert answers[0].startswith("down")
    assert seconds_of(gateway.deployment.wake_worker) < LONGEST_HOP
    server.wake()
    eventually(lambda: gateway.http.get("/readyz").get_json()["redis"] == "ok", WITHIN)


@contextlib.contextmanager
def served_by(server: Server, folder: Path) -> Iterator[Running]:
    with gateway_up(folder, REDIS_URL=server.address, WEBHOOK_TOKEN=TOKEN) as running:
        for committee, secretary in SECRETARIES.items():
            running.command("people", "add-secretary", committee, secretary)
        yield running


def cry(running: Running, commune: str) -> None:
    phone = Phone("+22370001201", running, running.hook("ussd"), running.hook("sms"))
    assert phone.write(f"au secours, des hommes armés tirent en ce moment à {commune} de Bamako") == 200


def is_alerted(running: Running, commune: str) -> bool:
    return bool(running.inbox(SECRETARIES[commune]))


def is_ready(running: Running) -> bool:
    with contextlib.suppress(requests.RequestException):
        return running.get("/readyz").ok
    return False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gone", "seconds"),
    [(Server.hang, PATIENCE + 3 * LONGEST_PAUSE), (Server.kill, 3 * LONGEST_PAUSE)],
    ids=["hangs", "is gone"],
)
def test_an_alert_goes_within_seconds_of_its_return(
    tmp_path: Path, server: Server, gone: Callable[[Server], None], seconds: float
) -> None:
    with served_by(server, tmp_path) as running:
        gone(server)
        # Long enough for RQ's pauses to have grown to their longest and, if it hangs, for connections to time out.
        time.sleep(seconds)
        cry(running, "Commune IV")
        if server.process.poll() is None:
            server.wake()
        else:
            server.start()
        cry(running, "Commune V")
        eventually(lambda: all(is_alerted(running, commune) for commune in SECRETARIES), WITHIN)
        eventually(lambda: is_ready(running), WITHIN)


@pytest.mark.slow
def test_an_alert_does_not_wait_for_a_redis_that_hangs(tmp_path: Path, server: Server) -> None:
    with served_by(server, tmp_path) as running:
        server.hang()
        cry(running, "Commune IV")
        eventually(lambda: is_alerted(running, "Commune IV"), 2 * WITHIN)
        server.wake()


def test_everything_stops_within_seconds_beside_a_redis_that_hangs_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "up"
    folder.mkdir()
    with gateway_up(folder) as running:
        redis = running.part("redis")
        assert redis
        os.kill(redis, signal.SIGSTOP)
        reference = Phone("+22370001201", running, running.hook("ussd"), running.hook("sms")).report()
        parts = running.children()
        assert seconds_of(running.stop) < WITHIN
        assert running.process.returncode == 0
        assert not any(Path(f"/proc/{part}").exists() for part in parts)
        running.start()
        assert reference in running.command("concerns", "list")
