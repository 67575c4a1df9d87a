"""Answers Prometheus in a process that has no web server: what this worker counts, on WORKER_METRICS_PORT."""

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
        """A scrape every few seconds is no news."""


def serve_metrics(settings: Settings) -> None:
    """Starts a thread that ends with the process. Port 0 starts none. Raises `OSError` if the port is taken."""
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
