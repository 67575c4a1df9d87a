"""The `gateway` command: tables for people, JSON Lines for scripts, one line and exit status 1 for a refusal."""

import getpass
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.cli import COMMANDS, main
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from tests.support.commands import Run, rows
from tests.support.gateway import Gateway

CITIZEN = "+22370001001"


def reported(gateway: Gateway, text: str = "on a volé ma moto à Lafiabougou hier") -> None:
    gateway.phone().write(text)
    gateway.work()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()[2].strip()) > 10


def test_wrong_usage_exits_with_two() -> None:
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2
    assert CliRunner().invoke(main, ["concerns", "list", "--state", "lost"]).exit_code == 2


def test_committees_are_imported_from_a_file_or_its_line_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "committees.csv"
    file.write_text("committee,chair,meets\nCommune IV,Le maire,chaque 2e jeudi\n", encoding="utf-8")
    assert "2 changes, none of them done" in run("committees", "import", "--dry-run", str(file)).stdout
    assert len(rows(run("committees", "import", "--json", str(file)))) == 2
    assert run("committees", "import", str(file)).stdout == "0 changes\n"
    file.write_text(f"committee,chair\nCommune V,Le maire\nCommune IV,{'x' * 140_000}\n", encoding="utf-8")
    result = run("committees", "import", str(file))
    assert result.exit_code == 1
    assert result.stderr.startswith("nothing is imported: line 3: this is not CSV"), result.stderr
    assert run("committees", "import", "--dry-run", str(file)).exit_code == 1


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("committee,colour\nCommune IV,blue\n", "line 1: unknown column `colour` (possible: agenda_size, chair, "),
        ("committee,chair\nAtlantis,Le maire\n", "line 2: `Atlantis` names several committees, or none; give its code"),
        ("committee,chair\nCommune IV,A\nCommune IV,B\n", "line 3: ml-bamako-commune-iv stands on line 2 already"),
        ("committee,meets\nCommune IV,every never\n", "line 2: `every never` is no meeting rule: write it as"),
        ("committee;digest_hour\nCommune IV;8,0\n", "line 2: `digest_hour` is a whole number from 0 to 23; write 8"),
        ("committee,digest_weekday\nCommune IV,market\n", "the day is one of monday, tuesday, "),
        ("committee,silent_when_quiet\nCommune IV,perhaps\n", "line 2: `silent_when_quiet` is yes or no"),
        ("committee,installed_on\nKalabancoro,5.3.26\n", "is not a day such as 2026-11-24; write 2026-03-05"),
        ("committee,chair,chair\nCommune IV,A,B\n", "line 1: the column `chair` is there twice"),
    ],
)
def test_a_command_says_in_english_why_a_file_is_not_imported(run: Run, tmp_path: Path, lines: str, says: str) -> None:
    file = tmp_path / "committees.csv"
    file.write_text(lines, encoding="utf-8")
    refused = run("committees", "import", str(file))
    assert refused.exit_code == 1
    assert says.casefold() in refused.stderr.casefold()


def test_a_command_says_in_english_what_an_import_does_and_why_nothing_is_closed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "committees.csv"
    file.write_text("committee,installed_on,chair\nKalabancoro,2026-11-20,Le maire\n", encoding="utf-8")
    lines = [row["what"] for row in rows(run("committees", "import", "--json", str(file)))]
    assert lines == ["installed on 2026-11-20", "chair: - → Le maire"]
    refused = run("committees", "close", "ml-kayes-kayes-kayes")
    assert (refused.exit_code, refused.stderr) == (1, "ml-kayes-kayes-kayes: this committee is not installed\n")
    refused = run("committees", "close", "cnrss")
    assert refused.stderr == "cnrss: committees of this level are always installed\n"


def test_concerns_are_listed_without_their_text_and_shown_with_it(gateway: Gateway, run: Run) -> None:
    reported(gateway)
    (row,) = rows(run("concerns", "list", "--json"))
    assert (row["category"], row["place"], row["state"]) == ("theft", "Lafiabougou", "received")
    assert "volé" not in run("concerns", "list").stdout
    shown = rows(run("concerns", "show", str(row["reference"]), "--json"))[0]
    assert shown["text"] == "on a volé ma moto à Lafiabougou hier"
    assert CITIZEN not in json.dumps(shown)
    assert "received" in run("concerns", "show", str(row["reference"])).stdout
    refused = run("concerns", "show", "CCS-2222")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "no concern of that reference: check every character\n"


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        (["--commune", "Commune IV"], 1),
        (["--commune", "ml-bamako-commune-i"], 0),
        (["--state", "closed"], 0),
        (["--since", "2026-11-24"], 1),
        (["--since", "2026-11-25"], 0),
    ],
)
def test_concerns_are_narrowed(gateway: Gateway, run: Run, narrowed: list[str], count: int) -> None:
    reported(gateway)
    assert len(rows(run("concerns", "list", "--json", *narrowed))) == count


