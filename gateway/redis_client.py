"""Connections to Redis."""

from __future__ import annotations

from redis import Redis

from config.settings import Settings


def connect_redis(settings: Settings, patience: float | None) -> Redis:
    """`patience` in seconds; None waits for ever, as a worker does."""
    return Redis.from_url(settings.redis_address, socket_timeout=patience, socket_connect_timeout=patience or 5.0)
