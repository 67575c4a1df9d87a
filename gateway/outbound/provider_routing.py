"""Routing of outbound SMS: which provider carries a message, how well each one works, how fast it may be called."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.settings import Settings
from flows.provider_shares import chosen, next_shares, usual_shares
from gateway.providers.base import Provider, SendsToMany
from gateway.providers.registry import senders
from gateway.runtime.deployment import Deployment
from gateway.runtime.rate_limits import RateLimit
from storage.messages.provider_health import health_of, keep_shares, kept_shares

LONGEST_WAIT = 8
"""Seconds to wait for a provider's rate limit; a claim lasts 30, and sending can take 12 of them."""
KNOWN_FOR = 15.0
"""Seconds for which a worker uses the shares that it has read."""


@dataclass
class ProviderRouting:
    """Chooses providers. `by_name` has the order of preference: the first carries nearly all while it works well."""

    by_name: Mapping[str, Provider]
    sleep: Callable[[float], None] = time.sleep
    _shares: Mapping[str, float] | None = None
    _read_at: float = 0.0

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the providers, in the order of preference."""
        return tuple(self.by_name)

    def choose(self, deployment: Deployment, message: int, tries: int, failed_at: str | None) -> Provider:
        """Returns the provider for one try of a message, by share; the same try always gets the same one.

        After a refusal it is another provider than `failed_at`, if there is one.
        """
        if len(self.by_name) == 1:
            return next(iter(self.by_name.values()))
        if self._shares is None or time.monotonic() - self._read_at > KNOWN_FOR:
            with deployment.database.read() as transaction:
                self._shares = kept_shares(transaction, self.order) or usual_shares(self.order)
            self._read_at = time.monotonic()
        digest = hashlib.sha256(f"{message}:{tries}".encode()).digest()
        return self.by_name[chosen(self._shares, int.from_bytes(digest[:6], "big") / 2**48, failed_at)]

    def at_once(self, provider: Provider) -> int:
        """How many messages with one text go to a provider in one call: no more than it takes in a second."""
        most = provider.most_recipients if isinstance(provider, SendsToMany) else 1
        return most if provider.rate is None else max(1, min(most, int(provider.rate)))

    def wait_for_turn(
        self, deployment: Deployment, provider: Provider, urgent: bool = False, messages: int = 1
    ) -> None:
        """Waits until a provider's rate limit, counted over all workers, allows a call. Urgent messages do not wait.

        Each of the `messages` of the call counts; `at_once` keeps them within one second's limit.
        """
        if provider.rate is None:
            return
        limit = RateLimit(f"rate:{provider.name}", 1, provider.rate)
        for _ in range(LONGEST_WAIT):
            if deployment.rate_limits.count(limit, messages) <= provider.rate or urgent:
                return
            self.sleep(1 - deployment.now().timestamp() % 1)

    @property
    def without_receipts(self) -> frozenset[str]:
        """Providers that never say whether a phone has a message."""
        return frozenset(name for name, provider in self.by_name.items() if not provider.gives_receipts)


def provider_routing(settings: Settings) -> ProviderRouting:
    """The routing through the providers that the settings name."""
    return ProviderRouting(senders(settings))


def move_shares(deployment: Deployment, order: tuple[str, ...]) -> None:
    """Once a minute: moves shares from providers that fail to providers that work, and back."""
    if len(order) < 2:
        return
    now = deployment.now()
    with deployment.database.write() as transaction:
        before = kept_shares(transaction, order) or usual_shares(order)
        keep_shares(transaction, next_shares(order, before, health_of(transaction, order, now)), now)
