"""A sudden rise is reported once, and by day; a committee's budget holds back everything but emergencies."""

import pytest
from sqlalchemy import select

from flows.committees.surges import Rate
from gateway.outbound.surge_alerts import send_surge_alerts
from storage.committees.budgets import spent_this_month
from storage.committees.registry import change_committee
from storage.enumerations import MessageState
from storage.tables.committees import Committee
from storage.tables.messages import Message
from tests.support.gateway import Gateway

COMMUNE_IV, SECRETARY = "ml-bamako-commune-iv", "+22370009001"


def thefts(gateway: Gateway, count: int, start: int = 0, text: str = "on a volé ma moto à Lafiabougou") -> None:
    for number in range(start, start + count):
        gateway.phone(f"+2237000{number:04d}").write(text)
    gateway.work()


def surges(gateway: Gateway) -> list[str]:
    send_surge_alerts(gateway.deployment)
    gateway.work()
    return [text for text in gateway.inbox(SECRETARY) if "que d'habitude" in text]


@pytest.mark.parametrize(
    ("today", "before", "surge"),
    [(4, 0, False), (5, 0, True), (5, 46, True), (5, 47, False), (30, 280, True), (29, 280, False)],
)
def test_three_times_the_usual_rate_with_a_floor(today: int, before: int, surge: bool) -> None:
    assert Rate("theft", COMMUNE_IV, None, COMMUNE_IV, today, before).is_surge is surge


def test_a_surge_is_told_once_with_a_reference(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    thefts(gateway, 4)
    assert surges(gateway) == []
    thefts(gateway, 2, 4)
    (texts,) = surges(gateway)
    assert texts.startswith("CCS : Vol, cambriolage, Lafiabougou : 6 messages en 24 h, bien plus que d'habitude [")
    gateway.clock.forward(hours=20)
    thefts(gateway, 6, 10)
    assert surges(gateway) == [texts]


def test_at_night_it_waits_for_the_morning_and_a_sensitive_one_is_a_count(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.clock.forward(hours=13)  # 23:00 in Bamako
    thefts(gateway, 5, text="un groupe armé est passé à Lafiabougou hier")
    assert surges(gateway) == []
    gateway.clock.forward(hours=7, minutes=1)
    gateway.work()
    texts = [text for text in gateway.inbox(SECRETARY) if "que d'habitude" in text]
    assert len(texts) == 1
    assert "sujet sensible" in texts[0]
    assert "Groupe" not in texts[0]


def budget(gateway: Gateway, amount: str) -> None:
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        change_committee(transaction, gateway.deployment.pack, committee, {"monthly_budget": amount}, gateway.clock())


def held_back(gateway: Gateway) -> int:
    with gateway.deployment.database.read() as transaction:
        waiting = select(Message).where(Message.state == MessageState.QUEUED, Message.reason == "budget")
        return len(transaction.scalars(waiting).all())


def test_over_budget_only_emergencies_go_and_nothing_is_lost(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    budget(gateway, "5")  # less than one SMS of 10
    thefts(gateway, 5)
    assert surges(gateway) == []
    assert held_back(gateway) == 1
    gateway.phone("+22370001999").write("au secours des hommes armés nous attaquent maintenant à Lafiabougou")
    gateway.work()
    assert any("URGENT" in text for text in gateway.inbox(SECRETARY))
    gateway.clock.forward(days=6)
    gateway.work()
    assert held_back(gateway) == 1
    gateway.clock.forward(days=1)  # December
    gateway.work()
    assert len([text for text in gateway.inbox(SECRETARY) if "que d'habitude" in text]) == 1


def test_a_raised_budget_lets_go_what_waited_and_the_providers_price_counts(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    budget(gateway, "5")
    thefts(gateway, 5)
    surges(gateway)
    budget(gateway, "100")
    gateway.work()
    assert len([text for text in gateway.inbox(SECRETARY) if "que d'habitude" in text]) == 1
    with gateway.deployment.database.read() as transaction:
        spent = spent_this_month(transaction, gateway.deployment.pack, COMMUNE_IV, gateway.clock())
        price = transaction.scalars(select(Message.price).where(Message.key.startswith("surge:"))).one()
    assert (str(spent.spent), str(spent.budget), spent.is_warned) == (f"{price} XOF", "100 XOF", False)
    assert price == 10
