"""Takes connections that wait, many in one round of the event loop.

libuv takes one connection in a round (https://github.com/libuv/libuv/pull/3696), and a round takes long when many
requests come. So of 1,000 callers who came at once the last one was taken after ten seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

AT_ONCE = 256
"""Connections that are taken in one round."""
PAUSE = 1.0
"""Seconds to wait when the system has no descriptors left."""


class Server(uvicorn.Server):
    """uvicorn's server, which takes all connections that wait."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, as uvicorn does, with a second handle on each listening socket."""
        await super().startup(sockets)
        listening = [one for server in self.servers for one in server.sockets]
        self._takers = [_Taker(one.fileno(), self._protocol) for one in listening]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no further connection, and ends as uvicorn does."""
        for taker in self._takers:
            taker.close()
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        make: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


class _Taker:
    """A second handle on a listening socket. The event loop calls it when connections wait."""

    def __init__(self, listening: int, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening, self._protocol = socket.socket(fileno=os.dup(listening)), protocol
        self._listening.setblocking(False)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watch()

    def close(self) -> None:
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening)
            self._listening.close()

    def _watch(self) -> None:
        if self._listening.fileno() >= 0:
            self._loop.add_reader(self._listening, self._take)

    def _take(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:
                self._loop.remove_reader(self._listening)
                self._loop.call_later(PAUSE, self._watch)
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._serve(connection))
            self._tasks.add(task)  # the loop itself keeps no reference
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            await self._loop.connect_accepted_socket(self._protocol, connection)
