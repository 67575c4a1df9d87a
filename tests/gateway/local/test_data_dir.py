"""Faults of the house: two `gateway up` on one DATA_DIR, what a killed one leaves, an old Redis file, files that others
could read."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ROOT, Running, free_port, gateway_up
from tests.support.waiting import eventually

pytestmark = pytest.mark.servers


def started_beside(running: Running) -> str:
    """The error output of a second `gateway up` on the same DATA_DIR and another port."""
    finished = subprocess.run(
        [sys.executable, "-m", "gateway", "up"], cwd=ROOT, env=running.environment | {"PORT": str(free_port())},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert finished.returncode == 1
    return finished.stderr


def test_a_second_one_on_the_same_folder_is_refused_in_one_line_and_harms_nothing(tmp_path: Path) -> None:
    with gateway_up(tmp_path) as running:
        redis = running.part("redis")
        [line] = started_beside(running).splitlines()
        assert f"`gateway up` runs already on {tmp_path / 'var'} (process {running.process.pid})" in line
        assert running.part("redis") == redis
        assert running.get("/readyz").status_code == 200
        assert "settings  ok" in running.command("doctor")


def test_what_a_killed_one_has_left_is_named_with_what_ends_it(tmp_path: Path) -> None:
    with gateway_up(tmp_path) as running:
        left = {name: running.part(name) for name in ("redis", "web", "worker", "timetable")}
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(10)
        [line] = started_beside(running).splitlines()
        assert "set PORT" not in line
        for name, pid in left.items():
            assert f"{name} (process {pid})" in line
        match = re.search(r"`kill ([\d ]+)`", line)
        assert match
        for pid_to_end in match[1].split():
            os.kill(int(pid_to_end), signal.SIGTERM)
        eventually(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in left.values()), 30)
        running.start()


def test_a_redis_file_of_an_older_release_or_a_damaged_one_stops_no_start_and_goes(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "redis"
    (folder / "appendonlydir").mkdir(parents=True)
    for name in ("appendonlydir/appendonly.aof.manifest", "appendonlydir/appendonly.aof.1.incr.aof", "dump.rdb"):
        (folder / name).write_bytes(b"REDIS0011 no such thing")
    with gateway_up(tmp_path) as running:
        assert running.get("/readyz").status_code == 200
        assert sorted(file.name for file in folder.iterdir()) == ["redis.log"]
        assert "its old files are gone" in running.errors.read_text()


def test_own_files_are_nobody_elses_whatever_the_folder_is(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir(mode=0o755)
    with gateway_up(tmp_path) as running:
        running.command("people", "add-secretary", "Commune IV", "+22370009001")
        open_to_others = [file.name for file in var.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
        assert open_to_others == []
        (var / "ccs.db").chmod(0o644)
        finished = subprocess.run(
            [sys.executable, "-m", "gateway", "doctor"], cwd=ROOT, env=running.environment, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert finished.returncode == 1
        assert f"files     {var / 'ccs.db'} can be read by others (0644): chmod 600" in finished.stdout
        assert running.stop() == 0
        running.start()
        assert (var / "ccs.db").stat().st_mode & 0o077 == 0
