"""A known number and a known text go through every flow; then all files of the system are searched for them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.gateway import PASSWORD
from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up

pytestmark = [pytest.mark.servers, pytest.mark.slow]

NUMBER = "+22379135724"
FORMS = ("79135724", "79 13 57 24", "0079135724")
WORDS = "zorglubienne"
"""A word that nothing else holds; it is searched for in every letter case and coding."""
TEXT = f"on a volé ma mobylette {WORDS} à Lafiabougou, mon numéro {FORMS[1]}"
SECRETARY = "+22379135799"
PIN = "864213"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """Everything running with everything embedded, logs as JSON, after the whole walk; what the commands printed
    too."""
    folder = tmp_path_factory.mktemp("leaks")
    with gateway_up(folder, LOG_FORMAT="json") as running:
        _walk(running, folder)
        yield running, folder


def _walk(running: Running, folder: Path) -> None:
    output = [
        running.command("people", "add-secretary", "Commune IV", SECRETARY),
        running.command("people", "add-admin", "leak@example.org", "--role", "administrator", "--password", PASSWORD),
    ]
    phone = Phone(NUMBER, running, running.hook("ussd"), running.hook("sms"))
    reference = phone.report(words=TEXT[:150])
    phone.dial()
    phone.type("2", reference)
    for text in (TEXT, "SUIVI " + reference, "CCS Banconi", "AIDE", "", f"{TEXT} au secours maintenant", "1", "STOP"):
        phone.write(text)
    phone.write(TEXT, id="same id")
    phone.write("START")
    _hostile(running)
    secretary = Phone(SECRETARY, running, running.hook("ussd"), running.hook("sms"))
    secretary.dial()
    secretary.type("1", PIN)
    for text in (f"PIN {PIN}", "AGENDA", f"VOIR {reference}", f"OK {reference}", f"CLORE {reference} C'est fait."):
        secretary.write(text)
    secretary.dial()
    secretary.type("1", PIN, "1")
    output += [running.command(*arguments) for arguments in (
        ("doctor",), ("concerns", "list"), ("agenda", "show", "--committee", "Commune IV"), ("messages", "list"),
        ("digest", "send", "--committee", "Commune IV", "--dry-run"), ("committees", "list"), ("purge",),
        ("audit", "verify"), ("backup", str(folder / "copy.ccs")), ("rotate-keys",),
    )]  # fmt: skip
    output += [running.get(path).text for path in ("/metrics", "/readyz", "/figures", "/figures.csv", "/", "/nowhere")]
    output += _pages(running)
    (folder / "told.txt").write_text("\n".join(output))


def _hostile(running: Running) -> None:
    """Sends requests that are refused: neither the refusal nor the log may repeat them."""
    for data in (
        {"from": NUMBER, "text": TEXT},
        {"id": "x" * 500, "from": NUMBER, "text": TEXT},
        {"id": NUMBER, "text": TEXT},
    ):
        answer = running.post(running.hook("sms"), data=data)
        assert NUMBER not in answer.text
    running.post(running.hook("delivery"), data={"id": NUMBER, "phoneNumber": NUMBER, "status": TEXT})
    running.post(running.hook("ussd"), data={"sessionId": NUMBER, "phoneNumber": "x" + NUMBER, "text": TEXT})


def _pages(running: Running) -> list[str]:
    """What an exported document, a list of messages and the audit say; the queue itself shows texts to who may read
    them."""
    http = requests.Session()
    page = http.get(f"{running.address}/queue/login", timeout=30).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "email": "leak@example.org", "password": PASSWORD}
    http.post(f"{running.address}/queue/login", data=form, timeout=30)
    committee = http.get(f"{running.address}/queue/committees/ml-bamako-commune-iv", timeout=30).text
    meeting = re.search(r"/queue/committees/ml-bamako-commune-iv/meetings/\d+", committee)
    assert meeting
    paths = ["/queue/messages", "/queue/committees/ml-bamako-commune-iv", f"{meeting[0]}/ordre-du-jour.docx",
             f"{meeting[0]}/ordre-du-jour.pdf", f"{meeting[0]}/reunion.ics", "/queue/nowhere", "/queue/items/999"]  # fmt: skip
    return [http.get(running.address + path, timeout=30).content.decode("latin-1") for path in paths]


def _found(where: bytes) -> list[str]:
    hay = where.lower()
    needles = {form.encode() for form in FORMS} | {WORDS.encode(), PIN.encode()}
    needles |= {needle.decode().encode("utf-16-le") for needle in needles}
    return sorted(needle.decode("latin-1") for needle in needles if needle in hay)


def test_no_byte_that_was_written_holds_the_number_the_words_or_the_pin(walked: tuple[Running, Path]) -> None:
    running, folder = walked
    files = [file for file in folder.rglob("*") if file.is_file()]
    names = {file.name for file in files}
    # The database with its log, the gateway's log, what commands and pages said, the backup. Redis writes no data.
    assert {"ccs.db", "errors.log", "told.txt", "copy.ccs"} <= names
    assert [file.name for file in (folder / "var" / "redis").iterdir()] == ["redis.log"]
    leaks = {file.name: needles for file in files if (needles := _found(file.read_bytes()))}
    assert leaks == {}
    assert running.process.poll() is None


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """Without this test a search that never finds anything would pass."""
    for text in (NUMBER, TEXT, TEXT.upper(), f"pin {PIN}"):
        assert _found(text.encode()), text
        assert _found(text.encode("utf-16-le")), text
    assert _found(b"nothing") == []


def test_the_log_says_what_happened_all_the_same(walked: tuple[Running, Path]) -> None:
    _, folder = walked
    log = (folder / "errors.log").read_text()
    assert "refused" in log
    assert "from is missing" in log or "id is missing" in log
