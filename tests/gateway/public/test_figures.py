"""The public figures: numbers from five on, whole months only, and the same by Open311."""

import csv
import io
import itertools
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import provider_routing
from gateway.public import figures
from gateway.worker.dispatcher import sweep_all
from storage.concerns.concerns import NewConcern, file_concern
from storage.people.contacts import ensure_contact
from tests.support.browsing import shown
from tests.support.gateway import Gateway

_ids = itertools.count()
IV, V = "ml-bamako-commune-iv", "ml-bamako-commune-v"


@pytest.fixture
def filled(gateway: Gateway) -> Gateway:
    """In October 14 people told of thefts and 4 of fires in Commune IV, 9 of armed groups in Commune V; 20 in November
    of thefts. October is published."""
    gateway.clock.forward(days=-30)
    _add(gateway, IV, "theft", 14)
    _add(gateway, IV, "disaster", 4)
    _add(gateway, V, "armed_group", 9)
    gateway.clock.forward(days=30)
    _add(gateway, IV, "theft", 20)
    _publish(gateway)
    return gateway


def _publish(gateway: Gateway) -> None:
    """Publishes the figures as the worker does each minute; pages show them at most five minutes later."""
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))
    figures._kept.clear()


def _add(gateway: Gateway, commune: str, category: str, count: int, people: int | None = None) -> None:
    """So many reports of as many people, or of fewer; `people` 0 is without a number."""
    now, vault = gateway.clock(), gateway.deployment.vault
    with gateway.deployment.database.write() as transaction:
        for number in range(count):
            contact: int | None = None
            if people != 0:
                msisdn = Msisdn(f"+2237{now.month:02d}{number % (people or count):05d}")
                contact = ensure_contact(transaction, vault, msisdn, now, reachable=False).id
            new_concern = NewConcern(("test", str(next(_ids))), "sms", "", contact)
            concern, _ = file_concern(transaction, vault, new_concern, now)
            concern.commune, concern.category = commune, category


def _told(gateway: Gateway) -> list[tuple[str, str, int]]:
    rows = gateway.http.get("/figures.json").get_json()["figures"]
    return [(row["month"], row["category"], row["count"]) for row in rows]


def test_a_month_that_was_published_never_changes(filled: Gateway) -> None:
    before = _told(filled)
    filled.clock.forward(days=-30)
    _add(filled, IV, "theft", 90)
    _add(filled, IV, "disaster", 95)
    filled.clock.forward(days=30)
    _publish(filled)
    assert _told(filled) == before == [("2026-10", "theft", 10)]
    assert len(filled.http.get("/open311/v2/requests.json").get_json()) == 1
    filled.clock.forward(days=30)
    _publish(filled)
    assert [month for month, _, _ in _told(filled)] == ["2026-11", "2026-10"]


def test_messages_of_one_number_or_of_none_make_no_cell(gateway: Gateway) -> None:
    gateway.clock.forward(days=-30)
    _add(gateway, IV, "theft", 3)
    _add(gateway, IV, "theft", 40, people=1)
    _add(gateway, IV, "disaster", 60, people=0)
    gateway.clock.forward(days=30)
    _publish(gateway)
    assert _told(gateway) == []


def test_whoever_adds_reports_of_their_own_does_not_know_how_many_make_a_cell(gateway: Gateway) -> None:
    """Each cell has an offset of its own: five people show in some cells and not in others, nine in all."""
    plain = [category.id for category in gateway.deployment.pack.categories.values() if not category.sensitive]
    gateway.clock.forward(days=-30)
    for category in plain:
        _add(gateway, IV, category, 5)
        _add(gateway, V, category, 9)
    gateway.clock.forward(days=30)
    _publish(gateway)
    rows = gateway.http.get("/figures.json").get_json()["figures"]
    assert {row["count"] for row in rows} == {5}
    assert sum(row["commune_code"] == V for row in rows) == len(plain)
    assert 0 < sum(row["commune_code"] == IV for row in rows) < len(plain)


@pytest.mark.parametrize("ask", ["sms", "ussd"])
def test_a_committee_is_told_of_with_the_published_figure_of_its_last_month_alone(filled: Gateway, ask: str) -> None:
    def said(commune: str) -> str:
        phone = filled.phone("+22376003001")
        if ask == "ussd":
            if "Bamanankan" in phone.dial():
                phone.type("1")
            return phone.type("3", commune)
        phone.write(f"CCS {commune}")
        filled.work()
        return filled.inbox("+22376003001")[-1]

    before = said("lafiabougou")
    assert "Le mois dernier : 10 personnes ou plus." in before
    _add(filled, IV, "theft", 30)
    assert said("lafiabougou") == before
    _add(filled, V, "misconduct", 30)
    assert "mois" not in said("commune v")


