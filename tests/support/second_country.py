"""The pack of a second, small country that the code does not know: invented places, two levels, one language, pesewas.

It uses the French texts of Mali's pack; only the country differs.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import yaml

from config.examples import COLUMNS
from tests.support.servers import ROOT

MALI = ROOT / "config" / "mali"
HEAD: dict[str, Any] = {
    "id": "savana", "version": "1", "country": "GH", "time_zone": "Africa/Accra", "currency": "GHS", "sms_price": 4,
    "languages": ["fr"], "service_code": "*920*44#", "short_code": "1920", "reports_per_day": 5,
    "default_meeting": "every 2nd tuesday 10:00", "digest_weekday": "monday", "digest_hour": 8, "quiet_from": 21,
    "quiet_until": 6, "referral_days": 14, "text_months": 12, "number_months": 6, "sms_per_hour": 20,
    "messages_per_minute": 600, "requests_per_minute": 60, "requests_per_session": 200,
    "paper_heading": ["RÉPUBLIQUE DE SAVANA"], "recommendation_days": 30,
    "levels": [
        {"id": "local", "of": "district", "name": "Comité de {area}"},
        {"id": "national", "of": "country", "name": "Comité national"},
    ],
    "services": ["assembly", "police", "higher", "protection_civile"], "above": "higher",
    "emergency_numbers": [
        {"service": "police", "numbers": ["191"], "confirmed_on": None},
        {"service": "protection_civile", "numbers": ["192"], "confirmed_on": None},
    ],
}  # fmt: skip
SERVICES = {
    "police": "Police", "protection_civile": "Pompiers", "assembly": "Assemblée", "higher": "Niveau national",
    "national": "Comité national",
}  # fmt: skip
DISTRICTS = {
    "north": ("Tamaloro", "Bolgande", "Wassipe", "Kumbungo"),
    "south": ("Akwabra", "Nsutamo", "Fanteso", "Mampora"),
}
QUARTERS = ("Zongolo", "Adumase", "Kwasiabo", "Sabonta", "Oforikro", "Tesano", "Gbawere", "Dansobi")


def second_country(folder: Path) -> Path:
    """Writes the pack into `folder`, without a model, and returns the folder."""
    folder.mkdir(parents=True)
    _write_yaml(folder / "pack.yaml", HEAD)
    for name in ("categories.yaml", "lexicon.yaml"):
        shutil.copy(MALI / name, folder / name)
    (folder / "languages").mkdir()
    french = yaml.safe_load((MALI / "languages" / "fr.yaml").read_text(encoding="utf-8"))
    _write_yaml(folder / "languages" / "fr.yaml", french | {"services": SERVICES})
    _write_areas(folder)
    _write_messages(folder)
    return folder


def districts() -> list[str]:
    """The codes of all districts, the smallest areas of this country."""
    return [f"sv-{name.lower()}" for names in DISTRICTS.values() for name in names]


def _write_areas(folder: Path) -> None:
    areas = [["code", "name", "kind", "parent", "lat", "lon", "variants"], ["sv", "Savana", "country", "", "", "", ""]]
    for province, names in DISTRICTS.items():
        areas.append([f"sv-{province}", province.title(), "province", "sv", "", "", ""])
        areas += [[f"sv-{name.lower()}", name, "district", f"sv-{province}", "", "", ""] for name in names]
    _write_csv(folder / "areas.csv", areas)
    places = [[name, code, "quarter", "", "invented"] for name, code in zip(QUARTERS, districts(), strict=True)]
    _write_csv(folder / "places.csv", [["name", "commune", "kind", "variants", "sources"], *places])
    installed = [[code, "2026-01-15", "invented"] for code in districts()[:6]]
    _write_csv(folder / "committees.csv", [["committee", "installed_on", "source"], *installed])


def _write_messages(folder: Path) -> None:
    """Every fourth of Mali's French messages without a place, and one message for each quarter of this country."""
    lines = ["\t".join(COLUMNS)]
    for path in sorted((MALI / "training").glob("*.tsv")):
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        lines += ["\t".join(row) for row in rows[1::4] if len(row) == len(COLUMNS) and row[1] == "fr" and not row[2]]
    for name, code in zip(QUARTERS, districts(), strict=True):
        lines.append("\t".join([f"on a volé ma moto à {name}", "fr", code, name, "theft", "routine", "concern"]))
    (folder / "training").mkdir()
    (folder / "training" / "messages.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_yaml(path: Path, values: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
