"""This gateway, the floor and npm's menu libraries compared: newcomers' whole reports, closed loops, 8 connections.

`wrk` sends from core 1. Each server runs with all its processes on core 0, PostgreSQL on core 1. Every round measures
each server in turn. `ROUNDS` (5) and `SECONDS` (3 for each load) make it longer or shorter. The figures are written as
JSON to `PEERS_JSON` (var/peers.json).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.figures import cpu_of
from bench.web import contestants
from bench.web.contestants import KNOWN, LIBRARIES, TYPED, Contestant
from tests.support.servers import ROOT

ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "5")), int(os.environ.get("SECONDS", "3"))
CONNECTIONS = 8
MENUS = 20
_first_numbers = itertools.count(0, 200_000)


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of session: the inputs, whether its people reported before, and how its last screen begins."""

    typed: tuple[str, ...]
    by_known: bool = False
    last: str = "CON "
    newest: bool = False
    """Whether each request brings only the newest input."""


REPORT = Load(TYPED, last="END ")
OURS = {
    "report": REPORT,
    "report without its last request": Load(TYPED[:-1]),
    "dialling": Load(("",), by_known=True),
    "report, newest input alone": Load(TYPED, last="END ", newest=True),
    "menus": Load(("", *itertools.islice(itertools.cycle(("4", "0")), MENUS)), by_known=True),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One load on one server: CPU time of a request in microseconds, requests a second, times in seconds."""

    cpu: float
    cpu_of_all: float
    rate: float
    p50: float
    p99: float
    timeouts: int
    errors: int
    wrong: int


def main() -> None:
    """Runs the benchmark and prints its figures."""
    need_wrk()
    modules = contestants.install_libraries()
    if modules is None:
        print("npm's libraries are left out: Node.js or npm is missing, or npm refused")
    with tempfile.TemporaryDirectory(prefix="ccs-peers-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        running = [stack.enter_context(contestants.floor(folder))]
        running += [stack.enter_context(contestants.npm_library(folder, it, modules)) for it in LIBRARIES if modules]
        running += [stack.enter_context(contestants.gateway(folder, postgresql)) for postgresql in (False, True)]
        for contestant in running:
            _measure(contestant, REPORT, 1)  # warms caches up
        rounds = [_round(running) for _ in range(ROUNDS)]
    figures = _medians(rounds)
    _tell(figures)
    _write(figures)


def need_wrk() -> None:
    """Installs wrk if it can; raises `SystemExit` if it is missing."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, stdout=subprocess.DEVNULL)
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: apt-get install wrk")


def _round(running: list[Contestant]) -> dict[tuple[str, str], Measured]:
    measured = {}
    for contestant in running:
        loads = OURS if contestant.newest else {"report": REPORT}
        for name, load in loads.items():
            contestants.wait_until_idle(running)
            measured[contestant.name, name] = _measure(contestant, load, SECONDS)
    return measured


def _measure(contestant: Contestant, load: Load, seconds: int) -> Measured:
    command = wrk(contestant, load, seconds)
    before, all_before = _cpu(contestant.processes), _cpu(contestant.processes + contestant.beside)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after, all_after = _cpu(contestant.processes), _cpu(contestant.processes + contestant.beside)
    told = json.loads(done.stdout.strip().rpartition("\n")[2])
    requests = max(told["requests"], 1)
    return Measured(
        cpu=(after - before) / requests * 1e6,
        cpu_of_all=(all_after - all_before) / requests * 1e6,
        rate=requests / told["seconds"],
        p50=told["p50"],
        p99=told["p99"],
        timeouts=told["timeouts"],
        errors=told["errors"],
        wrong=told["wrong"],
    )


def wrk(contestant: Contestant, load: Load, seconds: int) -> list[str]:
    """The command that puts this load on a server, from core 1; its last line is JSON (`sessions.lua`)."""
    first, people = (KNOWN.start, len(KNOWN)) if load.by_known else (next(_first_numbers), 0)
    address = contestant.newest if load.newest else contestant.address
    return [
        "taskset", "--cpu-list", "1", "wrk", f"--threads={CONNECTIONS}", f"--connections={CONNECTIONS}",
        f"--duration={seconds}s", "--timeout=10s", f"--script={ROOT}/bench/web/sessions.lua", address, "--",
        "\n".join(load.typed), str(first), str(people), load.last if contestant.newest else "",
        str(time.monotonic_ns()), "newest" if load.newest else "whole",
    ]  # fmt: skip


def _cpu(processes: tuple[int, ...]) -> float:
    return sum(map(cpu_of, processes))


def _medians(rounds: list[dict[tuple[str, str], Measured]]) -> dict[str, dict[str, Measured]]:
    """The medians of all rounds, by server and load."""
    medians: dict[str, dict[str, Measured]] = {}
    for server, load in rounds[0]:
        values = [asdict(measured[server, load]) for measured in rounds]
        medians.setdefault(server, {})[load] = Measured(
            **{name: statistics.median(value[name] for value in values) for name in values[0]}
        )
    return medians


def requests_of(loads: dict[str, Measured]) -> dict[str, float]:
    """CPU time of single requests in microseconds: that of a session, less that of its other requests."""
    whole, without = loads["report"].cpu * len(TYPED), loads["report without its last request"].cpu * (len(TYPED) - 1)
    dialling = loads["dialling"].cpu
    return {
        "a menu request": (loads["menus"].cpu * (MENUS + 1) - dialling) / MENUS,
        "the first request of a known caller": dialling,
        "the request that files": whole - without,
        "a request of a provider that sends the newest input": loads["report, newest input alone"].cpu,
    }


def _tell(figures: dict[str, dict[str, Measured]]) -> None:
    floor = figures["floor"]["report"]
    print(f"\n{_machine()}\nmedians of {ROUNDS} rounds of {SECONDS} s, {CONNECTIONS} connections\n")
    print(f"{'a newcomer’s report':<40}{'x floor':>9}{'CPU µs':>9}{'all µs':>9}{'req/s':>8}{'x floor':>9}"
          f"{'p50 ms':>8}{'p99 ms':>8}{'x floor':>9}{'bad':>6}")  # fmt: skip
    for server, loads in figures.items():
        it = loads["report"]
        print(f"{server:<40}{it.cpu / floor.cpu:>9.2f}{it.cpu:>9.0f}{it.cpu_of_all:>9.0f}{it.rate:>8.0f}"
              f"{it.rate / floor.rate:>9.2f}{it.p50 * 1e3:>8.1f}{it.p99 * 1e3:>8.1f}{it.p99 / floor.p99:>9.1f}"
              f"{it.timeouts + it.errors + it.wrong:>6.0f}")  # fmt: skip
    print(f"\n{'one request':<74}{'x floor':>9}{'CPU µs':>9}")
    for server, loads in figures.items():
        for what, cpu in requests_of(loads).items() if len(loads) > 1 else ():
            print(f"{f'{server}: {what}':<74}{cpu / floor.cpu:>9.2f}{cpu:>9.0f}")


def _write(figures: dict[str, dict[str, Measured]]) -> None:
    path = Path(os.environ.get("PEERS_JSON", ROOT / "var" / "peers.json"))
    path.parent.mkdir(parents=True, exist_ok=True)
    loads = {server: {name: asdict(it) for name, it in loads.items()} for server, loads in figures.items()}
    single = {server: requests_of(loads) for server, loads in figures.items() if len(loads) > 1}
    told = {"machine": _machine(), "rounds": ROUNDS, "seconds": SECONDS, "loads": loads, "requests": single}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten to {path}")


def _machine() -> str:
    """The processor, the system, and the versions that the figures depend on."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]  # fmt: skip
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False) if shutil.which(
        "node") else None  # fmt: skip
    versions = f"Python {platform.python_version()}, Node.js {node.stdout.strip() if node else 'none'}"
    return f"{len(names)} × {names[0] if names else platform.machine()}, Linux {platform.release()}, {versions}"


if __name__ == "__main__":
    main()