def test_the_menu_begins_with_what_many_report_and_never_with_what_is_sensitive(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.report()

    def order() -> list[str]:
        phone.dial()
        return re.findall(r"^\d+\.? (.+)$", phone.type("1", "2"), re.M)

    gateway.clock.forward(days=1)
    usual = order()
    _add(gateway, IV, "gbv", 60)
    _add(gateway, IV, "disaster", 9)
    _add(gateway, IV, "conflict", 90, people=1)
    gateway.clock.forward(days=1)
    assert order() == usual
    _add(gateway, IV, "disaster", 20)
    gateway.clock.forward(days=1)
    labels = gateway.deployment.pack.first_language.categories
    assert order()[0] == labels["disaster"] != usual[0]


def test_small_numbers_this_month_and_sensitive_matters_are_not_told(filled: Gateway) -> None:
    published = filled.http.get("/figures.json").get_json()
    assert published["figures"] == [
        {"month": "2026-10", "commune_code": IV, "commune": "Commune IV", "category": "theft", "count": 10}
    ]
    rows = list(csv.DictReader(io.StringIO(filled.http.get("/figures.csv").text)))
    assert [(row["commune"], row["count"]) for row in rows] == [("Commune IV", "10")]
    page = filled.http.get("/figures").text
    assert "10 ou plus" in page
    assert "Groupe" not in page


def test_the_page_draws_sums_of_published_cells_and_of_nothing_else(filled: Gateway) -> None:
    """Ten of the fourteen people show; the four of the fire, the sensitive ones and this month do not, in no sum."""
    page = shown(filled.http.get("/figures").text)
    assert "Ce que les citoyens signalent : octobre 2026" in page
    numbers = set(re.findall(r"<td>(\d+)</td>|>(\d+)\+</text>|class=\"number\"[^>]*>(\d+)", page))
    assert {number for found in numbers for number in found if number} == {"10"}
    for tile in ("District de Bamako 10,", "Commune IV 10,", "Commune V rien de publié", "Kayes rien de publié,"):
        assert tile in page, tile
    assert "Feu, inondation" not in page
    assert "novembre" not in page.split("Langue")[0]


def test_a_month_is_chosen_and_all_months_have_a_chart_of_months(filled: Gateway) -> None:
    filled.clock.forward(days=30)
    _publish(filled)
    newest = shown(filled.http.get("/figures").text)
    assert "novembre 2026</h1>" in newest
    assert 'id="months"' not in newest
    assert "octobre 2026</h1>" in shown(filled.http.get("/figures?month=2026-10").text)
    assert "novembre 2026</h1>" in shown(filled.http.get("/figures?month=atlantis").text)
    everything = shown(filled.http.get("/figures?month=all").text)
    assert "tous les mois publiés</h1>" in everything
    months = everything.split('id="months"')[1].split("</section>")[0]
    assert [int(count) for count in re.findall(r"<td>(\d+)</td>", months)] == [10, 15]


@pytest.mark.parametrize(
    ("figure", "rows"),
    [
        ("categories", [["Vol, cambriolage", "10"]]),
        ("communes", [["Commune IV (District de Bamako)", "10"]]),
        ("cells", [["10/2026", "Commune IV", "Vol, cambriolage", "10 ou plus"]]),
        ("months", [["octobre 2026", "10"]]),
    ],
)
def test_each_chart_has_its_table_as_a_file(filled: Gateway, figure: str, rows: list[list[str]]) -> None:
    answer = filled.http.get(f"/figures.csv?figure={figure}&month=all")
    text = answer.data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:] == rows
    assert filled.http.get("/figures.csv?figure=nothing").status_code == 404


def test_without_figures_the_page_says_so(gateway: Gateway) -> None:
    figures._kept.clear()
    assert "Pas encore de chiffres à montrer." in gateway.http.get("/figures").text


def test_open311_services_and_requests_as_json_and_xml(filled: Gateway) -> None:
    services = filled.http.get("/open311/v2/services.json").get_json()
    codes = {service["service_code"] for service in services}
    assert "theft" in codes
    assert "gbv" not in codes
    assert {"service_name", "description", "metadata", "type", "keywords", "group"} <= set(services[0])
    (service,) = filled.http.get("/open311/v2/requests.json").get_json()
    assert (service["service_code"], service["status"], service["address"]) == ("theft", "open", "Commune IV")
    assert service["requested_datetime"] == "2026-10-01T00:00:00Z"
    top = ElementTree.fromstring(filled.http.get("/open311/v2/requests.xml").data)
    assert (top.tag, top[0].findtext("service_request_id")) == ("service_requests", service["service_request_id"])
    assert filled.http.get(f"/open311/v2/requests/{service['service_request_id']}.json").get_json() == [service]
    assert ElementTree.fromstring(filled.http.get("/open311/v2/services.xml").data).tag == "services"


@pytest.mark.parametrize(
    ("query", "check"),
    [
        ("service_code=theft", lambda answer: len(answer.get_json()) == 1),
        ("service_code=fraud", lambda answer: answer.get_json() == []),
        ("status=closed", lambda answer: answer.get_json() == []),
        ("status=Open", lambda answer: len(answer.get_json()) == 1),
        ("status=open,closed", lambda answer: len(answer.get_json()) == 1),
        ("status=x", lambda answer: answer.status_code == 400),
        ("start_date=2026-10-02T00:00:00Z", lambda answer: answer.get_json() == []),
        ("end_date=2026-10-31T00:00:00Z", lambda answer: len(answer.get_json()) == 1),
        ("start_date=2026-10-01T00:00:00+00:00", lambda answer: len(answer.get_json()) == 1),
        ("start_date=2026-10-01T02:00:00.000+0200", lambda answer: len(answer.get_json()) == 1),
        ("start_date=2026-10-01T00:00:00-01:00", lambda answer: answer.get_json() == []),
        ("end_date=2026-10-01 00:00:00", lambda answer: len(answer.get_json()) == 1),
        ("start_date=yesterday", lambda answer: answer.status_code == 400 and answer.get_json()[0]["code"] == "400"),
        ("page=0", lambda answer: answer.status_code == 400),
        ("page=2", lambda answer: answer.get_json() == []),
        ("service_request_id=nothing", lambda answer: answer.get_json() == []),
    ],
)
def test_arguments_of_the_standard(filled: Gateway, query: str, check: Callable[..., bool]) -> None:
    assert check(filled.http.get(f"/open311/v2/requests.json?{query}"))


@pytest.mark.parametrize("path", ["requests.yaml", "services.html", "requests/nothing.json", "requests/x.csv"])
def test_what_is_not_there_is_404(filled: Gateway, path: str) -> None:
    assert filled.http.get(f"/open311/v2/{path}").status_code == 404
