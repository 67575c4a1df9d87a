"""Misconduct of agents is hidden from the commune's committee, and from everybody whose area is that commune."""

import pytest
from sqlalchemy import select

from gateway.committees.agenda_items import lock_item
from gateway.committees.recommendations import recommend
from storage.enumerations import ConcernState, Role
from storage.tables.audit import AuditLine
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.access_steps import filled, state
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway

COMMUNE_IV, DISTRICT = "ml-bamako-commune-iv", "ml-bamako"
WORDS = "les agents demandent de l'argent sans reçu au barrage de Lafiabougou"
ASKED = "Contrôler les barrages."
AREAS = (COMMUNE_IV, "ml-bamako-commune-i", DISTRICT, "ml-kayes", "ml")


def the_concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id)).first()  # type: ignore[return-value]


def wrote(gateway: Gateway, text: str = WORDS, people: int = 1) -> Concern:
    for number in range(people):
        gateway.phone(f"+223700050{number:02d}").write(text)
        gateway.clock.forward(minutes=2)
    gateway.work()
    return the_concern(gateway)


@pytest.fixture
def known(gateway: Gateway) -> dict[str, str]:
    """Similar messages of eleven people about agents in Commune IV: an item of the district, recommended to the top."""
    concern = wrote(gateway, people=11)
    assert (concern.category, concern.commune, concern.committee) == ("misconduct", COMMUNE_IV, DISTRICT)
    assert concern.item_id
    with gateway.deployment.database.write() as transaction:
        item = lock_item(transaction, concern.item_id)
        number = recommend(gateway.deployment, transaction, item, "district@example.org", ASKED).number
        meeting = item.meeting_id
    return {"people": "999", "items": str(concern.item_id), "meetings": str(meeting), "broadcasts": "1", "messages": "1",
            "code": DISTRICT, "reference": concern.reference, "number": number}  # fmt: skip


