"""Connections to Redis: to one server, or to the master that Sentinel names."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from config.redis_sentinel import is_sentinel, read_sentinel_address
from config.settings import Settings
from gateway.runtime.circuit_breaker import REST, CircuitBreakerRedis

Client = TypeVar("Client", bound=Redis)


def connect_redis(settings: Settings, patience: float, rest: float = REST) -> CircuitBreakerRedis:
    """For requests: waits `patience` seconds for an answer, once, and then leaves Redis alone for `rest` seconds."""
    client = _connect(settings.redis_address, CircuitBreakerRedis, patience, retry=Retry(NoBackoff(), 0))
    client.rest = rest
    return client


def connect_worker_redis(settings: Settings, patience: float) -> Redis:
    """For a worker: a client without circuit breaker, because a worker can do nothing without Redis."""
    return _connect(settings.redis_address, Redis, patience)


def _connect(address: str, client_class: type[Client], patience: float, **options: Any) -> Client:
    """A client that connects when it is first used.

    With Sentinel each new connection asks where the master is. The connections to a master that was demoted or is
    gone fail once (`ConnectionError`) and are made anew.
    """
    waits = {"socket_timeout": patience, "socket_connect_timeout": patience}
    if not is_sentinel(address):
        return cast("Client", client_class.from_url(address, **waits, **options))
    place = read_sentinel_address(address)
    client = _sentinels(address, patience).master_for(  # type: ignore[no-untyped-call]
        place.name,
        redis_class=client_class,
        db=place.db,
        username=place.username,
        password=place.password,
        **waits,
        **options,
    )
    return cast("Client", client)


def _sentinels(address: str, patience: float) -> Sentinel:
    """A client that asks each sentinel once, and then the next one."""
    asking = {"socket_timeout": patience, "socket_connect_timeout": patience, "retry": Retry(NoBackoff(), 0)}
    hosts = read_sentinel_address(address).hosts
    return Sentinel(hosts, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]


def describe_sentinel(settings: Settings, patience: float) -> tuple[bool, str]:
    """Whether the sentinels do their work, and a line for `gateway doctor`: who is the master, how many answer."""
    place = read_sentinel_address(settings.redis_address)
    sentinels = _sentinels(settings.redis_address, patience)
    answering = 0
    for sentinel in sentinels.sentinels:
        try:
            answering += bool(sentinel.ping())
        except RedisError:
            continue
    answers = f"{answering} of {len(place.hosts)} sentinels answer"
    try:
        host, port = sentinels.discover_master(place.name)  # type: ignore[no-untyped-call]
    except RedisError:
        return False, f"{answers}; none knows a master {place.name}"
    return answering == len(place.hosts), f"{answers}; the master {place.name} is {host}:{port}"
