"""What a committee does between the first message and the answer: meetings, outcomes, referrals, news, documents."""

import io
import re
from typing import Any

import pytest
from docx import Document
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy import select

from gateway.outbound.citizen_notifications import send_due_notifications
from gateway.outbound.secretary_notifications import send_reminders
from storage.committees.agenda_items import DECISION as DECISION_COLUMN
from storage.committees.carried_over import carry_over
from storage.committees.committees import next_meeting
from storage.committees.meetings import PAPERS
from storage.enumerations import ItemState, MeetingState, Role
from storage.messages.broadcasts import reach
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import CITIZEN, SECRETARY, item, told
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
DECISION = "La mairie pose dix lampadaires avant mars."


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    return sign_in(gateway, "iv@example.org")


def later(gateway: Gateway, **by: float) -> None:
    gateway.clock.forward(**by)
    send_due_notifications(gateway.deployment)
    send_reminders(gateway.deployment)
    gateway.work()


def news(gateway: Gateway, msisdn: str = CITIZEN) -> list[str]:
    return [text for text in gateway.inbox(msisdn) if "recu" not in text]


def meeting(gateway: Gateway) -> Meeting:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Meeting).where(Meeting.committee == COMMUNE_IV).order_by(Meeting.id)).first()  # type: ignore[return-value]


def test_a_citizen_hears_each_change_but_at_most_once_a_week(gateway: Gateway, desk: Desk) -> None:
    path = f"/queue/items/{told(gateway)}"
    desk.send(path, "agenda")
    later(gateway, minutes=30)
    assert news(gateway) == []  # what follows within the hour is told with it
    later(gateway, hours=1)
    assert [text.partition(" : ")[2] for text in news(gateway)] == ["votre message est à l'ordre du jour du 03/12."]
    desk.send(path, "discuss", said="À l'étude.")
    desk.send(path, "decide", said=DECISION)
    later(gateway, days=3)
    assert len(news(gateway)) == 1
    later(gateway, days=5)
    assert news(gateway)[1].endswith(f"discuté par le comité. {DECISION}")
    desk.send(path, "close", said="C'est fait.")
    later(gateway, days=1)
    assert len(news(gateway)) == 2
    later(gateway, days=6)
    assert "C'est fait. Satisfait ?" in news(gateway)[2]
    later(gateway, days=30)
    assert len(news(gateway)) == 3


def test_stop_and_no_number_mean_silence(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway)
    gateway.phone(CITIZEN).write("STOP")
    gateway.work()
    before = gateway.inbox(CITIZEN)
    gateway.phone("+22370001002").report(words="aucune lampe ne marche", answerable="2")
    gateway.work()
    desk.send(f"/queue/items/{id}", "close", said="C'est fait.")
    later(gateway, days=8)
    assert gateway.inbox(CITIZEN) == before
    assert gateway.inbox("+22370001002") == []


def test_a_change_in_the_evening_is_told_in_the_morning_and_so_is_the_last_word(gateway: Gateway, desk: Desk) -> None:
    path = f"/queue/items/{told(gateway)}"
    later(gateway, hours=10.5)
    desk = sign_in(gateway, "iv@example.org")
    desk.send(path, "refer", to="police", until="2026-12-15")
    before = len(news(gateway))
    later(gateway, hours=2)  # half past ten
    assert len(news(gateway)) == before
    later(gateway, hours=8)
    assert news(gateway)[before:] == [news(gateway)[-1]]
    assert news(gateway)[-1].endswith("transmis. Police doit répondre.")
    other_item = told(gateway, "on a volé ma moto à Lafiabougou hier")
    later(gateway, hours=16)
    desk = sign_in(gateway, "iv@example.org")
    desk.send(f"/queue/items/{other_item}", "close", said="Une patrouille passe.")
    gateway.undo_is_over()
    assert "Une patrouille passe." not in news(gateway)[-1]
    later(gateway, hours=8)
    assert "Une patrouille passe." in news(gateway)[-1]


