"""The start page: what needs somebody now, for each reader as much as they may know."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from flows.msisdn import Msisdn
from gateway.outbound.late_emergencies import tell_late_emergencies
from storage.concerns.taking_up import MAY_BE_URGENT
from storage.enumerations import Role
from storage.messages.alerts import set_duty
from storage.people.contacts import ensure_contact
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway
from tests.support.queries import asked_queries

COMMUNE_IV, DISTRICT = "ml-bamako-commune-iv", "ml-bamako"
FIRE = "au secours incendie au marché de Lafiabougou maintenant"
VIOLENCE = "au secours un homme frappe sa femme maintenant à Lafiabougou il va la tuer"
THEFT = "on a volé ma moto à Lafiabougou hier"


def reported(gateway: Gateway, text: str, number: str = "+22370001001") -> Concern:
    gateway.phone(number).write(text)
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()  # type: ignore[return-value]


def made(gateway: Gateway, concern: Concern, **values: object) -> Concern:
    """The concern as if triage had read it so."""
    with gateway.deployment.database.write() as transaction:
        kept = transaction.get_one(Concern, concern.id)
        for name, value in values.items():
            setattr(kept, name, value)
    return concern


def desk_of(gateway: Gateway, role: Role, area: str = "ml") -> Desk:
    email = f"{role}.{area}@example.org"
    gateway.administrator(email, role, area)
    return sign_in(gateway, email)


def test_an_urgent_message_stands_there_with_its_age_until_it_is_treated(gateway: Gateway) -> None:
    concern, desk = reported(gateway, FIRE), desk_of(gateway, Role.ADMINISTRATOR)
    gateway.clock.forward(minutes=3)
    page = desk.get("/queue/")
    assert concern.reference in page
    assert "il y a 3 minutes" in page.replace("\xa0", " ")
    assert "tag late" not in page
    gateway.clock.forward(minutes=13)
    assert "1 en retard" in desk.get("/queue/")
    desk.get(f"/queue/concerns/{concern.reference}")
    page = desk.get("/queue/")
    assert "tag late" not in page
    assert "vu par administrator.ml@example.org" in page
    desk.send(f"/queue/concerns/{concern.reference}", "agenda")
    assert concern.reference not in desk.get("/queue/")


def test_a_late_emergency_says_whether_a_duty_number_was_told(gateway: Gateway) -> None:
    nobody_told, desk = reported(gateway, FIRE), desk_of(gateway, Role.ADMINISTRATOR)
    gateway.clock.forward(minutes=16)
    tell_late_emergencies(gateway.deployment)
    assert "personne ne l'a vu, aucun numéro de garde joint" in desk.get("/queue/")
    page = desk.get(f"/queue/concerns/{nobody_told.reference}")
    assert "aucun numéro de garde joint" in page
    assert "garde prévenu" not in page

    here = gateway.deployment
    with here.database.write() as transaction:
        contact = ensure_contact(transaction, here.vault, Msisdn("+22370009999"), gateway.clock())
        set_duty(transaction, "ml", contact, gateway.clock())
    told = reported(gateway, FIRE, "+22370003009")
    gateway.clock.forward(minutes=16)
    tell_late_emergencies(here)
    assert "personne ne l'a vu, numéro de garde prévenu" in desk.get("/queue/")
    assert "numéro de garde prévenu le" in desk.get(f"/queue/concerns/{told.reference}")


def test_what_may_be_urgent_stands_on_top_too(gateway: Gateway) -> None:
    concern = made(gateway, reported(gateway, THEFT), needs_review=True, reasons=[MAY_BE_URGENT])
    page = desk_of(gateway, Role.ADMINISTRATOR).get("/queue/")
    assert concern.reference in page
    assert "(peut-être urgent)" in page


def test_who_has_no_right_to_sensitive_matters_sees_that_there_is_one_and_no_more(gateway: Gateway) -> None:
    concern = made(gateway, reported(gateway, VIOLENCE), category="gbv", urgency="emergency", urgency_rank=0)
    desk_of(gateway, Role.ADMINISTRATOR, COMMUNE_IV).get(f"/queue/concerns/{concern.reference}")
    # The committee of the commune is not installed in every pack: the reader is of whoever hears it.
    page = desk_of(gateway, Role.COORDINATOR).get("/queue/")
    assert "1 urgence sensible" in page
    assert "Commune IV" in page
    assert "vu par administrator.ml-bamako-commune-iv@example.org" in page
    names = gateway.deployment.pack.first_language.categories
    for secret in (concern.reference, names["gbv"], "Lafiabougou"):
        assert secret not in page


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.COORDINATOR, Role.OBSERVER])
def test_what_goes_past_a_committee_does_not_appear_to_it_at_all(gateway: Gateway, role: Role) -> None:
    concern = reported(gateway, FIRE)
    made(gateway, concern, category="misconduct", committee=DISTRICT, urgency="emergency", urgency_rank=0)
    page = desk_of(gateway, role, COMMUNE_IV).get("/queue/")
    assert "urgence sensible" not in page
    assert "Aucune urgence n'attend." in page
    assert "0 message ouvert en tout" in " ".join(page.split())
    assert concern.reference in desk_of(gateway, Role.ADMINISTRATOR, DISTRICT).get("/queue/")


def test_counts_are_those_of_the_list_that_they_lead_to(gateway: Gateway) -> None:
    for number, text in enumerate((FIRE, THEFT, "il y a des voleurs la nuit", "aucun lampadaire ne marche à Banconi")):
        reported(gateway, text, f"+2237000300{number}")
    desk = desk_of(gateway, Role.ADMINISTRATOR)
    assert "4 messages ouverts en tout" in " ".join(desk.get("/queue/").split())
    assert "4 messages" in desk.get("/queue/concerns?state=open")
    assert "1 message à vérifier" in " ".join(desk.get("/queue/").split())
    assert "1 message" in desk.get("/queue/concerns?review=1&state=open")


def test_it_refreshes_by_itself_from_the_project_and_leaves_no_line_of_audit(gateway: Gateway) -> None:
    desk = desk_of(gateway, Role.ADMINISTRATOR)
    page = desk.get("/queue/")
    assert 'hx-trigger="every 30s"' in page
    script = desk.http.get("/queue/htmx-2.0.11.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["Content-Encoding"] == "gzip"
    assert len(script.data) < 20_000
    gateway.clock.forward(hours=9)
    signed_out = gateway.app.test_client().get("/queue/", headers={"HX-Request": "true"})
    assert (signed_out.status_code, signed_out.headers["HX-Redirect"]) == (204, "/queue/login")


def test_an_old_link_to_the_list_leads_there(gateway: Gateway) -> None:
    answer = desk_of(gateway, Role.ADMINISTRATOR).http.get("/queue/?state=closed&page=2")
    assert (answer.status_code, answer.location) == (302, "/queue/concerns?state=closed&page=2")


def test_the_start_of_an_auditor_is_the_audit_and_nothing_else_opens(gateway: Gateway) -> None:
    reported(gateway, FIRE)
    http = desk_of(gateway, Role.AUDITOR).http
    start = http.get("/queue/")
    assert (start.status_code, start.location) == (302, "/queue/audit")
    assert http.get("/queue/?state=closed").location == "/queue/audit"
    answer = http.get("/queue/concerns")
    assert answer.status_code == 403
    assert '<a class="name" href="/queue/audit"' in answer.text
    assert "Commune IV" not in answer.text


@pytest.mark.parametrize("path", ["/queue/", "/queue/concerns", "/queue/concerns/{}", "/queue/concerns?words=moto"])
def test_a_page_asks_the_database_twelve_times_at_most(gateway: Gateway, path: str) -> None:
    concern = reported(gateway, THEFT)
    reported(gateway, FIRE, "+22370003009")
    desk = desk_of(gateway, Role.ADMINISTRATOR)
    desk.get(path.format(concern.reference))  # who opens a concern first is noted once
    with asked_queries(gateway.deployment.database) as asked:
        gateway.clock.forward(seconds=timedelta(minutes=1).total_seconds())
        desk.get(path.format(concern.reference))
    assert 0 < len(asked) <= 12, "\n".join(asked)


def test_a_message_whose_sms_waits_is_opened_first_with_twelve_queries_at_most(gateway: Gateway) -> None:
    concern = reported(gateway, THEFT)
    desk = desk_of(gateway, Role.ADMINISTRATOR)
    desk.send(f"/queue/concerns/{concern.reference}", "ask", question="Devant quelle mosquée ?")
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(Concern).values(taken_up_at=None, taken_up_by=None))
    with asked_queries(gateway.deployment.database) as asked:
        desk.get(f"/queue/concerns/{concern.reference}")
    assert 0 < len(asked) <= 12, "\n".join(asked)
