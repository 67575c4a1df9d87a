"""The health of the process and of its parts, and figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from rq import Queue
from rq.worker_registration import get_keys
from sqlalchemy.exc import SQLAlchemyError

from gateway.database_figures import database_figures
from gateway.runtime.addresses import THIS_MACHINE, within
from gateway.runtime.current import caller, deployment
from gateway.runtime.deployment import Deployment
from gateway.runtime.metrics import exposition
from gateway.runtime.wake_worker import QUEUE
from storage.data_protection.database_checks import STALE, WELL, Check, last_checks

ADDED_BY_PROXIES = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """200: the process answers."""
    return Response("ok\n", content_type="text/plain")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 if database, Redis, worker and pack are in order, else 503; with the state of each as JSON."""
    here = deployment()
    states = {name: check(here) for name, check in CHECKS.items()}
    status = 200 if all(state == "ok" for state in states.values()) else 503
    return jsonify(states | {"database_checks": told_checks(here)}), status


@health.get("/metrics")
def metrics() -> Response:
    """The figures for Prometheus; 404 for everybody who may not read them."""
    if not _may_read_metrics():
        abort(404)
    here = deployment()
    figures = exposition() + database_figures(here.health_database, here.now())
    return Response(figures, content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics() -> bool:
    """Whether METRICS_ALLOW names the caller. If it is not set: whether this machine asks, without a proxy in between.

    A proxy on this machine has this machine's address. One that TRUSTED_PROXIES names is known, whatever headers it
    sends. Another one is known by the headers that proxies add; some add none: then set METRICS_ALLOW.
    """
    settings = deployment().settings
    if settings.metrics_allow:
        return within(caller(), settings.metrics_allow)
    address = request.remote_addr or ""
    is_direct = not within(address, settings.trusted_proxies) and not any(
        name in request.headers for name in ADDED_BY_PROXIES
    )
    return is_direct and within(address, THIS_MACHINE)


def check_database(here: Deployment) -> str:
    """`ok`, or what is wrong. It only reads: the worker writes what its checks find into the database."""
    try:
        if not here.health_database.is_migrated():
            return "not migrated: run `gateway up`"
        with here.health_database.read() as transaction:
            checks = last_checks(transaction)
    except SQLAlchemyError as error:
        return f"down ({type(error).__name__})"
    now = here.now()
    for check, found in checks.items():
        if found.state != WELL:
            return f"{check}: {found.told(now)}"
    row = checks.get(Check.ROW)
    return f"no row was written since {row.told(now)}" if row and now - row.checked_at > STALE else "ok"


def told_checks(here: Deployment) -> dict[str, str]:
    """The last result of each check and its age."""
    try:
        with here.health_database.read() as transaction:
            checks = last_checks(transaction)
    except SQLAlchemyError:
        return {}
    return {check.value: checks[check].told(here.now()) if check in checks else "not yet" for check in Check}


def check_redis(here: Deployment) -> str:
    """`ok`, or that Redis does not answer."""
    try:
        here.health_redis.ping()
    except RedisError as error:
        return f"down ({type(error).__name__})"
    return "ok"


def check_worker(here: Deployment) -> str:
    """`ok`, or that no RQ worker lives. Workers refresh their key in Redis, and the key of a dead one expires.

    Only the keys are read: RQ's own `Worker.all` raises the time-out of the connections that it is given.
    """
    redis = here.health_redis
    try:
        known = get_keys(Queue(QUEUE, connection=redis))
        alive = redis.exists(*known) if known else 0
    except RedisError as error:
        return f"unknown ({type(error).__name__})"
    return "ok" if alive else "no worker: start `python worker.py`"


def check_pack(here: Deployment) -> str:
    """`ok`, or `empty` for a pack without areas."""
    return "ok" if here.pack.areas else "empty"


CHECKS: dict[str, Callable[[Deployment], str]] = {
    "database": check_database,
    "redis": check_redis,
    "worker": check_worker,
    "pack": check_pack,
}