@pytest.mark.parametrize("answer", ["1", "2", " 1 "])
def test_satisfied_or_not_is_a_figure_of_the_committee(gateway: Gateway, desk: Desk, answer: str) -> None:
    desk.send(f"/queue/items/{told(gateway)}", "close", said="C'est fait.")
    gateway.undo_is_over()
    gateway.phone(CITIZEN).write(answer)
    gateway.phone(CITIZEN).write("1")  # an answer counts once; this is a message like any other
    gateway.work()
    page = desk.get(f"/queue/committees/{COMMUNE_IV}")
    assert ("100 % (1 oui, 0 non)" if "1" in answer else "0 % (0 oui, 1 non)") in page


def test_two_answers_are_about_two_reports(gateway: Gateway, desk: Desk) -> None:
    first = told(gateway)
    second = told(gateway, "on a volé ma moto à Lafiabougou hier")
    for agenda_item in (first, second):
        desk.send(f"/queue/items/{agenda_item}", "close", said="C'est fait.")
    gateway.undo_is_over()
    gateway.phone(CITIZEN).write("1")
    gateway.phone(CITIZEN).write("1")
    gateway.work()
    assert "100 % (2 oui, 0 non)" in desk.get(f"/queue/committees/{COMMUNE_IV}")


def test_a_referral_has_a_day_and_a_reminder_and_is_not_made_to_those_it_concerns(gateway: Gateway, desk: Desk) -> None:
    path = f"/queue/items/{told(gateway)}"
    assert "jour à venir" in desk.send(path, "refer", to="police", until="2026-11-01")
    assert "Choisissez un service" in desk.send(path, "refer", to="cnrss")
    assert "avant le 15/12/2026" in desk.send(path, "refer", to="police", until="2026-12-15")
    later(gateway, hours=2)
    assert news(gateway)[-1].endswith("transmis. Police doit répondre.")
    later(gateway, days=21)
    later(gateway, days=1)
    reminders = [text for text in gateway.inbox(SECRETARY) if "sans réponse" in text]
    assert len(reminders) == 1
    reference = re.search(r"CCS (\w{4}-\w{4}) : transmis \(Police\), sans réponse au 15/12", reminders[0])
    assert reference, reminders
    gateway.first_pin(SECRETARY)
    gateway.phone(SECRETARY).write("PIN 4711")
    gateway.phone(SECRETARY).write(f"CLORE {reference[1]} Une patrouille passe.")
    gateway.work()
    assert item(gateway, int(path.rpartition("/")[2])).state is ItemState.CLOSED

    gateway.administrator("pays@example.org")
    country = sign_in(gateway, "pays@example.org")
    racket = told(gateway, "les policiers au poste de contrôle de Lafiabougou demandent de l'argent", "+22370001003")
    assert item(gateway, racket).category == "misconduct"
    assert item(gateway, racket).committee == "ml-bamako"
    page = country.get(f"/queue/items/{racket}")
    assert '<option value="police">' not in page
    assert '<option value="mairie">' in page
    assert "peut concerner ce service" in country.send(f"/queue/items/{racket}", "refer", to="police")


def test_items_are_ranked_by_an_explained_score_that_may_be_set_with_a_reason(gateway: Gateway, desk: Desk) -> None:
    lamps = told(gateway)
    for number in range(8):
        told(gateway, "on a volé ma moto à Lafiabougou", f"+2237000200{number}")
    page = desk.get(f"/queue/committees/{COMMUNE_IV}")
    assert page.index("Vols de motos, Lafiabougou") < page.index("Lieu sans lumière")
    assert "<strong>58</strong>" in page  # 30 for priority, 8 people: 6 × log2(8) = 18, and 10 for being of today
    assert "personnes 18 + récent 10" in page
    path = f"/queue/items/{lamps}"
    assert "Dites pourquoi" in desk.send(path, "score", score="90", reason=" ")
    assert "de 0 à 999" in desk.send(path, "score", score="-1", reason="x")
    assert "Score enregistré." in desk.send(path, "score", score="90", reason="Examens au lycée")
    page = desk.get(f"/queue/committees/{COMMUNE_IV}")
    assert page.index("Lieu sans lumière") < page.index("Vols de motos")
    assert "fixé par un administrateur" in page
    assert "Examens au lycée" in desk.get(path)
    desk.send(path, "score", score="", reason="")
    assert "fixé par" not in desk.get(path)


