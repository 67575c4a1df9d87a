"""Any pack that passes its check works: USSD, SMS, training, demo and digest in a country unknown to the code."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from config.settings import Settings
from gateway.app import create_app
from gateway.cli import main
from gateway.runtime.deployment import Deployment
from storage.committees.committees import load_registry
from storage.tables.concerns import Concern
from tests.support import servers
from tests.support.folders import made_once
from tests.support.gateway import SECRET, TOKEN, Clock, Gateway
from tests.support.second_country import HEAD, districts, second_country

pytestmark = pytest.mark.servers

CITIZEN, SECRETARY = "+233241000001", "+233242000001"


def command(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, object], *arguments: str) -> Result:
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    return CliRunner().invoke(main, arguments)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack with a model that `gateway train` made of its own messages."""
    return made_once(tmp_path_factory, "second-country", train_second_country) / "savana"


def train_second_country(parent: Path) -> None:
    folder = second_country(parent / "savana")
    with pytest.MonkeyPatch.context() as patch:
        settings = {"PACK": folder, "DATA_DIR": parent / "var"}
        untrained = command(patch, settings, "pack", "check")
        assert untrained.exit_code == 1
        assert untrained.stderr == f"{folder}/model.zip: is missing: run `gateway train --into-pack`\n"
        trained = command(patch, settings, "train", "--into-pack")
        assert trained.exit_code == 0, trained.output
        assert command(patch, settings, "pack", "check").exit_code == 0
        walked = command(patch, settings, "flows", "check")
        assert walked.exit_code == 0, walked.output


@pytest.fixture
def savana(trained: Path, tmp_path: Path, redis_address: str, clock: Clock) -> Iterator[Gateway]:
    settings = Settings(
        data_dir=tmp_path / "var", redis_url=redis_address, secret_keys=(SECRET,), webhook_token=TOKEN,
        port=servers.free_port(), pack=trained,
    )  # fmt: skip
    deployment = Deployment.open(settings, clock)
    deployment.redis.flushall()
    deployment.database.migrate()
    with deployment.database.write() as transaction:
        load_registry(transaction, deployment.pack)
    app = create_app(settings, deployment)
    gateway = Gateway(deployment, app, clock)
    gateway.stand_in.delay = 0.0
    with servers.served(app, settings.port):
        yield gateway
    deployment.close()


def run(savana: Gateway, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    settings = savana.deployment.settings
    environment = {"PACK": settings.pack, "DATA_DIR": settings.data_dir, "REDIS_URL": settings.redis_url, "SECRET_KEYS": SECRET,
            "WEBHOOK_TOKEN": TOKEN, "PORT": settings.port}  # fmt: skip
    return command(monkeypatch, environment, *arguments)


def test_a_report_by_ussd_asks_for_no_language_where_there_is_one(savana: Gateway) -> None:
    phone = savana.phone(CITIZEN)
    first = phone.dial(HEAD["service_code"])
    assert first.startswith(savana.deployment.pack.first_language.say("main"))
    phone.type("1", "2", "1", "Zongolo", "1", "on a cassé la porte de la boutique", "1", "1")
    assert phone.ended
    with savana.deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern)).one()
        assert (concern.commune, concern.place) == (districts()[0], "Zongolo")
    assert concern.reference in phone.screen


