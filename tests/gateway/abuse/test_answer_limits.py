"""Answers that are not sent: too many, too expensive, to other countries. And those that are always sent."""

import pytest
from sqlalchemy import func, select

from storage.enumerations import MessageState
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway

CITIZEN = "+22370001001"
SECRETARY = "+22370009001"


def held(gateway: Gateway) -> dict[str | None, int]:
    with gateway.deployment.database.read() as transaction:
        rows = transaction.execute(
            select(Message.reason, func.count()).where(Message.state == MessageState.HELD).group_by(Message.reason)
        )
        return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("text", ["AIDE", "", "🙂", "SUIVI 2222", "STARTT", "langue fr", "CCS Banconi", "1"])
def test_a_machine_that_answers_each_of_our_sms_is_answered_five_times_an_hour(gateway: Gateway, text: str) -> None:
    for _ in range(60):
        gateway.phone().write(text)
        gateway.clock.forward(seconds=30)
    gateway.deployment.redis.flushall()
    gateway.phone().write(text)
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 5
    assert held(gateway) == {"answers_an_hour": 56}
    gateway.clock.forward(hours=1)
    gateway.phone().write(text)
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 6


def test_what_is_held_back_is_counted_and_an_administrator_sees_why(gateway: Gateway) -> None:
    for _ in range(8):
        gateway.phone().write("AIDE")
    gateway.work()
    assert 'ccs_messages_held{reason="answers_an_hour"} 3.0' in gateway.http.get("/metrics").text
    gateway.administrator("admin@example.org")
    page = sign_in(gateway, "admin@example.org").get("/queue/messages?state=held")
    assert "plus de cinq réponses sans nouvelle dans l'heure à ce numéro : 3" in page
    assert page.count('data-label="État">Retenu') == 3
    with gateway.deployment.database.read() as transaction:
        assert set(transaction.scalars(select(Message.text_sealed).where(Message.state == MessageState.HELD))) == {None}


def test_the_first_answer_to_a_concern_and_the_emergency_numbers_are_not_among_the_five(gateway: Gateway) -> None:
    for _ in range(9):
        gateway.phone().write("AIDE")
    gateway.phone().write("on a volé ma moto à Banconi hier")
    gateway.phone().write("au secours, des hommes armés nous attaquent à Lafiabougou")
    gateway.work()
    answers = gateway.inbox(CITIZEN)
    assert len(answers) == 7
    assert "EN DANGER, APPELEZ" in answers[0]  # what is urgent leaves first
    assert answers[6].startswith("CCS : message recu")


def test_one_number_has_no_limit_for_another(gateway: Gateway) -> None:
    for _ in range(9):
        gateway.phone().write("AIDE")
    gateway.phone("+22370001002").write("AIDE")
    gateway.work()
    assert len(gateway.inbox("+22370001002")) == 1


EMERGENCIES = (
    "au secours, des hommes armés tirent devant la mosquée",
    "la maison de mon voisin est en feu, des enfants sont dedans",
    "un camion a renversé des gens, il y a beaucoup de sang",
    "ils enlèvent le maître de l'école maintenant",
    "une bombe a explosé au carrefour",
    "on égorge des bergers en ce moment au puits",
    "mon mari me frappe avec une machette, venez vite",
    "le pont s'effondre, des personnes se noient",
    "des djihadistes encerclent le village, ils tirent",
    "incendie au marché, les flammes montent",
    "un homme armé d'un couteau poursuit ma soeur, vite",
    "fusillade à la gare routière, des blessés par terre",
    "ils brûlent les greniers et tuent les habitants",
    "quelqu'un saigne beaucoup devant la pharmacie, appelez vite",
    "l'eau monte, nous sommes coincés sur le toit",
    "on lynche un voleur devant le stade, il va mourir",
    "ils ont kidnappé trois filles à l'instant",
    "un obus est tombé sur le dispensaire, des morts",
    "le dépôt d'essence brûle, tout va exploser",
    "des coupeurs de route tirent sur le car maintenant",
)


def test_answers_to_one_number_cost_no_more_an_hour_than_the_pack_says(gateway: Gateway) -> None:
    """Each message is answered with emergency numbers and a question about the place, until that is too expensive."""
    for text in EMERGENCIES:
        gateway.phone().write(text)
        gateway.clock.forward(seconds=20)
    gateway.work()
    pack = gateway.deployment.pack
    with gateway.deployment.database.read() as transaction:
        gone = select(func.sum(Message.parts)).where(Message.answer.is_not(None), Message.state != MessageState.HELD)
        spent = (transaction.scalar(gone) or 0) * pack.sms_price
        assert transaction.scalar(select(func.count()).select_from(Concern)) == len(EMERGENCIES)
    assert 0 < spent <= pack.sms_cost_per_hour
    assert held(gateway)["cost_an_hour"] > 0
    gateway.clock.forward(hours=1)
    gateway.phone().write("il y a encore des tirs devant la mosquée, au secours")
    gateway.work()
    assert "EN DANGER, APPELEZ" in gateway.inbox(CITIZEN)[-2]


@pytest.mark.parametrize("abroad", ["+33612345678", "+8816231234567", "+447400123456", "+870773123456"])
def test_a_number_of_another_country_is_heard_and_never_answered(gateway: Gateway, abroad: str) -> None:
    gateway.phone(abroad).write("on a volé ma moto à Banconi hier")
    gateway.phone(abroad).write("AIDE")
    gateway.work()
    assert gateway.inbox(abroad) == []
    assert held(gateway) == {"country": 2}
    with gateway.deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern)).one()
    assert concern.needs_review
    assert "cannot_be_answered" in concern.reasons
    assert concern.commune == "ml-bamako-commune-i"
    gateway.administrator("admin@example.org")
    page = sign_in(gateway, "admin@example.org").get(f"/queue/concerns/{concern.reference}")
    assert "aucune réponse possible" in page


@pytest.mark.parametrize("neighbour", ["+2250708091011", "+221771234567", "+22670123456", "+22796123456"])
def test_a_neighbours_border_sim_is_answered(gateway: Gateway, neighbour: str) -> None:
    gateway.phone(neighbour).write("on a volé ma moto à Banconi hier")
    gateway.work()
    assert len(gateway.inbox(neighbour)) == 1


def test_a_secretarys_acts_are_answered_whatever_help_came_before(gateway: Gateway) -> None:
    gateway.secretary("ml-bamako-commune-iv", SECRETARY)
    for _ in range(9):
        gateway.phone(SECRETARY).write("OK")
    gateway.first_pin(SECRETARY)
    gateway.phone(SECRETARY).write("PIN 4711")
    gateway.phone(SECRETARY).write("AGENDA")
    gateway.work()
    answers = gateway.inbox(SECRETARY)
    assert len(answers) == 7
    assert answers[-2].startswith("CCS : code reconnu")
