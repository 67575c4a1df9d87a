"""Connections to Redis."""

from __future__ import annotations

from typing import cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import Settings
from gateway.runtime.circuit_breaker import REST, CircuitBreakerRedis


def connect_redis(settings: Settings, patience: float, rest: float = REST) -> CircuitBreakerRedis:
    """For requests: waits `patience` seconds for an answer, once, and then leaves Redis alone for `rest` seconds."""
    once = Retry(NoBackoff(), 0)
    made = CircuitBreakerRedis.from_url(
        settings.redis_address, socket_timeout=patience, socket_connect_timeout=patience, retry=once
    )
    client = cast("CircuitBreakerRedis", made)
    client.rest = rest
    return client


def connect_worker_redis(settings: Settings, patience: float) -> Redis:
    """For a worker, which must not be told to rest: it is there for nothing else."""
    return Redis.from_url(settings.redis_address, socket_timeout=patience, socket_connect_timeout=patience)
