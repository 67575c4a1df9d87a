"""The objects that the jobs of a worker process share, kept from job to job."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import replace

from config.pack import Pack
from config.settings import Settings, load_settings
from flows.triage import Triage
from gateway.outbound.provider_routing import ProviderRouting, provider_routing
from gateway.runtime.deployment import Deployment, read_pack
from gateway.runtime.model_store import read_triage, stamp
from gateway.worker.clock_guard import ClockGuard
from storage.write_group import Turn

log = logging.getLogger(__name__)


class WorkerParts:
    """The deployment, the routing of SMS and the guard of the clock of one worker process.

    They are made when a job first asks for them, and again in a process that was forked from this one (as `rq
    worker-pool` does), because database connections must not cross a fork. If another model is in use, it is loaded.
    """

    def __init__(self) -> None:
        self._making = threading.Lock()
        self.draining = threading.Lock()
        """Held while something drains the outbox in this process."""
        self._clock_guard = ClockGuard()
        self._loaded: tuple[Pack, Triage] | None = None
        self._open: tuple[Deployment, ProviderRouting] | None = None
        self._pid = self._model_of = 0

    def load(self, settings: Settings) -> None:
        """Reads the pack before the first job. Raises `PackError`."""
        self._loaded = read_pack(settings)

    def get(self) -> tuple[Deployment, ProviderRouting]:
        """Returns the deployment and the routing. Raises `PackError` if the pack was not loaded and cannot be read."""
        with self._making:
            if self._open is None or self._pid != os.getpid():
                settings = load_settings()
                deployment = Deployment.open(settings, loaded=self._loaded, turn=Turn.CHORE)
                self._open = deployment, provider_routing(settings)
                self._pid, self._model_of = os.getpid(), stamp(settings)
            deployment, routing = self._open
            if (newest := stamp(deployment.settings)) != self._model_of:
                deployment = replace(deployment, triage=read_triage(deployment.pack, deployment.settings))
                self._open, self._model_of = (deployment, routing), newest
                log.info("model %s is in use", deployment.triage.model.version)
            return deployment, routing

    def clock_is_trusted(self, deployment: Deployment) -> bool:
        """Whether work that is due by the clock may be done now: a clock that jumped may be corrected in a minute."""
        if self._clock_guard.is_steady(deployment.now()):
            return True
        log.warning("the clock has jumped: what is due by the hour waits for a while")
        return False

    def close(self) -> None:
        """Ends the connections of this process; the next job makes new ones."""
        with self._making:
            if self._open is not None and self._pid == os.getpid():
                self._open[0].close()
            self._open = None


parts = WorkerParts()
"""The parts of this process. RQ calls a job by its name without arguments, so the job finds its parts here."""
