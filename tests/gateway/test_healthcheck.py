"""What a container engine asks each process: `python -m gateway.healthcheck …`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.healthcheck import FRESH
from tests.support.servers import ROOT, Running


def ask(part: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.healthcheck", part],
        cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip


@pytest.mark.parametrize("part", ["web", "ready", "worker", "timetable"])
def test_each_part_of_a_running_gateway_is_well(running: Running, part: str) -> None:
    asked = ask(part, **running.environment)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_who_does_not_answer_or_has_never_moved_is_not_well(tmp_path: Path) -> None:
    nowhere = {"DATA_DIR": str(tmp_path), "PORT": "1"}
    assert ask("web", **nowhere).stderr == "/healthz did not answer (URLError)\n"
    assert ask("worker", **nowhere).stderr == "worker has not started\n"
    assert [ask(part, **nowhere).returncode for part in ("web", "worker")] == [1, 1]


def test_a_worker_that_stands_still_is_not_well(tmp_path: Path) -> None:
    mark = tmp_path / "worker.alive"
    mark.touch()
    assert ask("worker", DATA_DIR=str(tmp_path)).returncode == 0
    long_ago = time.time() - FRESH - 1
    os.utime(mark, (long_ago, long_ago))
    assert ask("worker", DATA_DIR=str(tmp_path)).returncode == 1


def test_a_part_that_there_is_not_is_wrong_usage() -> None:
    assert ask("kitchen").returncode == 2