def test_a_commune_that_is_none_or_several_is_refused(run: Run) -> None:
    assert "is no commune" in run("concerns", "list", "--commune", "xyzxyz").stderr
    assert "is several communes" in run("concerns", "list", "--commune", "bamba").stderr


def test_the_agenda_of_the_next_meeting(gateway: Gateway, run: Run) -> None:
    reported(gateway)
    assert "CCS de Commune IV, 20" in run("agenda", "show", "--committee", "Commune IV").stdout
    (item,) = rows(run("agenda", "show", "--committee", "ml-bamako-commune-iv", "--json"))
    assert (item["category"], item["count"]) == ("theft", 1)
    assert "no committee" in run("agenda", "show", "--committee", "Atlantis").stderr


def test_committees_are_listed_and_installed(gateway: Gateway, run: Run) -> None:
    assert len(rows(run("committees", "list", "--json"))) == 713
    before = len(rows(run("committees", "list", "--installed", "--json")))
    reported(gateway, "on a volé ma moto à Kalabancoro hier")
    result = run("committees", "install", "Kalabancoro", "--on", "2026-11-20", "--meets", "every 2nd thursday")
    assert "1 open concerns moved to it" in result.stdout
    assert len(rows(run("committees", "list", "--installed", "--json"))) == before + 1
    refused = run("committees", "install", "Kalabancoro", "--on", "2026-11-20", "--meets", "every 31st")
    assert (refused.exit_code, "31. does not fall in every month" in refused.stderr) == (1, True)
    assert run("committees", "install", "Kalabancoro", "--on", "yesterday", "--meets", "every friday").exit_code == 2


def test_people_are_let_in(gateway: Gateway, run: Run) -> None:
    added = run("people", "add-secretary", "Commune IV", "70 00 90 01")
    assert re.fullmatch(r"CCS de Commune IV: secretary added\ninvitation  [0-9A-Z]{4}-[0-9A-Z]{4}\n", added.stdout)
    assert "already" in run("people", "add-secretary", "Commune IV", "+22370009001").stdout
    assert "no phone number" in run("people", "add-secretary", "Commune IV", "nobody").stderr
    assert "no SMS go to that country" in run("people", "add-secretary", "Commune IV", "+33612345678").stderr
    result = run("people", "add-admin", "a@example.org", "--role", "coordinator", "--area", "ml-bamako")
    assert "a@example.org is coordinator of District de Bamako" in result.stdout
    assert "password  " in result.stdout
    assert "is an administrator already" in run("people", "add-admin", "a@example.org", "--role", "observer").stderr
    assert "no area" in run("people", "add-admin", "b@example.org", "--role", "observer", "--area", "mars").stderr


def test_a_digest_is_shown_with_parts_and_price_or_sent(gateway: Gateway, run: Run) -> None:
    assert "has no secretary" in run("digest", "send", "--committee", "Commune IV").stderr
    gateway.secretary("ml-bamako-commune-iv", "+22370009001")
    shown = rows(run("digest", "send", "--committee", "Commune IV", "--dry-run", "--json"))[0]
    assert (shown["parts"], shown["price"], shown["currency"]) == (1, 10, "XOF")
    assert "1 digests, 10 XOF" in run("digest", "send", "--committee", "Commune IV", "--dry-run").stdout
    gateway.work()
    assert gateway.inbox("+22370009001") == []
    assert run("digest", "send", "--committee", "Commune IV").stdout == "1 digests queued\n"
    gateway.clock.moment = datetime.now(UTC) + timedelta(minutes=1)  # commands go by the real clock
    gateway.work()
    assert len(gateway.inbox("+22370009001")) == 1


def test_messages_are_listed_without_to_whom_and_with_what_words(gateway: Gateway, run: Run) -> None:
    reported(gateway)
    output = run("messages", "list").stdout
    assert "sms.received" in output
    assert "7000" not in output
    assert rows(run("messages", "list", "--json", "--state", "failed")) == []


