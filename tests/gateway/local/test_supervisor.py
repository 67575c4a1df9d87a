"""`gateway up` with real processes: a report from the phone to the answer, and what happens when parts are killed."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from tests.support.chaos import embedded
from tests.support.old_models import older
from tests.support.phones import Phone, reference_in
from tests.support.servers import ROOT, Running, gateway_up
from tests.support.waiting import eventually, running_seconds

pytestmark = pytest.mark.servers

SECRETARY = "+22370009001"


def phone(running: Running, msisdn: str) -> Phone:
    return Phone(msisdn, running, running.hook("ussd"), running.hook("sms"))


def listed(running: Running, *narrowed: str) -> list[dict[str, object]]:
    lines = running.command("concerns", "list", "--json", *narrowed).splitlines()
    return [json.loads(line) for line in lines]


def test_from_a_dialled_code_to_the_agenda_the_digest_and_the_answer(running: Running) -> None:
    assert "Phone simulator" in running.told
    assert "First sign-in    admin@example.org  " in running.told
    # One session, so that the worker's low priority counts beside the web process; groups, so that Ctrl-C spares them.
    parts = [running.part(name) or 0 for name in ("redis", "web", "worker", "timetable")]
    assert {os.getsid(part) for part in parts} == {os.getsid(running.process.pid)}
    assert [os.getpgid(part) for part in parts] == parts
    ready = requests.get(f"{running.address}/readyz", timeout=5).json()
    assert set(ready.pop("database_checks")) == {"row", "pages"}
    assert ready == dict.fromkeys(("database", "redis", "worker", "pack"), "ok")
    running.command("people", "add-secretary", "Commune IV", SECRETARY)
    running.by_day_and_night("Commune IV")
    reference = phone(running, "+22370001011").report()

    def on_agenda() -> str:
        return running.command("agenda", "show", "--committee", "Commune IV")

    eventually(lambda: reference in on_agenda())
    phone(running, "+22370001012").write("sonw ye moto sonya Lafiabugu kunun")
    eventually(lambda: running.inbox("+22370001012"))
    assert json.loads(running.command("agenda", "show", "--committee", "Commune IV", "--json"))["count"] == 2
    running.command("digest", "send", "--committee", "Commune IV")
    eventually(lambda: running.inbox(SECRETARY))
    assert f"Vol, cambriolage, Lafiabougou : 2 [{reference.removeprefix('CCS-')}]" in running.inbox(SECRETARY)[0]

    def states() -> set[str]:
        rows = map(json.loads, running.command("messages", "list", "--json").splitlines())
        return {str(row["state"]) for row in rows}

    eventually(lambda: states() == {"delivered"})


def test_a_refused_message_goes_again_after_ten_seconds_not_with_the_next_sweep(running: Running) -> None:
    running.post("/simulator/mood", data={"mood": "refuses_request"})
    try:
        phone(running, "+22370001013").write("AIDE")

        def refused_at() -> float:
            rows = map(json.loads, running.command("messages", "list", "--state", "queued", "--json").splitlines())
            return running_seconds() if any(row["tries"] == 1 for row in rows) else 0.0

        began = eventually(refused_at)
    finally:
        running.post("/simulator/mood", data={"mood": "well"})
    eventually(lambda: running.inbox("+22370001013"), 14)
    assert running_seconds() - began < 14


@pytest.mark.slow
def test_a_killed_part_is_started_again_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with gateway_up(tmp_path) as running:
        first_web = group_of(running.part("web"))
        assert first_web
        for name in ("worker", "redis", "web", "timetable"):
            killed = running.part(name)
            kill(killed)

            def started_again(name: str = name, killed: int | None = killed) -> bool:
                return running.part(name) not in (None, killed)

            eventually(started_again)
        eventually(lambda: _ready(running))
        phone(running, "+22370001021").report()
        eventually(lambda: [row for row in listed(running) if row["category"] == "theft" and row["committee"]], 40)
        assert [pid for pid in first_web if Path(f"/proc/{pid}").exists()] == []
        last_web = group_of(running.part("web"))
    assert [pid for pid in last_web if Path(f"/proc/{pid}").exists()] == []


def group_of(leader: int | None) -> list[int]:
    """The processes of a part: the first one and all that it has started."""
    pids = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getpgid(int(path.name)) == leader:
                pids.append(int(path.name))
    return pids


def kill(pid: int | None, how: signal.Signals = signal.SIGKILL) -> None:
    """Kills a process, unless it has just ended."""
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)


def _ready(running: Running) -> bool:
    try:
        return running.get("/readyz").ok
    except requests.RequestException:
        return False


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    """The worker is killed repeatedly while messages come; each message is read once and answered once."""
    with embedded(tmp_path) as stack:
        running = stack.running
        numbers = [f"+223700{number:05d}" for number in range(40)]
        for at, number in enumerate(numbers):
            assert phone(running, number).write("on a volé ma moto à Lafiabougou hier") == 200
            if at % 8 == 7:
                # About as long as a worker needs to start and to be in the middle of something.
                time.sleep(random.uniform(0.5, 1.3))
                killed = running.part("worker")
                kill(killed)

                def started_again(killed: int | None = killed) -> bool:
                    return running.part("worker") not in (None, killed)

                eventually(started_again)

        def uncertain() -> int:
            with sqlite3.connect(tmp_path / "var" / "ccs.db") as database:
                count: int = database.execute("SELECT count(*) FROM messages WHERE state = 'uncertain'").fetchone()[0]
                return count

        eventually(lambda: sum(bool(running.inbox(number)) for number in numbers) + uncertain() >= len(numbers), 120)
        if uncertain():
            # Killed just before or after it asked the provider: ten minutes without a receipt, and it is sent again.
            stack.offset.write_text("660")
        eventually(lambda: all(running.inbox(number) for number in numbers), 120)
        rows = listed(running)
        assert len(rows) == len(numbers)
        assert {row["committee"] for row in rows} == {"ml-bamako-commune-iv"}
        answers = Counter(reference_in(text) for number in numbers for text in running.inbox(number))
        assert set(answers) == {row["reference"] for row in rows}
        with sqlite3.connect(tmp_path / "var" / "ccs.db") as database:
            read = database.execute("SELECT concern_id, count(*) FROM concern_events WHERE what = 'read' GROUP BY 1")
            assert {count for _, count in read} == {1}
            marked = database.execute("SELECT count(*) FROM messages WHERE perhaps_twice").fetchone()[0]
        # A worker killed between the provider's yes and its own note is the one case where nobody can know.
        assert sum(answers.values()) - len(numbers) <= marked


def test_with_redis_frozen_a_report_is_kept_and_read(tmp_path: Path) -> None:
    with gateway_up(tmp_path) as running:
        redis = running.part("redis")
        kill(redis, signal.SIGSTOP)
        try:
            reference = phone(running, "+22370001051").report()
        finally:
            kill(redis, signal.SIGCONT)
        eventually(lambda: listed(running)[0]["committee"], 90)
        assert listed(running)[0]["reference"] == reference


def test_it_stops_cleanly_and_a_second_start_keeps_what_was_said(tmp_path: Path) -> None:
    with gateway_up(tmp_path) as running:
        reference = phone(running, "+22370001031").report()
        children = running.children()
        password = running.told.split("admin@example.org")[1].split()[0]
        assert running.stop() == 0
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        running.start()
        assert password in running.told
        assert [row["reference"] for row in listed(running)] == [reference]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"SMS_PROVIDER": "pigeon"}, "setting SMS_PROVIDER"),
        ({"SMS_PROVIDRE": "simulator"}, "did you mean SMS_PROVIDER?"),
        ({"ENVIRONMENT": "production"}, "SECRET_KEYS must be set in production"),
        ({"PACK": "/nowhere"}, "pack.yaml: cannot be read"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "the database at DATABASE_URL cannot be used"),
    ],
)
def test_a_setting_that_is_wrong_stops_the_start_with_one_line(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    refused(tmp_path, settings, message)


def test_a_pack_whose_model_is_of_another_release_stops_the_start_too(tmp_path: Path) -> None:
    pack = shutil.copytree(ROOT / "config" / "mali", tmp_path / "pack")
    (pack / "model.zip").write_bytes(older((pack / "model.zip").read_bytes()))
    refused(tmp_path, {"PACK": str(pack)}, "is a model of another release: run `gateway train --into-pack`")


def refused(tmp_path: Path, settings: dict[str, str], message: str) -> None:
    with pytest.raises(AssertionError) as stopped:
        Running(tmp_path, **settings)
    lines = str(stopped.value).removeprefix("`gateway up` ended: ").strip().splitlines()
    assert message in lines[0]
    assert "Traceback" not in str(stopped.value)