def test_of_two_who_treat_an_item_at_once_the_second_is_told(gateway: Gateway, desk: Desk) -> None:
    other_desk = sign_in(gateway, "iv@example.org")
    path = f"/queue/items/{told(gateway)}"
    seen = other_desk.http.get(path).text
    desk.send(path, "decide", said=DECISION)
    version, token = (seen.split(f'name="{name}" value="')[1].split('"')[0] for name in ("version", "csrf_token"))
    form = {"version": version, "csrf_token": token, "to": "police"}
    page = other_desk.http.post(f"{path}/refer", data=form, follow_redirects=True).text
    assert "Déjà traité par quelqu" in page
    assert item(gateway, int(path.rpartition("/")[2])).state is ItemState.DECIDED


def carried_over(gateway: Gateway) -> int:
    now = gateway.clock()
    with gateway.deployment.database.write() as transaction:
        return carry_over(
            transaction, lambda committee: next_meeting(transaction, gateway.deployment.pack, committee, now), now
        )


def test_what_was_not_treated_goes_on_and_the_same_thing_once_more_comes_back(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway)
    gateway.clock.forward(days=10)
    assert carried_over(gateway) == 0  # the day after the meeting it may still be written down as treated
    gateway.clock.forward(days=5)
    assert carried_over(gateway) == 1
    desk = sign_in(gateway, "iv@example.org")
    assert item(gateway, id).came_back == 1
    desk.send(f"/queue/items/{id}", "decide", said=DECISION)
    again = told(gateway, msisdn="+22370001002")
    assert again != id
    assert item(gateway, again).came_back == 1
    assert "revient 4" in desk.get(f"/queue/items/{again}")


def test_a_meeting_is_moved_cancelled_and_held(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway)
    desk.send(f"/queue/items/{id}", "agenda")
    first = meeting(gateway)
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{first.id}"
    assert "jour à venir" in desk.send(path, "move", to="2026-11-01T09:00")
    assert "Écrivez le jour" in desk.send(path, "move", to="demain")
    assert "Réunion déplacée." in desk.send(path, "move", to="2026-12-05T10:30")
    assert "Réunion du 05/12/2026 à 10:30" in desk.get(path)
    assert "n'a pas encore eu lieu" in desk.send(path, "held", present="Le maire")
    assert "Les points passent à celle du 07/01/2027" in desk.send(path, "cancel")
    assert item(gateway, id).meeting_id != first.id
    second = f"/queue/committees/{COMMUNE_IV}/meetings/{item(gateway, id).meeting_id}"
    gateway.clock.forward(days=45)
    desk = sign_in(gateway, "iv@example.org")
    assert "Écrivez qui était présent" in desk.send(second, "held", present=" \n ")
    desk.send(f"/queue/items/{id}", "discuss", said="À revoir.")
    assert "Réunion tenue." in desk.send(second, "held", present="Le maire\nLa présidente des femmes")
    page = desk.get(second)
    assert "La présidente des femmes" in page
    assert "À revoir." in page
    with gateway.deployment.database.read() as transaction:
        held = transaction.get_one(Meeting, int(second.rpartition("/")[2]))
        assert (held.state, held.number) == (MeetingState.HELD, 1)
        assert transaction.get_one(AgendaItem, id).meeting_id != held.id


