"""Reused connections to a provider: a new TLS connection for each SMS would cost more than the SMS."""

from __future__ import annotations

import threading
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter

REUSED_WITHIN = 4.0
"""Seconds. The other side may close a connection that was idle for longer just as we write to it; then nobody knows
whether the provider took the message."""


class Connections:
    """Requests to one provider, from any thread. Each connection serves one request at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[float, requests.Session]] = []
        """Sessions of one connection each, with the time of their last use; the last one was used last."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Works like `requests.request`; `options` must hold `timeout`. Raises `requests.RequestException`."""
        session = self._take()
        try:
            return session.request(method, url, **options)
        finally:
            with self._lock:
                self._idle.append((time.monotonic(), session))

    def _take(self) -> requests.Session:
        """The session that was used last, unless that is too long ago; then all idle ones are closed."""
        with self._lock:
            if self._idle and time.monotonic() - self._idle[-1][0] <= REUSED_WITHIN:
                return self._idle.pop()[1]
            old, self._idle = self._idle, []
        for _, session in old:
            session.close()
        return _new_session()


def _new_session() -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=1))
    return session
