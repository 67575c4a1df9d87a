"""What an agenda item is called, on pages, papers and phones; what is nothing for a committee."""

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from flows.triage import Triage
from storage.enumerations import ConcernState, Role
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import CITIZEN, SECRETARY, told
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
COMMITTEE = f"/queue/committees/{COMMUNE_IV}"
SAID = (
    "on vole les motos devant la mosquée à Lafiabougou",
    "ma moto a été volée à la mosquée de Lafiabougou, plaque AB 1234 MD, par Moussa Coulibaly",
    "encore une moto volée près de la mosquée à Lafiabougou, appelez le 76 00 12 34",
)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    return sign_in(gateway, "iv@example.org")


def said_by_three(gateway: Gateway) -> int:
    return [told(gateway, text, f"+2237000300{number}") for number, text in enumerate(SAID)][-1]


def title_of(desk: Desk, item: int) -> str:
    heading = re.search(r"<h1>(.*?) <span", desk.get(f"/queue/items/{item}"))
    assert heading
    return heading[1]


def test_a_title_says_what_three_people_share_in_the_words_of_the_pack_alone(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway, SAID[0], "+22370003000")
    assert told(gateway, SAID[1], "+22370003001") == id
    assert told(gateway, SAID[0] + " encore", "+22370003001") == id  # the same person once more
    assert title_of(desk, id) == "Vol, cambriolage, Lafiabougou, Commune IV"
    gateway.clock.forward(days=20)
    desk = sign_in(gateway, "iv@example.org")
    assert told(gateway, SAID[2], "+22370003002") == id
    assert title_of(desk, id) == "Vols de motos près de la mosquée, Lafiabougou, Commune IV"
    page = desk.get(f"/queue/items/{id}")
    assert "4 messages en 3 semaines" in page.replace("\xa0", " ")
    for secret in ("AB 1234", "Moussa", "Coulibaly", "7600", "76 00"):
        assert secret not in page + desk.get(COMMITTEE)


def test_a_title_is_english_on_english_pages_and_french_on_papers(gateway: Gateway, desk: Desk) -> None:
    id = said_by_three(gateway)
    with gateway.deployment.database.read() as transaction:
        meeting = transaction.get_one(AgendaItem, id).meeting_id
    desk.http.get("/language/en")
    title = "Motorbike thefts near the mosque, Lafiabougou, Commune IV"
    assert title_of(desk, id) == title
    for page in (COMMITTEE, f"{COMMITTEE}/meetings/{meeting}"):
        assert title in desk.get(page), page
    body = desk.http.get(f"{COMMITTEE}/meetings/{meeting}/ordre-du-jour.pdf").data
    paper = "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    assert "Vols de motos près de la mosquée" in " ".join(paper.split())


def test_what_comes_without_a_number_counts_as_one_person(gateway: Gateway, desk: Desk) -> None:
    for number in range(3):
        gateway.phone(f"+2237000350{number}").report(words="on a volé ma moto", answerable="2")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        titles = [transaction.get_one(AgendaItem, id) for id in transaction.scalars(select(AgendaItem.id))]
    for item in titles:
        assert "motos" not in title_of(desk, item.id)


def test_a_person_may_word_the_title_and_a_neutral_summary_that_pages_and_sms_take(
    gateway: Gateway, desk: Desk
) -> None:
    id = said_by_three(gateway)
    path = f"/queue/items/{id}"
    assert "n'a pas sa place" in desk.send(path, "describe", title="Appelez le 76 00 12 34", summary="")
    assert "Trop long" in desk.send(path, "describe", title="x" * 101, summary="")
    desk.send(path, "describe", title="Motos volées à la sortie de la prière", summary="Trois vols, le vendredi.")
    assert title_of(desk, id) == "Motos volées à la sortie de la prière"
    assert "Trois vols, le vendredi." in desk.get(path)
    gateway.first_pin(SECRETARY)
    for text in ("PIN 4711", "AGENDA"):
        gateway.phone(SECRETARY).write(text)
        gateway.work()
    assert "Motos volées à la sortie de la prière : 3" in gateway.inbox(SECRETARY)[-1]
    desk.send(path, "describe", title="", summary="")
    assert title_of(desk, id) == "Vols de motos près de la mosquée, Lafiabougou, Commune IV"


