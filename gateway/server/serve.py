"""The web process's HTTP server: uvicorn, with limits on slow senders, in front of the WSGI application."""

from __future__ import annotations

import contextlib
import resource
from wsgiref.types import WSGIApplication

import uvicorn

from config.settings import Settings
from gateway.runtime.garbage import spare_loaded
from gateway.runtime.request_sizes import largest_body
from gateway.server.accepting import Server
from gateway.server.lanes import Lane, Refuse, Room, busy
from gateway.server.overload import is_ussd
from gateway.server.sockets import Patience, WaitingRoom, protocol
from gateway.server.threads import WebThreads
from storage.write_group import Turn

STOP_WITHIN = 10
"""Seconds for answering the requests in hand after SIGTERM."""


USSD_ROOM = Room(waiting=400, beginning=100, seconds=1.5, to_answer=3.0)
"""A citizen waits for a screen about a second: after that the answer asks to dial again."""
WEBHOOK_ROOM = Room(waiting=1000, beginning=1000, seconds=2.0, to_answer=4.0)
"""A provider sends an SMS or a delivery report again if it was not accepted."""
HEALTH_ROOM = Room(waiting=50, beginning=50, seconds=4.0, to_answer=5.0)
PAGE_ROOM = Room(waiting=100, beginning=100, seconds=30.0, to_answer=35.0)
HEALTH = ("/healthz", "/readyz", "/metrics")


def serve(app: WSGIApplication, settings: Settings, refuse_ussd: Refuse = busy) -> None:
    """Serves until SIGINT or SIGTERM; then takes no new connection, and answers the requests in hand.

    `refuse_ussd` answers USSD requests when too many come at once.
    """
    room = WaitingRoom(Patience(in_all=_most_sockets()), settings.trusted_proxies)
    lanes = (
        Lane("ussd", is_ussd, 8, USSD_ROOM, refuse=refuse_ussd),
        Lane("webhooks", lambda path: path.startswith("/hooks/"), 4, WEBHOOK_ROOM),
        Lane("health", lambda path: path in HEALTH, 2, HEALTH_ROOM),
        Lane("pages", lambda _: True, 4, PAGE_ROOM, Turn.PAGE),
    )
    config = uvicorn.Config(
        WebThreads(app, largest_body, lanes),
        host=settings.host, port=settings.port, http=protocol(room), loop="uvloop", ws="none", lifespan="off",
        interface="asgi3", proxy_headers=False, server_header=False, access_log=False, log_config=None,
        log_level="error", timeout_keep_alive=room.patience.idle, timeout_graceful_shutdown=STOP_WITHIN,
        callback_notify=room.sweep, timeout_notify=0,
    )  # fmt: skip
    spare_loaded()
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run()


def _most_sockets() -> int:
    """The sockets that the system lets one process have, less some for the database, Redis and files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, 8192) if hard != resource.RLIM_INFINITY else 8192
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most - min(512, most // 2)
