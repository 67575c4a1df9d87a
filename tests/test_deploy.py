"""The manifests of `deploy/` and `compose.yaml` start what is there, with settings that exist."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.settings import Settings
from gateway.healthcheck import CHECKS
from tests.support.servers import ROOT

MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").rglob("*.yaml"))
KUBERNETES = ("1.31", kubernetes_validate.latest_version())
"""The oldest release that the manifests are for, and the newest whose schemas the validator carries."""
NO_SETTINGS = {"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS", "IMAGE"}
COMMANDS = {
    ("python", "wsgi.py"),
    ("python", "worker.py"),
    ("python", "worker.py", "timetable"),
    ("python", "-m", "gateway.local.prepare"),
}


def documents() -> Iterator[dict[str, Any]]:
    for file in MANIFESTS:
        yield from yaml.safe_load_all(file.read_text())


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents():
        if template := document.get("spec", {}).get("template"):
            yield f"{document['kind']} {document['metadata']['name']}", template["spec"]


@pytest.mark.parametrize("release", KUBERNETES)
@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_kubernetes_accepts_every_manifest(file: Path, release: str) -> None:
    for document in yaml.safe_load_all(file.read_text()):
        kubernetes_validate.validate(document, release, strict=True)


def test_the_manifests_run_every_process_of_the_gateway() -> None:
    commands = {tuple(container["command"]) for _, pod in pods() for container in pod["containers"]}
    assert commands == COMMANDS
    kinds = {document["kind"] for document in documents()}
    assert kinds >= {"ConfigMap", "Secret", "Job", "Deployment", "StatefulSet", "Service", "HorizontalPodAutoscaler"}


def test_every_pod_is_bounded_unprivileged_and_watched() -> None:
    for name, pod in pods():
        assert pod["securityContext"]["runAsNonRoot"], name
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"], name
            assert container["resources"]["limits"]["memory"], name
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, name
            assert "livenessProbe" in container or name.startswith("Job"), name
            for probe in ("startupProbe", "livenessProbe"):
                asked = container.get(probe, {}).get("exec", {}).get("command")
                assert asked is None or (asked[:3] == ["python", "-m", "gateway.healthcheck"] and asked[3] in CHECKS)


def test_manifests_and_compose_name_settings_that_exist() -> None:
    known = {name.upper() for name in Settings.model_fields}
    named = {name for document in documents() for part in ("data", "stringData") for name in document.get(part, {})}
    named |= {
        entry["name"] for _, pod in pods() for container in pod["containers"] for entry in container.get("env", ())
    }
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    named |= {name for service in services.values() for name in service.get("environment", {})}
    assert named - NO_SETTINGS <= known
    assert {"SECRET_KEYS", "DATABASE_URL", "REDIS_URL", "ENVIRONMENT"} <= named


def test_compose_runs_each_process_once_the_database_is_migrated() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: service for name, service in services.items() if "build" in service}
    assert {tuple(service["command"]) for service in ours.values()} == COMMANDS
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in ours.values())
    for name in ours.keys() - {"migration"}:
        assert ours[name]["depends_on"]["migration"]["condition"] == "service_completed_successfully"
        assert ours[name]["healthcheck"]["test"][-1] in CHECKS
