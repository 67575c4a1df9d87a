"""New callers are taken in time, also while many others keep the event loop busy."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from gateway.server.accepting import Server
from tests.support.servers import free_port
from tests.support.waiting import eventually

BUSY, NEW = 50, 40
TAKES = 0.005
"""Seconds of the event loop that a request takes: a round with those who are busy takes 50 times as long."""
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(_: object, __: object, send: uvicorn._types.ASGISendCallable) -> None:
    time.sleep(TAKES)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def server() -> Iterator[Server]:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=free_port(), loop="uvloop", lifespan="off", log_config=None, access_log=False
    )
    server = Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    yield server
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


async def ask(server: Server, until: asyncio.Event | None = None) -> float:
    """Asks once, or again and again on one connection; returns the seconds of the first answer."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(server.config.host, server.config.port)
    took = 0.0
    while True:
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        took = took or time.monotonic() - began
        if until is None or until.is_set():
            writer.close()
            return took


def test_callers_who_come_at_once_are_all_taken_while_others_keep_the_server_busy(server: Server) -> None:
    async def both() -> list[float]:
        end = asyncio.Event()
        busy = [asyncio.create_task(ask(server, end)) for _ in range(BUSY)]
        await asyncio.sleep(BUSY * TAKES * 4)
        took = await asyncio.gather(*(ask(server) for _ in range(NEW)))
        end.set()
        await asyncio.gather(*busy)
        return took

    # One in a round would be 40 rounds of a quarter of a second.
    assert max(asyncio.run(both())) < NEW * BUSY * TAKES / 2


def test_a_server_that_ends_takes_no_further_caller(server: Server) -> None:
    assert asyncio.run(ask(server)) < 5
    server.should_exit = True
    eventually(lambda: not server.servers[0].is_serving())
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(ask(server))
