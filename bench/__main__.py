"""`python -m bench [name]`: each benchmark prints its figures, one a line, with the wanted value beside it."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = {
    "start": "bench.start",
    "requests": "bench.web.ussd_requests",
    "agenda": "bench.agenda",
    "alerts": "bench.alerts",
    "drain": "bench.drain",
    "beside": "bench.beside_model",
    "burst": "bench.burst",
    "sending": "bench.sending",
    "committees": "bench.committees",
    "sealing": "bench.web.sealing",
    "triage": "bench.understanding.triage",
    "curve": "bench.understanding.curve",
    "machine": "bench.web.machine",
    "floor": "bench.web.floor",
    "peers": "bench.web.peers",
    "faults": "bench.web.faults",
    "slow_sockets": "bench.web.slow_sockets",
    "queue_pages": "bench.web.queue_pages",
    "sign_in": "bench.web.sign_in",
    "capacity": "bench.capacity",
    "growth": "bench.growth",
}


def main() -> None:
    """Runs the named benchmarks, or all. Exits with one line for an unknown name."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    for name in chosen:
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark `{name}`: there are {', '.join(BENCHMARKS)}")
    for name in chosen:
        print(f"== {name}", flush=True)
        import_module(BENCHMARKS[name]).main()


if __name__ == "__main__":
    main()
