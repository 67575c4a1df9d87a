"""The parts of a running gateway, put together from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from config.pack import Pack
from config.pack.loader import load_pack
from config.settings import Settings
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation
from flows.triage import Triage
from gateway.runtime.circuit_breaker import CircuitBreakerRedis
from gateway.runtime.metrics import LOCK_WAIT_SECONDS
from gateway.runtime.model_store import read_triage
from gateway.runtime.rate_limits import RateLimits
from gateway.runtime.redis_client import connect_redis
from gateway.runtime.wake_worker import WakeWorker
from storage.committees.known_registry import KnownRegistry
from storage.concerns.frequent_categories import FrequentCategories
from storage.database import Database
from storage.figures.layout import Layout, layout_of
from storage.safety.vault import Vault
from storage.sessions.in_redis import SessionStore
from storage.write_group import Turn

REDIS_PATIENCE = 0.5
"""Seconds that a request waits for Redis before it goes on without."""
HEALTH_PATIENCE = 3
"""Seconds that a health check waits for PostgreSQL."""
HEALTH_POOL = 2
"""Connections; as many as there are threads for health checks."""
HEALTH_REST = 1.0
"""Seconds without a try after a health check that Redis did not answer."""


def utc_now() -> datetime:
    """The system's clock, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deployment:
    """Everything a request or a job needs; `now` is the clock, given so that tests can set it."""

    settings: Settings
    pack: Pack
    triage: Triage
    machine: Machine
    vault: Vault
    database: Database
    health_database: Database
    """A connection pool of its own, like `health_redis`: a health check takes none of the requests' connections."""
    redis: CircuitBreakerRedis
    health_redis: CircuitBreakerRedis
    """A connection pool of its own, so that a health check does not disturb requests."""
    sessions: SessionStore
    wake_worker: WakeWorker
    rate_limits: RateLimits
    now: Callable[[], datetime] = utc_now
    registry: KnownRegistry = field(default_factory=KnownRegistry)
    frequent_categories: FrequentCategories = field(default_factory=FrequentCategories)

    @staticmethod
    def open(
        settings: Settings,
        now: Callable[[], datetime] = utc_now,
        loaded: tuple[Pack, Triage] | None = None,
        turn: Turn = Turn.REQUEST,
    ) -> Deployment:
        """Connects lazily: neither the database nor Redis has to be there yet. Raises `PackError`.

        `loaded` is a pack that this process, or its parent process, has read before. `turn` says whose turn this
        process takes to write to the database: a citizen's request comes before a chore.
        """
        pack, triage = loaded or read_pack(settings)
        vault = Vault(settings.secret_keys)
        redis = connect_redis(settings, REDIS_PATIENCE)
        database = Database(settings.database_address, turn=turn)
        database.on_wait = LOCK_WAIT_SECONDS.observe
        return Deployment(
            settings=settings,
            pack=pack,
            triage=triage,
            machine=Machine(conversation, pack, triage.places),
            vault=vault,
            database=database,
            health_database=Database(settings.database_address, HEALTH_POOL, patience=HEALTH_PATIENCE),
            redis=redis,
            health_redis=connect_redis(settings, REDIS_PATIENCE, HEALTH_REST),
            sessions=SessionStore(redis, vault),
            wake_worker=WakeWorker(redis),
            rate_limits=RateLimits(redis, lambda: now().timestamp()),
            now=now,
        )

    @cached_property
    def layout(self) -> Layout:
        """The areas for which the dashboard's sums are kept."""
        return layout_of(self.pack)

    def close(self) -> None:
        """Ends the connections to the database and to Redis, after the wake-ups that use them."""
        self.wake_worker.close()
        self.database.close()
        self.health_database.close()
        self.redis.close()
        self.health_redis.close()


def read_pack(settings: Settings) -> tuple[Pack, Triage]:
    """Returns the country pack, and the triage that reads messages with it. Raises `PackError`."""
    pack = load_pack(settings.pack)
    return pack, read_triage(pack, settings)
