"""Citizens' messages on the agenda of a committee."""

from __future__ import annotations

from sqlalchemy import select

from storage.tables.committees import AgendaItem, Committee
from storage.tables.concerns import Concern
from tests.support.gateway import Gateway

CITIZEN, SECRETARY = "+22370001001", "+22370009001"


def told(gateway: Gateway, text: str = "aucun lampadaire ne marche à Lafiabougou", msisdn: str = CITIZEN) -> int:
    """Sends a citizen's message and has it read; returns the id of its agenda item."""
    gateway.clock.forward(minutes=2)
    gateway.phone(msisdn).write(text)
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()
    assert concern
    assert concern.item_id
    return concern.item_id


def item(gateway: Gateway, id: int) -> AgendaItem:
    with gateway.deployment.database.read() as transaction:
        return transaction.get_one(AgendaItem, id)


def committee(gateway: Gateway, code: str = "ml-bamako-commune-iv") -> Committee:
    with gateway.deployment.database.read() as transaction:
        return transaction.get_one(Committee, code)
