"""The list of concerns: its filters, its search, several treated at once, and what leads from one to the next."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from storage.enumerations import ConcernState
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway

ADMIN = "admin@example.org"
TEXTS = (
    "on a volé ma moto à Lafiabougou hier",
    "aucun lampadaire ne marche à Banconi",
    "au secours incendie au marché de Banconi maintenant",
)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    for number, text in enumerate(TEXTS):
        gateway.clock.forward(minutes=1)
        gateway.phone(f"+2237000100{number}").write(text)
        gateway.work()
    return sign_in(gateway, ADMIN)


def references(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern.reference).order_by(Concern.id)))


def states(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        return [state.value for state in transaction.scalars(select(Concern.state).order_by(Concern.id))]


def hidden_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page))


def rows_of(page: str, *picked: str) -> list[str]:
    """The values of the ticked boxes: each reference with the version that the page shows."""
    values = re.findall(r'name="pick" value="([^"]*)"', page)
    return [value for value in values if value.partition(" ")[0] in picked]


def pick(desk: Desk, act: str, *picked: str, path: str = "/queue/concerns", **fields: str) -> str:
    """Ticks rows of the list and presses a button under it; the page that follows."""
    page = desk.http.get(path).text
    form = re.search(r'<form method="post" action="(/queue/concerns[^"/]*)">(.*?)</form>', page, re.S)
    assert form
    data = {**hidden_in(form[2]), "pick": rows_of(form[2], *picked), "act": act, **fields}
    return unescape(desk.http.post(unescape(form[1]), data=data, follow_redirects=True).text)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("commune=Commune IV", 1),
        ("commune=banconi", 2),
        ("commune=Commune I (District de Bamako)", 2),
        ("urgency=emergency", 1),
        ("state=open", 3),
        ("channel=ussd", 0),
        ("channel=sms&kind=concern", 3),
        ("language=fr", 3),
        ("language=bm", 0),
        ("period=today", 3),
        ("since=2026-11-24&until=2026-11-24", 3),
        ("since=2026-11-25", 0),
        ("since=nonsense", 3),
        ("words=MOTO vole", 1),
        ("words=banconi", 2),
        ("words=banconi&urgency=emergency", 1),
        ("words=moto banconi", 0),
        ("asked=1", 0),
    ],
)
def test_each_filter_narrows_the_list(desk: Desk, query: str, count: int) -> None:
    assert f"{count} message{'s' if count > 1 else ''}." in desk.get(f"/queue/concerns?{query}"), query


def test_an_unknown_commune_is_said_and_filters_nothing(desk: Desk) -> None:
    page = desk.get("/queue/concerns?commune=Atlantide")
    assert "Commune inconnue : « Atlantide »" in page
    assert "3 messages." in page


def test_a_search_leaves_no_words_in_the_audit(gateway: Gateway, desk: Desk) -> None:
    desk.get("/queue/concerns?words=moto")
    with gateway.deployment.database.read() as transaction:
        line = transaction.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line
    assert (line.what, line.detail["searched"]) == ("concerns_listed", True)
    assert "moto" not in str(line.detail)


def test_a_number_in_a_text_is_masked_in_the_list_and_on_the_page(gateway: Gateway, desk: Desk) -> None:
    gateway.phone().write("appelez ma soeur au 76 00 12 34, on a cassé sa porte à Lafiabougou")
    gateway.work()
    for path in ("/queue/concerns", f"/queue/concerns/{references(gateway)[-1]}"):
        page = desk.get(path)
        assert "appelez ma soeur au #" in page
        assert "76 00 12 34" not in page


def test_the_filter_stays_from_the_list_to_a_concern_to_the_next_one_and_back(gateway: Gateway, desk: Desk) -> None:
    theft, lamps, fire = references(gateway)
    listing = desk.get("/queue/concerns?commune=banconi&state=open")
    link = re.search(rf'href="(/queue/concerns/{fire}[^"]*)"', listing)
    assert link
    assert "commune=banconi" in link[1]
    page = desk.get(link[1])
    assert f"/queue/concerns/{lamps}?commune=banconi&state=open" in page
    assert f"/queue/concerns/{theft}" not in page.partition("Messages semblables")[0]
    page = desk.send(link[1], "agenda")
    assert "À l'ordre du jour de la réunion du" in page
    assert f"/queue/concerns/{lamps}?commune=banconi&state=open" in page
    assert 'href="/queue/concerns?commune=banconi&state=open"' in page


def test_several_are_put_on_the_agenda_at_once_and_that_is_undone_at_once(gateway: Gateway, desk: Desk) -> None:
    theft, lamps, _ = references(gateway)
    page = pick(desk, "agenda", theft, lamps, path="/queue/concerns?state=open")
    assert "Mis à l'ordre du jour : 2." in page
    assert states(gateway) == ["on_agenda", "on_agenda", "received"]
    assert "Annulé." in desk.send("/queue/concerns", undo_address(desk))
    assert states(gateway) == ["received"] * 3


def undo_address(desk: Desk) -> str:
    match = re.search(r'action="[^"]*/(undo/\w+)', desk.get("/queue/"))
    assert match
    return match[1]


def test_one_answer_for_several_reaches_each(gateway: Gateway, desk: Desk) -> None:
    theft, lamps, _ = references(gateway)
    assert "Clos avec cette réponse : 2." in pick(desk, "close", theft, lamps, answer="Une patrouille passe.")
    gateway.undo_is_over()
    for number in ("+22370001000", "+22370001001"):
        assert "Une patrouille passe." in gateway.inbox(number)[-1]


def test_what_somebody_else_changed_is_left_and_the_rest_is_done(gateway: Gateway, desk: Desk) -> None:
    theft, lamps, _ = references(gateway)
    page = desk.http.get("/queue/concerns").text
    desk.send(f"/queue/concerns/{theft}", "agenda")
    data = {**hidden_in(page), "pick": [*rows_of(page, theft, lamps), "CCS-2222 1"], "act": "spam"}
    answer = unescape(desk.http.post("/queue/concerns", data=data, follow_redirects=True).text)
    assert "Écartés : 1. Laissés comme ils étaient : 2." in answer
    assert states(gateway) == ["on_agenda", "closed", "received"]


def test_what_is_set_aside_is_answered_to_nobody(gateway: Gateway, desk: Desk) -> None:
    theft, _, _ = references(gateway)
    before = len(gateway.inbox("+22370001000"))
    page = desk.send(f"/queue/concerns/{theft}", "aside", why="test")
    assert "Écarté : essai" in page
    gateway.undo_is_over()
    assert len(gateway.inbox("+22370001000")) == before
    with gateway.deployment.database.read() as transaction:
        kept = transaction.scalars(select(Concern).order_by(Concern.id)).first()
    assert kept
    assert (kept.state, kept.set_aside, kept.answer_sealed) == (ConcernState.CLOSED, "test", None)
    assert "Rouvert." in desk.send(f"/queue/concerns/{theft}", "reopen")
    assert states(gateway)[0] == "received"
