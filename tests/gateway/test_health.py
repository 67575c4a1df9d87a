"""`/readyz` has connections of its own: requests that hold all the others do not make it lie or wait."""

from contextlib import ExitStack

from tests.support.gateway import Gateway
from tests.support.waiting import running_seconds

WITHIN = 2.0
"""Seconds; who waits for a connection of the requests' pool waits for thirty."""


def test_requests_that_hold_every_connection_do_not_hold_up_a_health_check(gateway: Gateway) -> None:
    engine = gateway.deployment.database.engine
    with ExitStack() as held:
        pool = engine.pool
        for _ in range(pool.size() + pool._max_overflow):  # type: ignore[attr-defined]
            held.enter_context(engine.connect())
        begun_at = running_seconds()
        ready = gateway.http.get("/readyz").get_json()
        figures = gateway.http.get("/metrics")
        assert running_seconds() - begun_at < WITHIN
    assert (ready["database"], ready["redis"]) == ("ok", "ok")
    assert figures.status_code == 200
