"""Serves the counters of this worker to Prometheus, on WORKER_METRICS_PORT; a worker has no web server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from config.settings import Settings
from gateway.runtime.addresses import THIS_MACHINE, within
from gateway.runtime.metrics import exposition


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *_: Any) -> None:
        """Logs nothing: Prometheus asks every few seconds."""


def serve_metrics(settings: Settings) -> None:
    """Starts a thread that serves metrics until the process ends. Port 0 starts none.

    Raises `OSError` if the port is taken.
    """
    if not settings.worker_metrics_port:
        return
    allowed = settings.metrics_allow or THIS_MACHINE

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics" or not within(environ["REMOTE_ADDR"], allowed):
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"404 Not Found\n"]
        start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
        return [exposition()]

    server = make_server(settings.host, settings.worker_metrics_port, answer, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