def text_of(form: str, body: bytes) -> str:
    if form == "pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    document = Document(io.BytesIO(body))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_papers_say_what_was_done_and_expose_nobody(gateway: Gateway, desk: Desk, form: str) -> None:
    lamps = told(gateway)
    told(gateway, "un groupe armé est passé à Lafiabougou", "+22370001004")
    for number in range(3):
        told(gateway, "on a volé ma moto à Lafiabougou, je suis au 76 00 12 34", f"+2237000200{number}")
    desk.send(f"/queue/items/{lamps}", "agenda")
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{meeting(gateway).id}"

    def paper(name: str) -> str:
        answer = desk.http.get(f"{path}/{name}.{form}")
        assert answer.status_code == 200
        assert f"{name}-{COMMUNE_IV}-2026-12-03.{form}" in answer.headers["Content-Disposition"]
        return text_of(form, answer.data)

    before = paper("ordre-du-jour")
    for line in ("RÉPUBLIQUE DU MALI", "CCS de Commune IV", "ORDRE DU JOUR N° 001/2026", "3 décembre 2026, 09 h 00"):
        assert line in before
    assert "Lieu sans lumière, Lafiabougou, Commune IV" in before
    assert "1 message" in before
    assert "Vols de motos, Lafiabougou, Commune IV" in before
    assert "1 point sensible (moins de 3 messages), à traiter à huis clos." in before.replace("\n", " ")
    desk.send(f"/queue/items/{lamps}", "decide", said=DECISION)
    gateway.clock.forward(days=10)
    desk = sign_in(gateway, "iv@example.org")
    desk.send(path, "held", present="Le maire\nLe commissaire")
    after = paper("proces-verbal")
    for line in ("PROCÈS-VERBAL DE RÉUNION N° 001/2026", "Le commissaire", "Le secrétaire de séance"):
        assert line in after
    assert DECISION in after.replace("\n", " ")
    for text in (before, after):
        assert not re.search(r"CCS-\w{4}|7600|76 00|volé ma moto|Groupe armé|\+223", text)


def test_papers_of_a_meeting_that_was_held_stay_what_they_were(gateway: Gateway, desk: Desk) -> None:
    """The minutes are written the next day; later decisions and new messages belong to other meetings."""
    lamps, theft = told(gateway), told(gateway, "on a volé ma moto à Lafiabougou hier", "+22370001004")
    for id in (lamps, theft):
        desk.send(f"/queue/items/{id}", "agenda")
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{meeting(gateway).id}"
    gateway.clock.forward(days=10)
    desk = sign_in(gateway, "iv@example.org")
    told(gateway, "un chauffard roule trop vite à Hamdallaye", "+22370001005")
    desk.send(f"/queue/items/{lamps}", "decide", said=DECISION)
    desk.send(path, "held", present="Le maire")

    def papers() -> tuple[str, ...]:
        names = ("ordre-du-jour", "proces-verbal")
        return tuple(text_of("docx", desk.http.get(f"{path}/{name}.docx").data) for name in names)

    order, record = papers()
    for text in ("Lieu sans lumière, Lafiabougou", "Vol, cambriolage, Lafiabougou"):
        assert text in order
    assert "Circulation" not in order
    assert DECISION in record
    assert "Décidé." in record
    assert "1 point non traité, renvoyé à la réunion suivante." in record
    for id in (lamps, theft):
        desk.send(f"/queue/items/{id}", "close", said="C'est fait.")
    with gateway.deployment.database.write() as transaction:
        transaction.get_one(Committee, COMMUNE_IV).chair = "Le nouveau maire"
    assert papers() == (order, record)


def test_what_cannot_be_opened_any_more_stops_nothing_beside_it(gateway: Gateway, desk: Desk) -> None:
    """As when a key was removed too early: pages and documents say so, the phone shows the rest, notifications wait."""
    lamps, theft = told(gateway), told(gateway, "on a volé ma moto à Lafiabougou hier", "+22370001004")
    for id in (lamps, theft):
        desk.send(f"/queue/items/{id}", "decide", said=DECISION)
    with gateway.deployment.database.write() as transaction:
        first = transaction.scalars(select(Concern).where(Concern.item_id == lamps)).one()
        kept, first.answer_sealed = first.answer_sealed, b"sealed with a key that is gone"
        transaction.get_one(AgendaItem, lamps).decision_sealed = first.answer_sealed
        reference = first.reference
    later(gateway, hours=2)
    assert not any("Décidé" in text or "décidé" in text for text in gateway.inbox(CITIZEN))
    assert any(DECISION[:20] in text for text in gateway.inbox("+22370001004"))
    phone = gateway.phone(CITIZEN)
    phone.dial()
    assert reference in phone.type("1", "2", "1", reference)
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{meeting(gateway).id}"
    assert "(illisible : la clé manque)" in desk.get(path)
    assert "(illisible : la clé manque)" in text_of("docx", desk.http.get(f"{path}/proces-verbal.docx").data)
    with gateway.deployment.database.write() as transaction:
        transaction.scalars(select(Concern).where(Concern.item_id == lamps)).one().answer_sealed = kept
    later(gateway, hours=2)
    assert any(DECISION[:20] in text for text in gateway.inbox(CITIZEN))


