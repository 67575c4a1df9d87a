"""Corrections become examples; a new model is used only if it is not worse, and the old one can be brought back."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from config.examples import Example, load_examples
from config.pack.loader import load_pack
from flows.triage.model import ModelFile
from gateway.runtime.model_store import bring_back, read_triage, take_into_use, train_model
from gateway.worker.parts import WorkerParts
from storage.concerns.concerns import NewConcern, file_concern
from storage.concerns.corrections import kept_examples
from storage.tables.concerns import Concern, Correction
from tests.support.commands import Run, rows
from tests.support.folders import made_once
from tests.support.gateway import Gateway
from tests.support.old_models import older
from tests.support.phones import reference_in
from tests.support.queue_pages import ADMIN, act, sign_in, written
from tests.support.servers import ROOT

PACK = ROOT / "config" / "mali"
EACH = 5
"""Messages that each writer has in the small pack, which is trained in seconds."""


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack with a few messages of each writer, and the model trained with them."""
    return made_once(tmp_path_factory, "small-pack", _train_small)


def _train_small(folder: Path) -> None:
    shutil.copytree(PACK, folder, dirs_exist_ok=True)
    for path in (folder / "training").glob("*.tsv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        head = next(at for at, line in enumerate(lines) if not line.startswith("#"))
        messages = lines[head + 1 :]
        step = max(1, len(messages) // EACH)
        path.write_text("\n".join([*lines[: head + 1], *messages[::step]]) + "\n", encoding="utf-8")
    pack = load_pack(folder)
    (folder / "model.zip").write_bytes(train_model(pack, None, load_examples(pack, folder), []).data)


@pytest.fixture
def small(trained_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = shutil.copytree(trained_once, tmp_path / "small")
    monkeypatch.setenv("PACK", str(folder))
    return folder


def corrections(gateway: Gateway) -> list[Correction]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Correction)))


