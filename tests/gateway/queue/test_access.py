"""Every role at every route of the web queue: nobody sees or changes anything of another area."""

import pytest
from sqlalchemy import select

from gateway.committees.agenda_items import lock_item
from gateway.committees.recommendations import recommend
from gateway.outbound.broadcasts import preview
from storage.enumerations import Role
from storage.messages.broadcasts import propose
from storage.tables.audit import AuditLine
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.access_steps import filled, state
from tests.support.browsing import sign_in
from tests.support.committee_work import told
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
WORDS = "on a volé ma moto à Lafiabougou"


@pytest.fixture
def known(gateway: Gateway) -> dict[str, str]:
    """What Commune IV has: a report, an item and its meeting, a recommendation, an announcement."""
    item = told(gateway, WORDS)
    phone = gateway.phone("+22370003001")
    phone.report()
    phone.dial()
    phone.type("5", "4")
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        shown = preview(deployment, transaction, COMMUNE_IV, "Réunion jeudi à la mairie.")
        announced = propose(transaction, COMMUNE_IV, shown.text, "iv@example.org", gateway.clock())
        number = recommend(
            deployment, transaction, lock_item(transaction, item), "iv@example.org", "Éclairer la route."
        ).number
        meeting = transaction.get_one(AgendaItem, item).meeting_id
        reference = transaction.scalars(select(Concern.reference).order_by(Concern.id)).first()
    return {"items": str(item), "meetings": str(meeting), "broadcasts": str(announced.id), "messages": "1",
            "code": COMMUNE_IV, "reference": str(reference), "number": number}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_nothing_of_another_area_is_seen_or_done_by_any_route(
    gateway: Gateway, known: dict[str, str], role: Role
) -> None:
    gateway.administrator("kayes@example.org", role, "ml-kayes")
    desk = sign_in(gateway, "kayes@example.org")
    token = desk.http.get("/queue/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    before, tried = state(gateway), 0
    for rule in gateway.app.url_map.iter_rules():
        methods = rule.methods or set()
        if not str(rule).startswith("/queue/") or rule.endpoint.startswith("login.") or "static" in rule.endpoint:
            continue
        gateway.deployment.redis.flushall()  # who opens much in vain is slowed down, which is tested elsewhere
        path = filled(rule, known)
        about_them = bool(rule.arguments - {"act"})
        if "GET" in methods:
            answer = desk.http.get(path)
            assert answer.status_code in ((403, 404) if about_them else (200, 403)), (path, answer.status_code)
            if role is not Role.AUDITOR:
                assert known["reference"] not in answer.text, path
            for secret in (WORDS, "Éclairer la route", "Réunion jeudi"):
                assert secret not in answer.text, path
        if "POST" in methods:
            form = {
                "csrf_token": token,
                "version": "1",
                "said": "C'est fait.",
                "answer": "C'est fait.",
                "area": COMMUNE_IV,
            }
            answer = desk.http.post(path, data=form)
            assert answer.status_code in ((403, 404) if about_them else (200, 302, 403, 404)), (
                path,
                answer.status_code,
            )
        tried += 1
    assert tried > 20
    assert state(gateway) == before
    with gateway.deployment.database.read() as transaction:
        acts = transaction.scalars(select(AuditLine.what).where(AuditLine.actor == "kayes@example.org")).all()
    assert not {
        act for act in acts if act.startswith(("item_", "meeting_", "committee_", "recommendation_", "broadcast_"))
    }
