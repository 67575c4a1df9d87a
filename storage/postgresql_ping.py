"""Whether a pooled connection to PostgreSQL is still open, without a round trip to the server."""

from __future__ import annotations

import select
from typing import Any

from sqlalchemy import Engine


def ask_quickly(engine: Engine) -> None:
    """Makes the pool ask the server only if something has come on an idle connection.

    A server that ends a connection says so: its farewell, or the end of the stream, waits to be read. SQLAlchemy's own
    question costs as much as a short statement in each transaction. A server that vanished without a word would leave
    the question itself without an answer too.
    """
    ask: Any = engine.dialect.do_ping

    def do_ping(connection: Any) -> bool:
        return _is_silent(connection) or bool(ask(connection))

    engine.dialect.do_ping = do_ping  # type: ignore[assignment, method-assign]


def _is_silent(connection: Any) -> bool:
    """Whether a connection is open and nothing has come on it."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
