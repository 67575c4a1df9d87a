"""The address of PostgreSQL, of one server or of several: `postgresql://[user:password@]h1[:port],h2[:port]/name`."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

SCHEMES = ("postgresql://", "postgres://")
DRIVER = "postgresql+psycopg://"
DEFAULT_PORT = 5432
SEVERAL_SERVERS = {
    "target_session_attrs": "read-write",
    "connect_timeout": "3",
    "tcp_user_timeout": "10000",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
}
"""Options of libpq where several servers are named: take the one that may be written to, and leave a machine that does
not answer. `tcp_user_timeout` is in milliseconds, the others in seconds. The address may set each of them otherwise.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""


def sqlalchemy_address(address: str) -> str:
    """The address as SQLAlchemy reads it. Raises `ValueError`, whose text contains no password.

    SQLAlchemy does not read libpq's form of several servers, `h1:5432,h2:5432`: each becomes a parameter `host`.
    https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#specifying-multiple-fallback-hosts
    """
    scheme = next((scheme for scheme in SCHEMES if address.startswith(scheme)), None)
    if scheme is None:
        return address
    places, _, options = address.removeprefix(scheme).partition("?")
    sign_in, at, places = places.rpartition("@")
    hosts, _, name = places.partition("/")
    if "," not in hosts:
        return DRIVER + address.removeprefix(scheme)
    parameters = [("host", _read_host(host)) for host in hosts.split(",")]
    parameters += (SEVERAL_SERVERS | dict(parse_qsl(options))).items()
    return f"{DRIVER}{sign_in}{at}/{name}?{urlencode(parameters, quote_via=quote)}"


def _read_host(host: str) -> str:
    """`h:port` of `h` or `h:5433`."""
    name, _, port = host.partition(":")
    if not name or (port and not 0 < int(port if port.isdecimal() else 0) < 65536):
        raise ValueError("each server must be a host or host:port")
    return f"{name}:{port or DEFAULT_PORT}"