CONTROLS = "\x0b\x1a\x07\ufffe\u202e"


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_what_is_pasted_is_cleaned_on_the_way_in(gateway: Gateway, desk: Desk, form: str) -> None:
    lamps = told(gateway)
    committee = f"/queue/committees/{COMMUNE_IV}"
    desk.send(committee, "change", chair=f"Mme {CONTROLS}Traore\u0301")
    desk.send(f"/queue/items/{lamps}", "agenda")
    desk.send(f"/queue/items/{lamps}", "decide", said=f"Une patrouille{CONTROLS}passe chaque soir.{CONTROLS}")
    path = f"{committee}/meetings/{meeting(gateway).id}"
    gateway.clock.forward(days=10)
    desk = sign_in(gateway, "iv@example.org")
    desk.send(path, "held", present=f"Le maire{CONTROLS}\r\nLa présidente\ue000 des femmes")
    with gateway.deployment.database.read() as transaction:
        kept = gateway.deployment.vault.open(DECISION_COLUMN, item(gateway, lamps).decision_sealed or b"")
        assert (transaction.get_one(Committee, COMMUNE_IV).chair, kept) == (
            "Mme Traoré", "Une patrouille passe chaque soir.",
        )  # fmt: skip
    paper = text_of(form, desk.http.get(f"{path}/proces-verbal.{form}").data)
    for text in ("Mme Traoré", "Une patrouille passe chaque soir.", "La présidente des femmes"):
        assert text in paper.replace("\n", " ")


@pytest.mark.parametrize("form", ["pdf", "docx"])
@pytest.mark.parametrize("sealed_papers", [False, True])
def test_a_paper_is_drawn_whatever_was_sealed_before(
    gateway: Gateway, desk: Desk, form: str, sealed_papers: bool
) -> None:
    """As in a database with texts of a release that did not clean input."""
    lamps = told(gateway)
    desk.send(f"/queue/items/{lamps}", "agenda")
    desk.send(f"/queue/items/{lamps}", "decide", said=DECISION)
    vault, hostile = gateway.deployment.vault, f"On\u0003 voit{CONTROLS}. " + "Un long récit. " * 400
    with gateway.deployment.database.write() as transaction:
        transaction.get_one(AgendaItem, lamps).decision_sealed = vault.seal(DECISION_COLUMN, hostile)
        transaction.get_one(Committee, COMMUNE_IV).chair = f"Mme{CONTROLS}Traoré"
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{meeting(gateway).id}"
    if sealed_papers:
        gateway.clock.forward(days=10)
        desk = sign_in(gateway, "iv@example.org")
        desk.send(path, "held", present="Le maire")
        with gateway.deployment.database.write() as transaction:
            held = transaction.get_one(Meeting, int(path.rpartition("/")[2]))
            kept = vault.open(PAPERS, held.papers_sealed or b"").replace("Un long", "Un\\u001a long")
            held.papers_sealed = vault.seal(PAPERS, kept)
    for paper in ("ordre-du-jour", "proces-verbal"):
        answer = desk.http.get(f"{path}/{paper}.{form}")
        assert answer.status_code == 200, paper
    assert "On voit . Un long récit." in text_of(form, answer.data).replace("\n", " ")
    assert desk.http.get(f"{path}/reunion.ics").status_code == 200


