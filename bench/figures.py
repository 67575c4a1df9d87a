"""Computes and prints figures."""

from __future__ import annotations

import os
import resource
import statistics
from collections.abc import Sequence
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which the share `share` (0 to 1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tell(what: str, value: float, unit: str, wanted: str = "") -> None:
    """Prints one figure: what it is, its value and unit, and the wanted value."""
    print(f"{what:<58} {value:>10.2f} {unit:<4} {wanted}", flush=True)


def tell_latencies(what: str, seconds: Sequence[float], wanted: str) -> None:
    """Prints median, p95 and p99 in milliseconds; `wanted` belongs to the last."""
    tell(f"{what}, median of {len(seconds)}", statistics.median(seconds) * 1000, "ms")
    tell(f"{what}, p95", percentile(seconds, 0.95) * 1000, "ms")
    tell(f"{what}, p99", percentile(seconds, 0.99) * 1000, "ms", wanted)


def memory_of_tree(pid: int) -> float:
    """The memory of a process and its children in megabytes; shared pages are counted once (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(memory_of_tree(int(child)) for child in children)


def cpu_of(pid: int) -> float:
    """The CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of_process() -> float:
    """The resident memory of this process in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
