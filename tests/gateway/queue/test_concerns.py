"""The web queue: who may see what, and what may be done with a concern."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from storage.concerns.concerns import history
from storage.enumerations import Role
from storage.tables.audit import AuditLine
from tests.support.gateway import PASSWORD, Gateway
from tests.support.queue_pages import ADMIN, act, concern, sign_in, token_in, written

CITIZEN = "+22370001001"
ANSWER = "Des patrouilles passent désormais chaque soir."


def test_nobody_comes_in_without_signing_in(gateway: Gateway) -> None:
    concern = written(gateway)
    for path in ("/queue/", f"/queue/concerns/{concern.reference}", "/queue/messages"):
        answer = gateway.http.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/queue/login")
    answer = gateway.http.post("/queue/logout")
    assert answer.status_code == 400  # no CSRF token


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/queue/\\evil.example", "/simulator"])
def test_a_link_leads_nowhere_but_the_queue_after_the_password(gateway: Gateway, onward: str) -> None:
    gateway.administrator(ADMIN)
    page = gateway.http.get("/queue/login").text
    form = {"csrf_token": token_in(page), "email": ADMIN, "password": PASSWORD}
    assert gateway.http.post("/queue/login", query_string={"next": onward}, data=form).location == "/queue/"


def test_a_wrong_password_says_so_and_an_act_without_its_token_is_refused(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    report = written(gateway)
    assert sign_in(gateway, password="wrong").get("/queue/").status_code == 302
    http = sign_in(gateway)
    answer = http.post(
        f"/queue/concerns/{report.reference}/close", data={"answer": ANSWER, "version": str(report.version)}
    )
    assert answer.status_code == 400
    assert concern(gateway).state == "received"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(gateway: Gateway) -> None:
    cookie = gateway.http.get("/queue/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_most_urgent_comes_first_then_the_newest(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    for text in (
        "aucun lampadaire ne marche à Banconi",
        "au secours incendie au marché de Banconi maintenant",
        "on a volé ma moto à Lafiabougou hier",
    ):
        gateway.clock.forward(minutes=1)
        written(gateway, text)
    page = sign_in(gateway).get("/queue/concerns").text
    shown = [page.index(text) for text in ("incendie au", "volé ma moto", "aucun lampadaire")]
    assert shown == sorted(shown)


def test_the_list_is_narrowed_by_commune_category_state_and_review(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    written(gateway, "aucun lampadaire ne marche à Banconi")
    written(gateway, "on a volé ma moto à Lafiabougou hier")
    written(gateway, "il y a des voleurs la nuit")
    http = sign_in(gateway)
    for query, count in (
        ("", 3),
        ("commune=ml-bamako-commune-i", 1),
        ("category=theft", 2),
        ("commune=ml-bamako-commune-i&category=theft", 0),
        ("state=closed", 0),
        ("review=1", 1),
        ("state=nonsense&page=x", 3),
        ("page=99999", 3),
    ):
        page = http.get(f"/queue/concerns?{query}").text
        assert f"{count} message" in page, query


def test_a_reference_as_somebody_says_it_leads_to_its_concern(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    concern = written(gateway)
    http = sign_in(gateway)
    spoken = concern.reference.replace("-", " ").lower()
    assert "volé ma moto" in http.get("/queue/concerns", query_string={"reference": spoken}, follow_redirects=True).text
    for wrong in ("CCS-2222", "../login", "é" * 60):
        assert "est mal écrite" in http.get("/queue/concerns", query_string={"reference": wrong}).text
    elsewhere = http.get("/queue/concerns", query_string={"reference": "CCS-7K4Q"}, follow_redirects=True)
    assert (elsewhere.status_code, "Référence inconnue" in elsewhere.text) == (404, True)


def test_only_communes_that_somebody_wrote_about_are_offered_so_that_the_page_stays_light(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    written(gateway)
    page = sign_in(gateway).get("/queue/concerns").text
    assert '<option value="Commune IV">' in page
    assert "Commune V" not in page.replace("Commune VI", "")
    assert len(page) < 14_000


def test_a_page_shows_the_text_escaped_why_it_was_read_so_and_its_history(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    concern = written(gateway, "<script>alert(1)</script> on a volé ma moto à Lafiabougou hier")
    page = sign_in(gateway).get(f"/queue/concerns/{concern.reference}").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "lu par le tri" in page
    assert "Mots décisifs" in page
    assert CITIZEN not in page


def test_correcting_moves_a_concern_to_the_right_agenda_and_ends_its_review(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    report = written(gateway, "il y a des voleurs la nuit")
    http = sign_in(gateway)
    assert "Corrigé." in act(http, report.reference, "correct", commune="ml-bamako-commune-i", category="lighting")
    after = concern(gateway)
    assert (after.committee, after.category, after.needs_review) == ("ml-bamako-commune-i", "lighting", False)
    assert "Choisissez une commune" in act(http, report.reference, "correct", commune="ml-paris", category="theft")
    with gateway.deployment.database.read() as transaction:
        lines = [(line.actor, line.what) for line in history(transaction, after)]
        assert lines.count((ADMIN, "corrected")) == 1
        assert "concern_seen" in transaction.scalars(select(AuditLine.what)).all()


def test_on_the_agenda_then_closed_and_the_answer_reaches_the_citizen(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    concern = written(gateway)
    http = sign_in(gateway)
    assert "À l'ordre du jour de la réunion du" in act(http, concern.reference, "agenda")
    phone = gateway.phone()
    phone.dial()
    assert f"{concern.reference} : à l'ordre du jour du 03/12" in phone.type("1", "2", concern.reference)
    assert "La réponse part par SMS dans cinq minutes" in act(http, concern.reference, "close", answer=ANSWER)
    gateway.work()
    assert not [text for text in gateway.inbox(CITIZEN) if ANSWER in text]
    gateway.undo_is_over()
    assert gateway.inbox(CITIZEN)[-1] == f"CCS {concern.reference} : {ANSWER} Satisfait ? Répondez 1 (oui) ou 2 (non)."
    page = http.get(f"/queue/concerns/{concern.reference}").text
    assert "Répondre et clore" not in page
    assert ANSWER in unescape(page)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("  ", "Écrivez la réponse"),
        ("Appelez Moussa au 76 00 00 01", "contient un numéro"),
        ("x" * 500, "trop longue"),
    ],
)
def test_an_answer_that_must_not_go_out_does_not(gateway: Gateway, answer: str, message: str) -> None:
    gateway.administrator(ADMIN)
    report = written(gateway)
    assert message in act(sign_in(gateway), report.reference, "close", answer=answer)
    assert concern(gateway).state == "received"


def test_of_two_who_act_at_once_the_second_is_told(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    concern = written(gateway)
    first, second = sign_in(gateway), sign_in(gateway)
    stale = second.get(f"/queue/concerns/{concern.reference}").text
    version = re.search(r'name="version" value="(\d+)"', stale)
    assert version
    act(first, concern.reference, "close", answer=ANSWER)
    form = {"csrf_token": token_in(stale), "version": version[1], "answer": "Une autre réponse."}
    answer = second.post(f"/queue/concerns/{concern.reference}/close", data=form, follow_redirects=True)
    assert "Quelqu'un d'autre vient de modifier" in unescape(answer.text)
    gateway.work()
    assert [text for text in gateway.inbox(CITIZEN) if "autre" in text] == []


ROLES = [
    # role, area, sees a theft of Commune IV, sees violence of Commune IV, may act
    (Role.ADMINISTRATOR, "ml", True, True, True),
    (Role.ADMINISTRATOR, "ml-bamako", True, True, True),
    (Role.ADMINISTRATOR, "ml-kayes", False, False, False),
    (Role.COORDINATOR, "ml", True, False, True),
    (Role.COORDINATOR, "ml-bamako-commune-iv", True, False, True),
    (Role.COORDINATOR, "ml-bamako-commune-i", False, False, False),
    (Role.OBSERVER, "ml", True, False, False),
]


@pytest.mark.parametrize(("role", "area", "sees_theft", "sees_violence", "acts"), ROLES)
def test_nobody_sees_or_does_more_than_their_role_and_area_allow(
    gateway: Gateway, role: Role, area: str, sees_theft: bool, sees_violence: bool, acts: bool
) -> None:
    gateway.administrator(ADMIN, role, area)
    theft = written(gateway)
    violence = written(gateway, "un mari frappe sa femme chaque nuit à Lafiabougou")
    assert violence.category == "gbv"
    http = sign_in(gateway)
    page = http.get("/queue/concerns").text
    for report, seen in ((theft, sees_theft), (violence, sees_violence)):
        assert (report.reference in page) is seen
        assert http.get(f"/queue/concerns/{report.reference}").status_code == (200 if seen else 404)
        form = {"csrf_token": token_in(page), "version": str(report.version), "answer": ANSWER}
        status = http.post(f"/queue/concerns/{report.reference}/close", data=form).status_code
        assert status == (302 if seen and acts else 403 if role is Role.OBSERVER else 404)
    assert http.get("/queue/messages").status_code == (200 if role is Role.ADMINISTRATOR else 403)


def test_an_administrator_of_an_area_cannot_move_a_concern_out_of_it(gateway: Gateway) -> None:
    gateway.administrator(ADMIN, Role.COORDINATOR, "ml-bamako")
    report = written(gateway)
    refusal = act(sign_in(gateway), report.reference, "correct", commune="ml-kayes-kayes-kayes", category="theft")
    assert "hors de votre zone" in refusal or "Choisissez" in refusal
    assert concern(gateway).commune == "ml-bamako-commune-iv"


def test_signing_out_ends_the_session(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    http = sign_in(gateway)
    page = http.get("/queue/concerns").text
    assert http.post("/queue/logout", data={"csrf_token": token_in(page)}).status_code == 302
    assert http.get("/queue/").status_code == 302
