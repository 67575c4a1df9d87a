"""The settings on the phone offer what applies, also when a lost session is replayed."""

import pytest
from sqlalchemy import select

from storage.tables.people import Contact
from tests.support.gateway import Gateway


@pytest.mark.parametrize(
    ("key", "offered", "answer", "opposite", "undone"),
    [
        ("3", "3 Ne plus recevoir de SMS", "Vous ne recevrez plus de SMS", "3 Recevoir des SMS", "recevrez nos SMS"),
        ("4", "4 Annonces du comité", "recevrez les annonces", "4 Plus d'annonces", "ne recevrez plus d'annonces"),
    ],
)
def test_of_two_opposites_the_one_that_applies_is_offered_and_a_replay_undoes_nothing(
    gateway: Gateway, key: str, offered: str, answer: str, opposite: str, undone: str
) -> None:
    phone = gateway.phone()
    phone.report()
    phone.dial()
    menu = phone.type("5")
    assert offered in menu
    assert opposite not in menu
    assert answer in phone.type(key)
    gateway.deployment.redis.flushall()
    assert answer in phone.request()
    with gateway.deployment.database.read() as transaction:
        contact = transaction.scalars(select(Contact)).one()
        assert bool(contact.muted_at) is (key == "3")
        assert contact.wants_news is (key == "4")
    phone.dial()
    menu = phone.type("5")
    assert opposite in menu
    assert offered not in menu
    assert undone in phone.type(key)
    gateway.deployment.redis.flushall()
    assert undone in phone.request()
    with gateway.deployment.database.read() as transaction:
        contact = transaction.scalars(select(Contact)).one()
        assert not contact.muted_at
        assert not contact.wants_news
