"""Reused connections to a provider: a new TLS connection for each SMS would cost more than the SMS."""

from __future__ import annotations

import threading
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter

MOST = 8
"""Connections at once."""
REUSED_WITHIN = 4.0
"""Seconds. The other side may close a connection that was idle for longer just as we write to it; then nobody knows
whether the provider took the message."""


class Connections:
    """Requests to one provider, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session = _new_session()
        self._used_at = time.monotonic()

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Works like `requests.request`; `options` must hold `timeout`. Raises `requests.RequestException`."""
        with self._lock:
            now = time.monotonic()
            if now - self._used_at > REUSED_WITHIN:
                self._session = _new_session()
            self._used_at = now
            session = self._session
        return session.request(method, url, **options)


def _new_session() -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=MOST))
    return session