def test_a_sensitive_item_has_no_words_beside_its_category(gateway: Gateway, desk: Desk) -> None:
    ids = {
        told(gateway, "un groupe armé est passé devant la mosquée à Lafiabougou", f"+2237000400{number}")
        for number in range(3)
    }
    (id,) = ids
    assert title_of(desk, id) == "Groupe armé, Lafiabougou, Commune IV"
    assert "Titre et résumé" not in desk.get(f"/queue/items/{id}")


@pytest.mark.parametrize(
    ("text", "why", "answered"),
    [
        ("merci beaucoup pour les lampadaires à Lafiabougou", "thanks", "merci pour votre message"),
        ("Bonjour, ça va ?", "greeting", "écrivez ce qui se passe"),
        ("test 1 2 3", "test", "écrivez ce qui se passe"),
        ("donnez moi du crédit svp", "off_topic", "écrivez ce qui se passe"),
    ],
)
def test_what_is_surely_nothing_for_a_committee_is_counted_and_answered_once(
    gateway: Gateway, text: str, why: str, answered: str
) -> None:
    for again in (text, f"{text} !"):
        gateway.phone(CITIZEN).write(again)
        gateway.work()
        gateway.clock.forward(hours=2)
    with gateway.deployment.database.read() as transaction:
        concerns = transaction.scalars(select(Concern)).all()
        assert transaction.scalars(select(AgendaItem)).all() == []
    assert len(concerns) == 2
    for concern in concerns:
        assert (concern.category, concern.state, concern.reasons) == ("other", ConcernState.CLOSED, [why])
        assert not concern.needs_review
    texts = gateway.inbox(CITIZEN)
    assert len(texts) == 1
    assert answered in texts[0]


@pytest.mark.parametrize(
    "text",
    ["merci de venir vite on nous attaque", "allo au secours", "bonjour il y a le feu", "merci au secours venez vite"],
)
def test_what_sounds_of_danger_is_never_nothing(triage: Triage, text: str) -> None:
    reading = triage.read(text)
    assert reading.no_matter == ""
    assert reading.needs_review or reading.urgency == "emergency"


def test_proposals_stand_as_proposals_and_each_question_waits_for_somebody_s_answer(
    gateway: Gateway, desk: Desk
) -> None:
    proposals = [
        told(gateway, "il faudrait des lampadaires à Lafiabougou", CITIZEN),
        told(gateway, "nous proposons des lampadaires à Lafiabougou", "+22370001002"),
    ]
    assert proposals[0] == proposals[1]
    assert title_of(desk, proposals[0]).startswith("Proposition, Laf")
    told(gateway, "il faudrait des lampadaires à Lafiabougou svp", "+22370001005")
    assert title_of(desk, proposals[0]) == "Proposition : Lampadaires en panne, Lafiabougou, Commune IV"
    assert told(gateway, "nous proposons des poubelles à Lafiabougou", "+22370001006") != proposals[0]
    questions = [
        told(gateway, "quand est la réunion du comité à Lafiabougou ?", "+22370001003"),
        told(gateway, "où se trouve le comité à Lafiabougou ?", "+22370001004"),
    ]
    assert questions[0] != questions[1]
    assert title_of(desk, questions[0]).startswith("Question, Laf")
    meeting = re.search(rf'href="({COMMITTEE}/meetings/\d+)"', desk.get(COMMITTEE))
    assert meeting
    page = desk.get(meeting[1])
    assert page.index("Proposés par le score") < page.index("Proposition") < page.index("Hors de l'ordre du jour")
    assert page.index("Hors de l'ordre du jour") < page.index("Question, ")
    desk.send(f"/queue/items/{questions[0]}", "close", said="Le premier jeudi du mois, à la mairie.")
    ready = gateway.deployment.pack.first_language.ready_answers["Hors du comité"]
    assert "Écrivez la réponse" in desk.send(f"/queue/items/{questions[1]}", "close", ready="Autre chose")
    desk.send(f"/queue/items/{questions[1]}", "close", ready=ready)
    gateway.undo_is_over()
    assert "Le premier jeudi du mois" in gateway.inbox("+22370001003")[-1]
    assert ready in gateway.inbox("+22370001004")[-1]
