"""Connections to Redis."""

from __future__ import annotations

from redis import Redis

from config.settings import Settings
from gateway.breaker import RestingRedis


def connect_redis(settings: Settings, patience: float | None) -> Redis:
    """`patience` in seconds; None waits for ever, as a worker does."""
    # One that waits must not be told to rest: it is there for nothing else.
    client = Redis if patience is None else RestingRedis
    return client.from_url(settings.redis_address, socket_timeout=patience, socket_connect_timeout=patience or 5.0)
