"""The address of a Redis that Sentinel watches: `redis+sentinel://[user:password@]host1[:port],host2[:port]/name[/db]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

SCHEME = "redis+sentinel://"
DEFAULT_PORT = 26379
"""Sentinel's own (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/)."""


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """Where the sentinels are, the name under which they know the master, and how to sign in to that master."""

    hosts: tuple[tuple[str, int], ...]
    name: str
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def is_sentinel(address: str) -> bool:
    """Whether an address is one of Sentinel, by its scheme."""
    return address.startswith(SCHEME)


def read_sentinel_address(address: str) -> SentinelAddress:
    """The parts of an address. Raises `ValueError`, whose text contains no password."""
    sign_in, _, places = address.removeprefix(SCHEME).rpartition("@")
    hosts, _, path = places.partition("/")
    name, _, db = path.partition("/")
    if not name or not hosts:
        raise ValueError(f"must name hosts and a master, as {SCHEME}h1,h2/name")
    if db and not db.isdecimal():
        raise ValueError("the database behind the master's name must be a number")
    username, _, password = sign_in.partition(":")
    return SentinelAddress(
        hosts=tuple(_read_host(host) for host in hosts.split(",")),
        name=unquote(name),
        db=int(db or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )


def _read_host(host: str) -> tuple[str, int]:
    """Host and port of `h`, `h:26380`, `[::1]` or `[::1]:26380`."""
    name, _, port = host.rpartition(":") if ":" in host and not host.endswith("]") else (host, "", "")
    if not name.strip("[]") or (port and not 0 < int(port if port.isdecimal() else 0) < 65536):
        raise ValueError("each sentinel must be a host or host:port")
    return name.strip("[]"), int(port or DEFAULT_PORT)
