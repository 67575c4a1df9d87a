"""Citizens' messages that stand before a committee."""

from __future__ import annotations

from sqlalchemy import select

from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.gateway import Gateway

CITIZEN, SECRETARY = "+22370001001", "+22370009001"


def told(gateway: Gateway, text: str = "aucun lampadaire ne marche à Lafiabougou", msisdn: str = CITIZEN) -> int:
    """A citizen's message; the number of the agenda item that it belongs to."""
    gateway.clock.forward(minutes=2)
    gateway.phone(msisdn).write(text)
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        one = transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()
    assert one
    assert one.item_id
    return one.item_id


def item(gateway: Gateway, id: int) -> AgendaItem:
    with gateway.deployment.database.read() as transaction:
        return transaction.get_one(AgendaItem, id)