def test_each_correction_in_the_queue_is_kept_as_an_example(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    concern = written(gateway, "le moulin tourne toute la nuit à Banconi")
    http = sign_in(gateway)
    act(http, concern.reference, "correct", commune="ml-bamako-commune-i", category="theft")
    act(http, concern.reference, "correct", commune="ml-bamako-commune-i", category="nuisance")
    assert [(kept.commune, kept.category) for kept in corrections(gateway)] == [("ml-bamako-commune-i", "nuisance")]
    with gateway.deployment.database.read() as transaction:
        (example,) = kept_examples(transaction, gateway.deployment.vault)
    assert (example.text, example.category, example.kind) == (
        "le moulin tourne toute la nuit à Banconi", "nuisance", "concern",
    )  # fmt: skip


def test_a_correction_goes_with_its_concern(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    concern = written(gateway)
    act(sign_in(gateway), concern.reference, "correct", commune="ml-bamako-commune-i", category="fraud")
    with gateway.deployment.database.write() as transaction:
        transaction.get_one(Concern, concern.id).text_sealed = None
    with gateway.deployment.database.read() as transaction:
        assert list(kept_examples(transaction, gateway.deployment.vault)) == []


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_model_is_trained_taken_into_use_by_a_running_worker_and_brought_back(
    gateway: Gateway, run: Run, small: Path, worker: WorkerParts
) -> None:
    deployment, _ = worker.get()
    shipped = deployment.triage.model.version
    (small / "training" / "writer-01.tsv").unlink()  # other messages give another model
    result: Result = run("train")
    assert result.exit_code == 0, result.stderr
    assert "by writers whom the model has not seen" in result.stdout
    assert "95 % bounds" in result.stdout
    trained = worker.get()[0].triage.model.version
    assert trained != shipped
    assert read_triage(deployment.pack, deployment.settings).model.version == trained
    assert run("train", "--back", "nonsense").exit_code == 2
    assert run("train", "--back").stdout == "in use: the pack's own\n"
    assert worker.get()[0].triage.model.version == shipped
    assert "none before it" in run("train", "--back").stderr


@pytest.fixture
def worker() -> Iterator[WorkerParts]:
    """A worker's parts in this process, made from the settings of the test."""
    made = WorkerParts()
    yield made
    made.close()


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_model_that_is_worse_is_refused(gateway: Gateway, run: Run, small: Path) -> None:
    """If every third message is corrected to noise, the new model is worse and the one in use stays."""
    deployment = gateway.deployment
    wrong = [example for example in load_examples(deployment.pack, small) if example.category != "nuisance"][::3]
    with deployment.database.write() as transaction:
        for number, example in enumerate(wrong):
            new = NewConcern(("test", str(number)), "sms", example.text, commune="ml-bamako-commune-i")
            kept, _ = file_concern(transaction, deployment.vault, new, gateway.clock())
            row = Correction(
                concern_id=kept.id, commune="ml-bamako-commune-i", category="nuisance", corrected_at=gateway.clock()
            )
            transaction.add(row)
    refused = run("train")
    assert refused.exit_code == 1, refused.stdout
    assert "it is worse than the model in use, which stays" in refused.stderr
    assert "category fell from" in refused.stderr
    assert read_triage(deployment.pack, deployment.settings).model.version == deployment.triage.model.version


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_single_citizens_words_cannot_be_read_off_a_model(gateway: Gateway, small: Path) -> None:
    pack = load_pack(small)
    examples = load_examples(pack, small)
    secret = Example("vol chez Zanzibarka Qwertiouna", "fr", None, None, "theft", "routine", "concern", "number 1")
    twice = [secret, replace(secret, text=f"{secret.text} hier"), replace(secret, text=f"encore un {secret.text}")]
    model, _ = ModelFile.decode(train_model(pack, None, examples, [*twice, replace(secret, writer="number 2")]).data)
    assert not any("zanzi" in feature or "qwert" in feature for feature in (*model.vocabulary, *model.across))
    assert "zanzibarka" not in model.everyday


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_model_that_was_taken_into_use_twice_is_the_one_before_itself(gateway: Gateway, small: Path) -> None:
    data = (small / "model.zip").read_bytes()
    version = ModelFile.decode(data)[1]
    for _ in range(2):
        take_into_use(gateway.deployment.settings, version, data)
    assert bring_back(gateway.deployment.settings) == version


@pytest.mark.parametrize(
    ("harm", "message"),
    [("empty", "is missing"), ("older", "of another release"), ("gone", "cannot be read")],
)
@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_with_an_own_model_that_cannot_be_read_messages_are_read_by_the_packs(
    gateway: Gateway, run: Run, small: Path, harm: str, message: str
) -> None:
    """As after an upgrade: nothing stops, and the log says what to do, which helps."""
    settings = gateway.deployment.settings.model_copy(update={"pack": small})
    pack = load_pack(small)
    shipped = read_triage(pack, settings).model.version
    own = take_into_use(settings, shipped, (small / "model.zip").read_bytes())
    if harm == "gone":
        own.unlink()
    else:
        own.write_bytes(b"" if harm == "empty" else older(own.read_bytes()))
    assert read_triage(pack, settings).model.version == shipped
    result = run("classify", input='{"id": 1, "text": "vol de moto"}')
    assert json.loads(result.stdout)["id"] == 1
    assert message in result.stderr
    assert "run `gateway train`" in result.stderr
    assert run("train").exit_code == 0
    assert read_triage(pack, settings).model.version == own.stem


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_pack_with_a_model_of_another_release_is_told_what_to_do(run: Run, small: Path) -> None:
    (small / "model.zip").write_bytes(older((small / "model.zip").read_bytes()))
    for command in (("pack", "check"), ("doctor",), ("concerns", "list"), ("classify",)):
        result = run(*command)
        assert result.exit_code == 1
        assert result.stderr.endswith("model.zip: is a model of another release: run `gateway train --into-pack`\n")
    assert run("train", "--into-pack").exit_code == 0
    assert run("pack", "check").exit_code == 0


def test_the_same_words_of_one_number_within_an_hour_are_one_concern(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    phone = gateway.phone()
    for text in ("on a volé ma moto à Lafiabougou hier", "On a vole ma moto a lafiabougou hier !"):
        phone.write(text)
        gateway.work()
        gateway.clock.forward(minutes=20)
    first, again = gateway.inbox(phone.msisdn)
    assert "message recu" in first
    assert "nous avons bien recu" in again
    reference = reference_in(first)
    assert reference in again
    http = sign_in(gateway)
    assert "1 message" in http.get("/queue/concerns").text
    assert "redit par le même numéro" in http.get(f"/queue/concerns/{reference}").text
    with gateway.deployment.database.read() as transaction:
        assert len(transaction.scalars(select(Concern)).all()) == 2  # both are kept
    act(http, reference, "close", answer="Des patrouilles passent.")
    with gateway.deployment.database.read() as transaction:
        repeated = transaction.scalars(select(Concern).where(Concern.duplicate_of.is_not(None))).one()
    phone.write(f"SUIVI {repeated.reference}")
    gateway.work()
    assert gateway.inbox(phone.msisdn)[-1] == f"CCS {reference} : clos. Des patrouilles passent."


@pytest.mark.parametrize(
    "second",
    [
        "on a volé ma moto à Banconi hier",
        "incendie à Lafiabougou maintenant, ma moto brûle",
        "on a volé ma moto à Lafiabougou hier et blessé mon frère avec un couteau",
        "on a volé 3 motos à Lafiabougou hier",
    ],
)
def test_what_says_something_else_is_a_concern_of_its_own(gateway: Gateway, second: str) -> None:
    phone = gateway.phone()
    phone.write("on a volé ma moto à Lafiabougou hier")
    phone.write(second)
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        assert [concern.duplicate_of for concern in transaction.scalars(select(Concern))] == [None, None]


def test_the_same_words_a_day_later_or_from_somebody_else_are_a_concern_of_their_own(gateway: Gateway) -> None:
    gateway.phone().write("on a volé ma moto à Lafiabougou")
    gateway.phone("+22370001002").write("on a volé ma moto à Lafiabougou")
    gateway.work()
    gateway.clock.forward(days=1)
    gateway.phone().write("on a volé ma moto à Lafiabougou")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        assert [concern.duplicate_of for concern in transaction.scalars(select(Concern))] == [None, None, None]


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_labelled_file_is_scored_and_a_broken_one_named_by_line(run: Run, tmp_path: Path) -> None:
    result = run("evaluate", str(PACK / "training"), "--set-aside")
    assert result.exit_code == 0, result.stderr
    assert "emergencies found" in result.stdout
    assert "calibration" in result.stdout
    (row,) = rows(run("evaluate", str(PACK / "training" / "writer-24.tsv"), "--json"))
    assert float(str(row["category"])) > 0.9
    head = "text\tlanguage\tcommune\tplace\tcategory\turgency\tkind\n"
    for line, message in (
        ("vol\tfr\t\t\tthievery\troutine\tconcern", "labelled.tsv:2: `thievery` is no category"),
        ("vol\tfr\tAtlantis\t\ttheft\troutine\tconcern", "labelled.tsv:2: `Atlantis` is no commune"),
        ("vol\tfr\tBamba\t\ttheft\troutine\tconcern", "labelled.tsv:2: `Bamba` is several communes"),
        ("vol", "labelled.tsv:2: must have 7 cells"),
    ):
        (tmp_path / "labelled.tsv").write_text(f"{head}{line}\n")
        refused = run("evaluate", str(tmp_path / "labelled.tsv"))
        assert refused.exit_code == 1
        assert refused.stderr.startswith(message)
    (tmp_path / "labelled.tsv").write_text("nonsense\n")
    assert "the head must be" in run("evaluate", str(tmp_path / "labelled.tsv")).stderr


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_villages_are_imported_whole_or_not_at_all(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "pack"
    shutil.copytree(PACK, copy)
    monkeypatch.setenv("PACK", str(copy))
    head = "commune_code,name,lat,lon\n"
    villages = tmp_path / "villages.csv"
    villages.write_text(f"{head}ml-koulikoro-kati-kati,Zoromina,12.1,-8.0\nml-atlantis,Nowhere,,\n")
    refused = run("places", "import", str(villages))
    assert (refused.exit_code, refused.stderr) == (
        1, "nothing imported: villages.csv:3: ml-atlantis is no commune of areas.csv\n",
    )  # fmt: skip
    villages.write_text(f"{head}ml-koulikoro-kati-kati,Zoromina,12.1,-8.0\n")
    assert "nothing imported" in run("places", "import", str(villages), "--dry-run").stdout
    assert not (copy / "villages.csv").exists()
    assert "1 villages in 1 communes imported" in run("places", "import", str(villages)).stdout
    (row,) = rows(run("classify", input='{"id": 1, "text": "des bandits a zoromina"}\n'))
    assert (row["commune"], row["place"]) == ("Kati", "Zoromina")
    villages.write_text(
        "\ufeffCommune_Code;Name;Lat;Lon;\r\nml-koulikoro-kati-kati;Dionfala\x0b;12,1;-8,0;\r\n;;;;\r\n"
    )
    assert "1 villages in 1 communes imported" in run("places", "import", str(villages)).stdout
    assert (copy / "villages.csv").read_text() == f'{head}ml-koulikoro-kati-kati,Dionfala,"12,1","-8,0"\n'
    assert run("pack", "check").exit_code == 0
    villages.write_bytes("commune_code;name;lat;lon\nml-koulikoro-kati-kati;Sèbougou;;\n".encode("mac_roman"))
    assert "villages.csv:2: these letters cannot be read" in run("places", "import", str(villages)).stderr