def token(desk: Desk) -> str:
    return desk.http.get("/queue/account").text.split('name="csrf_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("role", list(Role))
def test_each_route_for_each_role_and_area(gateway: Gateway, known: dict[str, str], role: Role, area: str) -> None:
    gateway.administrator("who@example.org", role, area)
    desk, before = sign_in(gateway, "who@example.org"), state(gateway)
    sees = role is Role.ADMINISTRATOR and area in (DISTRICT, "ml")
    queue = desk.http.get("/queue/concerns").text
    assert (known["reference"] in queue) is sees
    if role is not Role.AUDITOR:
        assert f'class="count">{11 if sees else 0} message' in queue
    assert ("sans reçu" in desk.http.get("/queue/campaigns").text) is sees
    for path in ("concerns/{reference}", "items/{items}", "recommendations/{number}"):
        answer = desk.http.get(f"/queue/{path.format(**known)}")
        assert answer.status_code == (200 if sees else 403 if role is Role.AUDITOR else 404), path
    if sees:
        return
    form = {"csrf_token": token(desk), "version": "1", "said": "C'est fait.", "answer": "C'est fait.",
            "commune": COMMUNE_IV, "category": "theft"}  # fmt: skip
    for rule in gateway.app.url_map.iter_rules():
        if not str(rule).startswith("/queue/") or rule.endpoint.startswith("login.") or "static" in rule.endpoint:
            continue
        gateway.deployment.redis.flushall()  # who opens much in vain is slowed down, which is tested elsewhere
        path, about_it = filled(rule, known), bool(rule.arguments & {"reference", "number"}) or "/items/" in str(rule)
        if "GET" in (rule.methods or ()):
            answer = desk.http.get(path)
            assert not about_it or answer.status_code in (403, 404, 429), (path, answer.status_code)
            if not answer.content_type.startswith("text/html"):
                continue
            if role is not Role.AUDITOR:  # who watches over others reads their audit, in which references stand
                assert known["reference"] not in answer.text, path
            assert "sans reçu" not in answer.text, path
            assert ASKED not in answer.text, path
        if about_it and "POST" in (rule.methods or ()):
            for act in ("close", "correct", "agenda", "decide", "answer", "accept", "score"):
                refusal = desk.http.post(path.rpartition("/")[0] + f"/{act}", data=form)
                assert refusal.status_code in (403, 404, 429), (path, act)
    assert state(gateway) == before


def test_the_secretary_of_the_commune_knows_of_none_and_the_district_s_has_it(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, "+22370009001")
    gateway.secretary(DISTRICT, "+22370009002")
    reference = wrote(gateway).reference
    for msisdn, says in (("+22370009001", "Référence inconnue de votre comité."), ("+22370009002", f"CCS {reference}")):
        gateway.first_pin(msisdn)
        for text in ("PIN 4711", f"VOIR {reference}"):
            gateway.phone(msisdn).write(text)
            gateway.work()
        assert gateway.inbox(msisdn)[-1].startswith(says)


def correct(desk: Desk, reference: str, category: str) -> str:
    return desk.send(f"/queue/concerns/{reference}", "correct", commune=COMMUNE_IV, category=category)


@pytest.mark.parametrize(
    ("role", "category"),
    [(Role.ADMINISTRATOR, "misconduct"), (Role.COORDINATOR, "misconduct"), (Role.COORDINATOR, "gbv")],
)
def test_what_is_corrected_into_such_a_matter_is_gone_from_who_did_it(
    gateway: Gateway, role: Role, category: str
) -> None:
    gateway.administrator("iv@example.org", role, COMMUNE_IV)
    reference = wrote(gateway, "on a volé ma moto à Lafiabougou").reference
    desk = sign_in(gateway, "iv@example.org")
    page = correct(desk, reference, category)
    assert "Corrigé." in page
    assert "n'est plus de votre ressort" in page
    assert reference not in page
    assert desk.http.get(f"/queue/concerns/{reference}").status_code == 404
    assert the_concern(gateway).committee == (DISTRICT if category == "misconduct" else COMMUNE_IV)


def test_the_district_gives_it_back_and_its_history_names_no_such_matter_below(gateway: Gateway) -> None:
    reference = wrote(gateway).reference
    gateway.administrator("district@example.org", Role.ADMINISTRATOR, DISTRICT)
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    correct(sign_in(gateway, "district@example.org"), reference, "fraud")
    page = sign_in(gateway, "iv@example.org").get(f"/queue/concerns/{reference}")
    names = gateway.deployment.pack.first_language.categories
    history = page.partition('class="history"')[2]
    assert names["fraud"] in history
    assert names["misconduct"] not in history
    assert (
        names["misconduct"]
        in sign_in(gateway, "district@example.org").get(f"/queue/concerns/{reference}").partition('class="history"')[2]
    )


def test_what_nobody_has_read_may_be_of_any_kind(gateway: Gateway) -> None:
    """An SMS before triage: its commune is known from the sender, its category is not known yet."""
    gateway.phone("+22370005001").write(WORDS)
    reference = the_concern(gateway).reference
    for email, role, area, status in (
        ("coordinator@example.org", Role.COORDINATOR, "ml", 404),
        ("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV, 404),
        ("district@example.org", Role.ADMINISTRATOR, DISTRICT, 200),
        ("country@example.org", Role.ADMINISTRATOR, "ml", 200),
    ):
        gateway.administrator(email, role, area)
        with gateway.deployment.database.write() as transaction:
            transaction.scalars(select(Concern)).one().commune = COMMUNE_IV
        desk = sign_in(gateway, email)
        assert desk.http.get(f"/queue/concerns/{reference}").status_code == status, email
        assert (reference in desk.get("/queue/concerns")) is (status == 200)


def test_it_stays_with_the_district_when_the_commune_s_committee_is_closed_and_installed(gateway: Gateway) -> None:
    concern = wrote(gateway)
    gateway.administrator("pays@example.org")
    country = sign_in(gateway, "pays@example.org")
    path = f"/queue/committees/{COMMUNE_IV}"
    assert "0 préoccupation ouverte" in country.send(path, "close", sure="1")
    assert "0 préoccupation ouverte" in country.send(path, "install", on="2026-11-25", meets="")
    with gateway.deployment.database.read() as transaction:
        assert transaction.get_one(AgendaItem, concern.item_id).committee == DISTRICT
        assert not transaction.scalars(select(AuditLine).where(AuditLine.actor == "nobody")).all()
    assert the_concern(gateway).state is ConcernState.RECEIVED
