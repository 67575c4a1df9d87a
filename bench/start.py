"""The time from a fresh clone to `ready`, the time of the second start, and the memory of all processes when idle."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench.figures import memory_of_tree, tell
from tests.support.servers import ROOT, free_port


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-fresh-") as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        first = started(clone)
        memory = first[1]
        tell("fresh clone to ready (warm package cache)", first[0], "s", "wanted: under 90")
        tell("second start to ready", started(clone)[0], "s", "wanted: under 5")
        tell("idle memory of everything together (PSS)", memory, "MB", "wanted: under 400")


def started(clone: Path) -> tuple[float, float]:
    """Seconds until `make run` prints `ready`, and the memory of all its processes five seconds later, in megabytes."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment | {"PORT": str(free_port())}, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout
    if not any(line == "ready\n" for line in process.stdout):
        raise SystemExit("make run ended before it was ready")
    took = time.monotonic() - began
    time.sleep(5)
    memory = memory_of_tree(process.pid)
    process.send_signal(signal.SIGTERM)
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGTERM)
    process.wait(30)
    return took, memory