def test_classify_answers_each_line_in_order_without_a_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    lines = [{"id": "b", "text": "on a volé ma moto à Lafiabougou"}, {"id": 7, "text": ""}, {"id": None, "text": "🙂"}]
    readings = rows(run("classify", input="\n".join(map(json.dumps, lines)) + "\n\n"))
    assert [row["id"] for row in readings] == ["b", 7, None]
    assert list(readings[0]) == [
        "id", "language", "commune_code", "commune", "place", "category", "urgency", "kind", "confidence",
        "needs_review",
    ]  # fmt: skip
    assert (readings[0]["commune"], readings[0]["place"], readings[0]["category"]) == (
        "Commune IV",
        "Lafiabougou",
        "theft",
    )
    assert (readings[1]["commune"], readings[1]["language"], readings[1]["needs_review"]) == (None, "und", True)
    for bad in ("nonsense", '{"id": 1}', '{"id": 1, "text": 2}', "[]"):
        refused = run("classify", input=f'{bad}\n{{"id": 5, "text": "vol de moto"}}\n')
        assert refused.exit_code == 1
        assert refused.stderr.startswith("line 1 ")
        assert json.loads(refused.stdout)["id"] == 5  # the others are read all the same


def test_doctor_sees_a_clock_that_stands_before_what_came_in(gateway: Gateway, run: Run) -> None:
    assert "clock" not in run("doctor").stdout
    gateway.clock.forward(days=40_000)
    gateway.phone().report()
    result = run("doctor")
    assert result.exit_code == 1
    assert "clock     behind: it says " in result.stdout


def test_doctor_names_each_part_and_what_is_still_to_confirm(gateway: Gateway, run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "worker    no worker: start `python worker.py`" in result.stdout
    assert "database  ok" in result.stdout
    assert "no native speaker has reviewed languages/bm.yaml" in result.stdout
    assert "police: 17, 80001115 not confirmed" in result.stdout


def test_the_demo_fills_an_empty_database_once_and_sends_nothing(gateway: Gateway, run: Run) -> None:
    result = run("demo")
    assert result.exit_code == 0, result.stderr
    assert "6 communes over half a year" in result.stdout
    gateway.work()
    assert rows(run("messages", "list", "--json", "--state", "queued")) == []
    assert len(rows(run("agenda", "show", "--committee", "Commune IV", "--json"))) > 3
    assert "holds concerns already" in run("demo").stderr


def test_an_unmigrated_or_missing_database_is_refused_with_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    refused = run("concerns", "list")
    assert (refused.exit_code, refused.stderr) == (1, "the database is not migrated: start `gateway up` once\n")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.db")
    assert "the database cannot be used" in run("concerns", "list").stderr


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_what_is_pasted_into_a_command_is_cleaned(gateway: Gateway, run: Run) -> None:
    added = run("people", "add-secretary", "Commune\u00ad IV\u200b", "\u202a+223 70 00 90 02\u202c")
    assert added.exit_code == 0, added.output
    result = run("people", "add-admin", "\u202atraore\u200b@example.org\ufeff ", "--role", "observer")
    assert result.stdout.startswith("traore@example.org is observer of"), result.output


def test_whoever_opens_words_or_changes_people_by_a_command_is_a_line_of_audit(gateway: Gateway, run: Run) -> None:
    reported(gateway)
    with gateway.deployment.database.read() as transaction:
        reference = str(transaction.scalars(select(Concern.reference)).one())
        before = len(transaction.scalars(select(AuditLine.id)).all())
    for arguments, what in (
        (["concerns", "list"], ["concerns_listed"]),
        (["concerns", "show", reference], ["concern_seen"]),
        (["agenda", "show", "--committee", "Commune IV"], ["agenda"]),
        (["people", "add-secretary", "Commune IV", "+22370009001"], ["secretary_added"]),
        (["people", "add-admin", "a@example.org", "--role", "observer"], ["administrator_added"]),
        (["people", "reset-codes", "a@example.org"], ["codes_reset"]),
        (["digest", "send", "--committee", "Commune IV", "--dry-run"], ["digests_shown"]),
        (["digest", "send", "--committee", "Commune IV"], ["digests_sent"]),
        (["committees", "close", "Commune IV"], ["committee_close"]),
        (
            ["committees", "install", "Commune IV", "--on", "2026-11-20", "--meets", "every friday"],
            ["committee_install"],
        ),
        (["messages", "again", "1"], ["message_again"]),
        (["export", CITIZEN], ["exported"]),
        (["erase", CITIZEN], ["erased"]),
        (["purge"], ["purged"]),
        (["committees", "close", "Commune IV", "--dry-run"], []),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, (arguments, result.stderr)
        with gateway.deployment.database.read() as transaction:
            lines = transaction.scalars(select(AuditLine).order_by(AuditLine.id)).all()
        assert [line.what for line in lines[before:]] == what, arguments
        assert {line.actor for line in lines[before:]} <= {f"command {getpass.getuser()}"}
        assert CITIZEN.lstrip("+") not in str([line.detail for line in lines])
        before = len(lines)
