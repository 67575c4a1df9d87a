"""More requests than can be served: what is not served is told so in time, and nothing that was taken is lost."""

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

import pytest

from config.pack import Pack
from config.settings import Settings
from gateway.providers.registry import providers
from gateway.server.lanes import Answer, Lane, Room, WebRequest
from gateway.server.overload import BusyScreens, goes_on, is_ussd
from tests.support.kept_reports import kept_markers, reading_times
from tests.support.open_loop import PATIENCE, OpenLoop, Outcome
from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up
from tests.support.waiting import eventually, running_seconds

PROXY = {"TRUSTED_PROXIES": "127.0.0.1", "METRICS_ALLOW": "127.0.0.1"}
"""Many connections of one address are one caller's unless a proxy brings them."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    with gateway_up(tmp_path, SECRET_KEYS="secret of the burst", **PROXY) as running:
        yield running


def oldest_work(running: Running) -> float:
    """For how many seconds the oldest concern waits to be read, as Prometheus is told."""
    told = re.search(r'^ccs_outbox_age_seconds{work="triage"} (\S+)$', running.get("/metrics").text, re.MULTILINE)
    return float(told[1]) if told else 0.0


@pytest.mark.servers
def test_a_burst_is_shed_in_time_and_loses_nothing(own: Running) -> None:
    burst = OpenLoop(own.address, own.hook("ussd"), own.hook("sms"), clock=running_seconds)
    burst.run(rate=2000, seconds=4, sms_rate=20)
    assert burst.outcomes[Outcome.SHED] > 0
    assert burst.outcomes[Outcome.LATE] == burst.outcomes[Outcome.FAILED] == 0, burst.outcomes
    assert burst.longest < PATIENCE
    assert "ccs_requests_shed_total" in own.get("/metrics").text
    # It recovers by itself: the next citizen is served as always, and what came in is worked off.
    phone = Phone("+22379000001", own, own.hook("ussd"), own.hook("sms"))
    assert phone.report().startswith("CCS-")
    eventually(lambda: None not in reading_times(own, "sms"), 60)
    eventually(lambda: oldest_work(own) < 1, 60)
    kept = kept_markers(own)
    assert [marker for marker in burst.sms_taken | burst.references.keys() if kept[marker] != 1] == []


def test_a_request_that_waits_too_long_is_refused_in_time_and_never_served() -> None:
    """Whoever begins waits behind sessions that go on, and these may fill every thread for a long time."""
    served, is_free = [], threading.Event()

    def app(environ: dict[str, Any], start: StartResponse) -> list[bytes]:
        served.append(environ["name"])
        is_free.wait(30)
        start("200 OK", [])
        return [b"screen"]

    async def both() -> tuple[Answer, Answer, Answer]:
        goes_on = asyncio.create_task(lane.call(WebRequest("/", {"name": "goes on"}, b"", goes_on=True)))
        while not served:
            await asyncio.sleep(0.001)  # until the only thread is busy
        refused = await lane.call(WebRequest("/", {"name": "begins"}, b""))
        is_free.set()
        return refused, await goes_on, await lane.call(WebRequest("/", {"name": "begins later"}, b""))

    lane = Lane("test", is_ussd, 1, Room(waiting=5, beginning=5, seconds=0.2, to_answer=30))
    lane.start(app)
    refused, went_on, later = asyncio.run(both())
    assert (refused[0], went_on[0], later[0]) == (503, 200, 200)
    assert served == ["goes on", "begins later"]


def test_the_busy_screen_has_each_providers_own_form(pack: Pack) -> None:
    known = providers(Settings())
    screens = BusyScreens("token", known, pack)

    def refused(provider: str, body: bytes, token: str = "token") -> tuple[int, str]:
        status, _, content = screens(WebRequest(f"/hooks/{token}/{provider}/ussd", {}, body))
        return status, content.decode()

    status, screen = refused("africastalking", b"sessionId=s&text=")
    assert status == 200
    assert screen.startswith("END ")
    assert pack.service_code in screen
    assert pack.emergency_numbers[0].numbers[0] in screen
    status, screen = refused("beem", b'{"session_id": "s-1"}')
    assert (status, '"session_id": "s-1"' in screen, '"terminate"' in screen) == (200, True, True)
    assert refused("africastalking", b"", token="another")[0] == 503
    assert refused("nobody", b"")[0] == 503


@pytest.mark.parametrize(
    ("body", "is_in_session"),
    [(b"sessionId=s&text=&networkCode=1", False), (b"text=", False), (b"sessionId=s&text=1*2", True), (b"{}", True)],
)
def test_whoever_is_in_a_session_comes_first(body: bytes, is_in_session: bool) -> None:
    assert goes_on(body) is is_in_session


def test_the_webhook_of_ussd_is_known_by_its_address() -> None:
    assert is_ussd("/hooks/token/africastalking/ussd")
    assert is_ussd("/hooks/token/infobip/ussd/session/1/start")
    assert not is_ussd("/hooks/token/africastalking/ussd-events")
    assert not is_ussd("/hooks/token/africastalking/sms")
