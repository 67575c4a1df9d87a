"""A Redis that does not answer is not asked for a while, so that not every request waits for it."""

import socket
import threading
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from config.settings import Settings
from gateway.runtime.circuit_breaker import REST, CircuitBreakerRedis
from gateway.runtime.redis_client import connect_redis


class Frozen:
    """A server that accepts connections and never answers, as a stopped process does."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.heard += 1
            self._open.append(connection)

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    server = Frozen()
    yield server
    server.close()


def ask(redis: CircuitBreakerRedis, how: str) -> None:
    if how == "command":
        redis.get("x")
        return
    if how == "round trip":
        redis.round_trip(("GET", "x"))
        return
    with redis.pipeline(transaction=False) as pipe:
        pipe.get("x")
        pipe.execute()


@pytest.mark.parametrize("first", ["command", "pipeline", "round trip"])
@pytest.mark.parametrize("then", ["command", "pipeline", "round trip"])
def test_after_one_that_did_not_answer_nobody_asks_for_a_while(frozen: Frozen, first: str, then: str) -> None:
    moment = [0.0]
    redis = connect_redis(Settings(redis_url=f"redis://127.0.0.1:{frozen.port}"), patience=0.1)
    redis.clock = lambda: moment[0]
    with pytest.raises(RedisError):
        ask(redis, first)
    heard = frozen.heard
    assert heard > 0
    for _ in range(5):
        with pytest.raises(RedisError, match="a moment ago"):
            ask(redis, then)
    assert frozen.heard == heard
    moment[0] = REST + 0.1
    with pytest.raises(RedisError):
        ask(redis, then)
    assert frozen.heard > heard
    redis.close()


def test_one_that_answers_is_asked_as_ever(redis_address: str) -> None:
    redis = connect_redis(Settings(redis_url=redis_address), 0.5)
    redis.set("tested", 1)
    with redis.pipeline(transaction=False) as pipe:
        pipe.get("tested")
        assert pipe.execute() == [b"1"]
    with pytest.raises(RedisError):
        redis.incr("tested", "nonsense")  # type: ignore[arg-type]
    assert redis.get("tested") == b"1"  # a refusal is an answer
    redis.close()


def test_a_round_trip_outlives_a_connection_that_the_server_closed_and_a_command_that_it_refused(
    redis_address: str,
) -> None:
    redis = connect_redis(Settings(redis_url=redis_address), 0.5)
    assert redis.round_trip(("SET", "kept", "on"), ("GET", "kept")) == [b"OK", b"on"]
    with Redis.from_url(redis_address) as other_client:
        other_client.client_kill_filter(_type="normal", skipme=True)
    assert redis.round_trip(("GET", "kept")) == [b"on"]
    with pytest.raises(ResponseError):
        redis.round_trip(("GET", "kept"), ("LPUSH", "kept", 1), ("GET", "kept"))
    assert redis.round_trip(("GET", "kept"), ("DEL", "kept")) == [b"on", 1]
    redis.close()
