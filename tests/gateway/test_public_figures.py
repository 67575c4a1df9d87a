"""What anybody may see: figures of five and more, of whole months, and Open311 over the same."""

import csv
import io
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from storage.models import Concern
from storage.states import ConcernState
from tests.conftest import Gateway

IV, V = "ml-bamako-commune-iv", "ml-bamako-commune-v"


@pytest.fixture
def filled(gateway: Gateway) -> Gateway:
    """In October 13 thefts and 4 fires in Commune IV, 9 of armed groups in Commune V; in November 20 thefts."""
    gateway.clock.forward(days=-30)
    _add(gateway, IV, "theft", 13)
    _add(gateway, IV, "disaster", 4)
    _add(gateway, V, "armed_group", 9)
    gateway.clock.forward(days=30)
    _add(gateway, IV, "theft", 20)
    return gateway


def _add(gateway: Gateway, commune: str, category: str, count: int) -> None:
    now = gateway.clock()
    with gateway.deployment.database.write() as open_:
        for number in range(count):
            mark = f"{commune[-4:]}{category[:3]}{now.month}{number}"
            open_.add(
                Concern(
                    reference=f"CCS-{mark}"[:16],
                    source=mark.encode(),
                    channel="sms",
                    received_at=now,
                    commune=commune,
                    category=category,
                    state=ConcernState.RECEIVED,
                )
            )


def test_small_numbers_this_month_and_sensitive_matters_are_not_told(filled: Gateway) -> None:
    told = filled.http.get("/figures.json").get_json()
    assert told["figures"] == [
        {"month": "2026-10", "commune_code": IV, "commune": "Commune IV", "category": "theft", "count": 10}
    ]
    rows = list(csv.DictReader(io.StringIO(filled.http.get("/figures.csv").text)))
    assert [(row["commune"], row["count"]) for row in rows] == [("Commune IV", "10")]
    page = filled.http.get("/figures").text
    assert "10 ou plus" in page
    assert "Groupe" not in page


def test_open311_services_and_requests_as_json_and_xml(filled: Gateway) -> None:
    services = filled.http.get("/open311/v2/services.json").get_json()
    codes = {one["service_code"] for one in services}
    assert "theft" in codes
    assert "gbv" not in codes
    assert {"service_name", "description", "metadata", "type", "keywords", "group"} <= set(services[0])
    (one,) = filled.http.get("/open311/v2/requests.json").get_json()
    assert (one["service_code"], one["status"], one["address"]) == ("theft", "open", "Commune IV")
    assert one["requested_datetime"] == "2026-10-01T00:00:00Z"
    top = ElementTree.fromstring(filled.http.get("/open311/v2/requests.xml").data)
    assert (top.tag, top[0].findtext("service_request_id")) == ("service_requests", one["service_request_id"])
    assert filled.http.get(f"/open311/v2/requests/{one['service_request_id']}.json").get_json() == [one]
    assert ElementTree.fromstring(filled.http.get("/open311/v2/services.xml").data).tag == "services"


@pytest.mark.parametrize(
    ("query", "check"),
    [
        ("service_code=theft", lambda got: len(got.get_json()) == 1),
        ("service_code=fraud", lambda got: got.get_json() == []),
        ("status=closed", lambda got: got.get_json() == []),
        ("status=Open", lambda got: len(got.get_json()) == 1),
        ("status=open,closed", lambda got: len(got.get_json()) == 1),
        ("status=x", lambda got: got.status_code == 400),
        ("start_date=2026-10-02T00:00:00Z", lambda got: got.get_json() == []),
        ("end_date=2026-10-31T00:00:00Z", lambda got: len(got.get_json()) == 1),
        ("start_date=2026-10-01T00:00:00+00:00", lambda got: len(got.get_json()) == 1),
        ("start_date=2026-10-01T02:00:00.000+0200", lambda got: len(got.get_json()) == 1),
        ("start_date=2026-10-01T00:00:00-01:00", lambda got: got.get_json() == []),
        ("end_date=2026-10-01 00:00:00", lambda got: len(got.get_json()) == 1),
        ("start_date=yesterday", lambda got: got.status_code == 400 and got.get_json()[0]["code"] == "400"),
        ("page=0", lambda got: got.status_code == 400),
        ("page=2", lambda got: got.get_json() == []),
        ("service_request_id=nothing", lambda got: got.get_json() == []),
    ],
)
def test_arguments_of_the_standard(filled: Gateway, query: str, check: Callable[..., bool]) -> None:
    assert check(filled.http.get(f"/open311/v2/requests.json?{query}"))


@pytest.mark.parametrize("path", ["requests.yaml", "services.html", "requests/nothing.json", "requests/x.csv"])
def test_what_is_not_there_is_404(filled: Gateway, path: str) -> None:
    assert filled.http.get(f"/open311/v2/{path}").status_code == 404
