"""Pages of committees stay light: a heading each, and few questions to the database however much there is."""

import pytest

from storage.enumerations import Role
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import item, told
from tests.support.gateway import Gateway
from tests.support.queries import asked_queries

COMMUNE_IV = "ml-bamako-commune-iv"
MOST_QUERIES = 12
PLACES = ("Lafiabougou", "Hamdallaye", "Sébénicoro", "Lassa")


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator("pays@example.org", Role.ADMINISTRATOR)
    return sign_in(gateway, "pays@example.org")


def test_each_page_has_a_heading_and_asks_at_most_twelve_times(gateway: Gateway, desk: Desk) -> None:
    items = [
        told(gateway, f"on a volé ma moto devant la mosquée à {place}", f"+223700060{at}{number}")
        for at, place in enumerate(PLACES)
        for number in range(3)
    ]
    for id, act in zip(dict.fromkeys(items), ("agenda", "recommend", "refer", "decide"), strict=False):
        desk.send(f"/queue/items/{id}", act, said="Éclairer la place.", to="police", until="2026-12-20")
    committee = f"/queue/committees/{COMMUNE_IV}"
    pages = [
        "/queue/committees",
        committee,
        f"{committee}/services",
        f"{committee}/meetings/{item(gateway, items[0]).meeting_id}",
        *(f"/queue/items/{id}" for id in dict.fromkeys(items)),
        "/queue/meetings",
        "/queue/recommendations",
        "/queue/recommendations/R-2026-001",
    ]
    for path in pages:
        with asked_queries(gateway.deployment.database) as statements:
            answer = desk.http.get(path)
        assert answer.status_code == 200, path
        assert answer.text.count("<h1") == 1, path
        assert len(statements) <= MOST_QUERIES, (path, statements)
