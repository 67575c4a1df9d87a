"""The share of sealing and hashing in the time of a report, through the whole application in one process."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.figures import tell
from config.settings import Settings
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from storage.committees.committees import load_registry
from storage.safety.vault import Vault
from storage.sessions.in_redis import SessionStore
from tests.support import servers
from tests.support.phones import Phone

REPORTS = 60
TIMED = ("seal_bytes", "open_bytes", "hashes")


class TimedVault(Vault):
    """A vault that measures itself; `spent` is the time that its methods took, in seconds."""

    spent = 0.0

    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        if name not in TIMED:
            return attribute

        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return attribute(*arguments)
            finally:
                self.spent += time.perf_counter() - began

        return timed


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-sealing-") as folder, servers.redis(Path(folder)) as redis:
        settings = Settings(data_dir=Path(folder), secret_keys=("bench" * 8,), webhook_token="bench", redis_url=redis)
        deployment = Deployment.open(settings)
        deployment.database.migrate()
        with deployment.database.write() as transaction:
            load_registry(transaction, deployment.pack)
        vault = TimedVault(settings.secret_keys)
        deployment = replace(deployment, vault=vault, sessions=SessionStore(deployment.redis, vault))
        http = create_app(settings, deployment).test_client()
        hooks = "/hooks/bench/africastalking"
        Phone("+22370000000", http, f"{hooks}/ussd", f"{hooks}/sms").report()
        vault.spent = 0.0
        began = time.perf_counter()
        for number in range(REPORTS):
            Phone(f"+2237100{number:04d}", http, f"{hooks}/ussd", f"{hooks}/sms").report()
        whole = time.perf_counter() - began
        hops = REPORTS * 10
        tell("a request through the application", whole / hops * 1e6, "us")
        tell("of it in sealing, opening and hashing", vault.spent / hops * 1e6, "us")
        tell("their share", 100 * vault.spent / whole, "%", "wanted: under 10")
        deployment.close()
