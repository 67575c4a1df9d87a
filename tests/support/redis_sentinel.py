"""A Redis master with a replica and three sentinels, each a process of its own on a loopback address of its own."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from gateway.local.embedded_redis import redis_server, wait_for_redis
from tests.support.servers import free_port
from tests.support.waiting import eventually

NAME = "ccs"
DOWN_AFTER = 1000
"""Milliseconds without an answer after which a sentinel takes the master for gone; in service 5,000 is usual."""


class WatchedRedis:
    """`address` is what REDIS_URL says; `kill_master` ends the server that is the master now."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
        first, second = (("127.0.0.11", free_port()), ("127.0.0.12", free_port()))
        self._start_server(first, [])
        self._start_server(second, ["--replicaof", first[0], str(first[1])])
        self._sentinels = [(f"127.0.0.{20 + at}", free_port()) for at in range(3)]
        for place in self._sentinels:
            self._start_sentinel(place, first)
        hosts = ",".join(f"{host}:{port}" for host, port in self._sentinels)
        self.address = f"redis+sentinel://{hosts}/{NAME}"
        eventually(self._know_each_other, 30)

    def master(self) -> tuple[str, int]:
        """Where the sentinels say that the master is."""
        for host, port in self._sentinels:
            with contextlib.suppress(RedisError), _client(host, port) as sentinel:
                told = sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
                return told[0].decode(), int(told[1])
        raise AssertionError("no sentinel answers")

    def kill_master(self) -> tuple[str, int]:
        """Ends it at once, and gives its address back."""
        place = self.master()
        self._processes[place].kill()
        self._processes[place].wait(10)
        return place

    def stop(self) -> None:
        for process in reversed(self._processes.values()):
            process.kill()
            process.wait(10)

    def _start_server(self, place: tuple[str, int], options: list[str]) -> None:
        folder = self._folder / f"redis-{place[0]}"
        folder.mkdir()
        command = [redis_server(), "--bind", place[0], "--port", str(place[1]), "--dir", str(folder), "--save", ""]
        # Its own address, since a connection within this machine seems to come from 127.0.0.1.
        told = ["--replica-announce-ip", place[0], "--repl-diskless-sync-delay", "0"]
        process = subprocess.Popen([*command, *told, *options], stdout=subprocess.DEVNULL)
        self._processes[place] = process
        wait_for_redis(f"redis://{place[0]}:{place[1]}", process)

    def _start_sentinel(self, place: tuple[str, int], master: tuple[str, int]) -> None:
        file = self._folder / f"sentinel-{place[0]}.conf"
        file.write_text(
            f"bind {place[0]}\nport {place[1]}\ndir {self._folder}\nsentinel announce-ip {place[0]}\n"
            f"sentinel monitor {NAME} {master[0]} {master[1]} 2\n"
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\nsentinel failover-timeout {NAME} 5000\n"
        )
        process = subprocess.Popen([redis_server(), str(file), "--sentinel"], stdout=subprocess.DEVNULL)
        self._processes[place] = process
        wait_for_redis(f"redis://{place[0]}:{place[1]}", process)

    def _know_each_other(self) -> bool:
        """Whether every sentinel knows the replica and both other sentinels: before that none would fail over."""
        return all(self._is_whole(host, port) for host, port in self._sentinels)

    @staticmethod
    def _is_whole(host: str, port: int) -> bool:
        with _client(host, port) as sentinel:
            replicas = sentinel.sentinel_slaves(NAME)
            others = sentinel.sentinel_master(NAME)["num-other-sentinels"]
            return bool(others == 2 and [replica["flags"] for replica in replicas] == ["slave"])


def _client(host: str, port: int) -> Redis:
    return Redis(host, port, socket_timeout=1, socket_connect_timeout=1)


@contextlib.contextmanager
def watched_redis(folder: Path) -> Iterator[WatchedRedis]:
    made = WatchedRedis(folder)
    try:
        yield made
    finally:
        made.stop()