def calendar_event(desk: Desk, path: str) -> Any:
    calendar: Any = Calendar.from_ical(desk.http.get(f"{path}/reunion.ics").data)
    assert calendar["METHOD"] == "PUBLISH"
    (event,) = calendar.walk("VEVENT")
    return event


def test_the_meeting_for_calendars(gateway: Gateway, desk: Desk) -> None:
    told(gateway)
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{meeting(gateway).id}"
    first = calendar_event(desk, path)
    assert first["SUMMARY"] == "Réunion : CCS de Commune IV"
    assert first.decoded("DTSTART") == meeting(gateway).starts_at
    assert first["ORGANIZER"].params["CN"] == "CCS de Commune IV"
    assert str(first["ORGANIZER"]).startswith("mailto:")
    assert str(meeting(gateway).id) != first["UID"].partition("@")[0]
    gateway.clock.forward(hours=1)
    again = calendar_event(desk, path)
    assert (again["UID"], again["SEQUENCE"]) == (first["UID"], first["SEQUENCE"])
    desk.send(path, "move", to="2026-12-10T09:00")
    moved = calendar_event(desk, path)
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], first["SEQUENCE"] + 1)
    desk.send(path, "cancel")
    cancelled = calendar_event(desk, path)
    assert cancelled["STATUS"] == "CANCELLED"
    assert (cancelled["UID"], cancelled["SEQUENCE"]) == (first["UID"], first["SEQUENCE"] + 2)


def test_a_new_rule_and_a_meeting_that_was_held_count_as_calendars_see_them(gateway: Gateway, desk: Desk) -> None:
    desk.send(f"/queue/items/{told(gateway)}", "agenda")
    path = f"/queue/committees/{COMMUNE_IV}/meetings/{meeting(gateway).id}"
    before = calendar_event(desk, path)["SEQUENCE"]
    desk.send(f"/queue/committees/{COMMUNE_IV}", "change", meets="every friday 10:00")
    assert calendar_event(desk, path)["SEQUENCE"] == before + 1
    gateway.clock.forward(days=10)
    desk = sign_in(gateway, "iv@example.org")
    desk.send(path, "held", present="Le maire")
    assert calendar_event(desk, path)["SEQUENCE"] == before + 1


def test_my_committee_shows_its_last_decisions_but_none_of_sensitive_matters(gateway: Gateway, desk: Desk) -> None:
    for id in (told(gateway), told(gateway, "un groupe armé est passé à Lafiabougou", "+22370001004")):
        desk.send(f"/queue/items/{id}", "decide", said=f"{DECISION} ({id})")
    phone = gateway.phone("+22370001005")
    phone.dial()
    shown = phone.type("1", "3", "lafiabougou", "1")
    assert "Décidé : La mairie pose dix lampadaires avant mars. (1)" in shown
    assert "(2)" not in shown


def test_a_citizen_who_moved_is_heard_where_they_report_from_and_reached_there(gateway: Gateway, desk: Desk) -> None:
    phone = gateway.phone("+22370001006")
    phone.report(place="banconi")
    phone.dial()
    phone.type("5", "4")
    phone.dial()
    phone.type("1", "2", "1", "lafiabougou", "1", "aucune lampe ne marche", "1")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        committees = transaction.scalars(select(Concern.committee).order_by(Concern.id)).all()
        assert reach(transaction, [COMMUNE_IV]) == 1
        assert reach(transaction, ["ml-bamako-commune-i"]) == 0
    assert committees == ["ml-bamako-commune-i", COMMUNE_IV]


def test_the_secretary_of_two_committees_has_both_agendas(gateway: Gateway, desk: Desk) -> None:
    gateway.secretary("ml-bamako-commune-i", SECRETARY)
    told(gateway)
    told(gateway, "on a volé mon mouton à Banconi", "+22370001007")
    gateway.first_pin(SECRETARY)
    for text in ("PIN 4711", "AGENDA"):
        gateway.phone(SECRETARY).write(text)
    gateway.work()
    agenda = gateway.inbox(SECRETARY)[-1]
    assert "CCS de Commune IV" in agenda
    assert "CCS de Commune I," in agenda