def test_an_sms_is_read_answered_and_told_of_in_the_digest(savana: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    savana.secretary(districts()[0], SECRETARY)
    for number in range(3):
        savana.phone(f"+23324100000{number}").write(f"on a volé ma moto à Zongolo hier {number}")
    savana.work()
    with savana.deployment.database.read() as transaction:
        assert {
            (concern.commune, concern.category, concern.committee) for concern in transaction.scalars(select(Concern))
        } == {(districts()[0], "theft", districts()[0])}
    assert "CCS-" in savana.inbox("+233241000000")[0]
    shown = run(savana, monkeypatch, "digest", "send", "--committee", districts()[0], "--dry-run", "--json")
    assert shown.exit_code == 0, shown.output
    (row,) = map(json.loads, shown.stdout.splitlines())
    assert row["currency"] == "GHS"
    assert row["text"].startswith("Comité de Tamaloro")


def test_a_secretary_passes_on_to_the_services_of_this_country(savana: Gateway) -> None:
    savana.secretary(districts()[0], SECRETARY)
    savana.first_pin(SECRETARY)
    for number, service in enumerate(("Assemblée", "Niveau national")):
        savana.phone(f"+23324100001{number}").write("on a volé ma moto à Zongolo hier")
        savana.work()
        with savana.deployment.database.read() as transaction:
            reference = transaction.scalars(select(Concern.reference).order_by(Concern.id.desc())).first()
        for text in ("PIN 4711", f"PASSER {reference} {service}"):
            savana.phone(SECRETARY).write(text)
            savana.work()
        assert savana.inbox(SECRETARY)[-1] == f"{reference} est transmis : {service}."


def test_the_demo_speaks_of_this_country_alone(savana: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(savana, monkeypatch, "demo")
    assert result.exit_code == 0, result.output
    with savana.deployment.database.read() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Concern)) == 450
        heard = set(transaction.scalars(select(Concern.commune).where(Concern.commune.is_not(None))))
        assert heard <= set(districts())
        assert len(heard) == 6


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("pack.yaml", lambda t: t.replace("country: GH", "country: QQ"), r"pack\.yaml:3: `country` must be"),
        ("pack.yaml", lambda t: t.replace("currency: GHS", "currency: ZZZ"), r"pack\.yaml:5: `currency` must be"),
        ("pack.yaml", lambda t: t.replace("above: higher", "above: upper"), "`services` lacks `upper`"),
        ("pack.yaml", lambda t: t.replace("- assembly", "- national"), "`national` is a level of committees"),
        (
            "training/messages.tsv",
            lambda t: t.replace("\tsv-tamaloro\t", "\tml-bamako-commune-iv\t"),
            r"messages\.tsv:\d+: `ml-bamako-commune-iv` is no commune",
        ),
        (
            "training/messages.tsv",
            lambda t: "\n".join(line for line in t.splitlines() if "\tdrugs\t" not in line) + "\n",
            "training: no message to train on of the category drugs",
        ),
        ("languages/fr.yaml", lambda t: t.replace("  national: ", "  nation: "), "`services` lacks `national`"),
    ],
)
def test_what_is_another_countrys_is_refused(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    change: Callable[[str], str],
    message: str,
) -> None:
    folder = tmp_path / "savana"
    shutil.copytree(trained, folder)
    before = (folder / file).read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    (folder / file).write_text(after, encoding="utf-8")
    refused = command(monkeypatch, {"DATA_DIR": tmp_path / "var"}, "pack", "check", str(folder))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert re.search(message, refused.stderr), refused.stderr


def test_another_countrys_profiles_and_model_are_refused(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, mali = tmp_path / "savana", Settings().pack
    shutil.copytree(trained, folder)
    shutil.copytree(mali / "profiles", folder / "profiles")
    check = ("pack", "check", str(folder))
    assert "bm.json:1: is of `bm`, which neither" in command(monkeypatch, {"DATA_DIR": tmp_path}, *check).stderr
    shutil.rmtree(folder / "profiles")
    head = (folder / "categories.yaml").read_text(encoding="utf-8")
    (folder / "categories.yaml").write_text(head + "- {id: flood, urgency: priority}\n", encoding="utf-8")
    french = (folder / "languages" / "fr.yaml").read_text(encoding="utf-8")
    (folder / "languages" / "fr.yaml").write_text(
        french.replace("\ncategories:\n", "\ncategories:\n  flood: Inondation\n")
    )
    lines = (folder / "training" / "messages.tsv").read_text(encoding="utf-8")
    messages = "".join(f"l'eau monte dans les cours numéro {n}\tfr\t\t\tflood\tpriority\tconcern\n" for n in range(20))
    (folder / "training" / "messages.tsv").write_text(lines + messages, encoding="utf-8")
    assert "model.zip: was trained for other categories: run" in command(monkeypatch, {}, *check).stderr
