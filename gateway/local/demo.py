"""A believable half-year of six communes for an empty database: invented people, invented words, real causes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import invented_msisdn
from gateway.committees.agenda_items import decide
from gateway.committees.concerns import close, to_agenda
from gateway.committees.meetings import record_meeting
from gateway.committees.recommendations import recommend
from gateway.runtime.deployment import Deployment
from gateway.worker.triage import read_batch
from storage.committees.committees import add_secretary, load_registry
from storage.committees.meetings import meetings_of
from storage.concerns.concerns import NewConcern, file_concern
from storage.concerns.public_figures import publish_afresh
from storage.enumerations import ConcernState, ItemState, MessageState, Work
from storage.messages.outbound import FINAL
from storage.messages.outbox import claim_work
from storage.people.contacts import ensure_contact
from storage.tables.committees import AgendaItem, Committee
from storage.tables.concerns import Concern
from storage.tables.messages import Message, OutboxRow

SEED = 2026
HALF_YEAR = timedelta(days=182)
CONCERNS = 600
AT_ONCE = 10
"""Concerns that are read together, on the day of the last of them."""
PEOPLE = 240
COMMUNES = 6
SECRETARIES, CITIZENS = 9, 60
"""Series of invented numbers."""
CLOSED, DISCUSSED = 0.45, 0.3
"""Shares of concerns older than a month that were closed, and that stand on an agenda."""

# What people say, with where it may be said; the names come from the pack. Causes: the barometers of Bamako.
SAYINGS = (
    "on a volé ma moto devant la boutique à {place}",
    "voleurs chaque nuit à {place}, ils escaladent les murs",
    "vol de telephone au marche de {place}",
    "sonw ye butigi kari {place} su in na",
    "des jeunes vendent de la drogue derrière l'école de {place}",
    "denmisɛnw bɛ dɔrɔgu min {place}",
    "bagarre entre jeunes a {place} samedi passe",
    "aucun lampadaire ne marche sur la route de {place}",
    "dibi bɛ sira kan {place}, mɔgɔw bɛ siran",
    "les agents demandent de l'argent sans reçu au barrage de {place}",
    "les camions roulent trop vite devant l'école à {place}",
    "kasaara kera {place} sira kan",
    "dispute pour une parcelle à {place} entre deux familles",
    "le caniveau de {place} est bouché, l'eau monte dans les maisons",
    "musique jusqu'à 4h à {place}, on ne dort pas",
    "quelqu'un se fait passer pour la mairie et encaisse des taxes à {place}",
    "un mari frappe sa femme chaque nuit à {place}",
    "je propose un poste de police à {place}",
    "merci, il n'y a plus de vols à {place} depuis les patrouilles",
)
URGENT = (
    "au secours ils sont en train de défoncer une porte à {place} venez",
    "incendie au marché de {place} maintenant, les flammes montent",
    "tasuma bɛ ka jɛnɛ {place} la, aw ka teliya",
)
ANSWERS = (
    "Des patrouilles passent désormais chaque soir.",
    "Les lampadaires ont été réparés avec la mairie.",
    "Le comité a rencontré les jeunes et les chefs de quartier.",
    "La mairie a curé le caniveau.",
)


PRESENT = "Le maire\nLe commissaire de police\nLa présidente des femmes\nLe représentant des jeunes"


class DemoRefused(Exception):
    """The database holds something, or it is production."""


def fill(deployment: Deployment) -> str:
    """Fills the database and says what with. Raises `DemoRefused`."""
    if deployment.settings.in_production:
        raise DemoRefused("this is production: a demo would stand beside what people really said")
    with deployment.database.read() as transaction:
        if transaction.scalar(select(func.count()).select_from(Concern)):
            raise DemoRefused("the database holds concerns already: a demo goes into an empty one")
    chance = random.Random(SEED)  # noqa: S311 - a demo, the same each time
    communes = [area for area in deployment.pack.communes if deployment.pack.committees[area.code].installed]
    named = [area.code for area in communes if any(place.commune == area.code for place in deployment.pack.places)]
    spots = [place for place in deployment.pack.places if place.commune in named[:COMMUNES]]
    start, country = deployment.now() - HALF_YEAR, deployment.pack.country
    moments = sorted(start + HALF_YEAR * chance.random() ** 0.8 for _ in range(CONCERNS))
    with deployment.database.write() as transaction:
        load_registry(transaction, deployment.pack)
        for number, code in enumerate(named[:COMMUNES]):
            secretary = ensure_contact(
                transaction, deployment.vault, invented_msisdn(deployment.pack.country, SECRETARIES, number), start
            )
            add_secretary(transaction, transaction.get_one(Committee, code), secretary, start)
        for number, moment in enumerate(moments):
            saying = chance.choice(URGENT if chance.random() < 0.03 else SAYINGS)
            person = invented_msisdn(country, CITIZENS, chance.randrange(PEOPLE))
            contact = ensure_contact(transaction, deployment.vault, person, moment)
            text = saying.format(place=chance.choice(spots).name)
            file_concern(
                transaction, deployment.vault, NewConcern(("demo", str(number)), "sms", text, contact.id), moment
            )
    _read_all(deployment, moments)
    with deployment.database.write() as transaction:
        closed = _treat(deployment, transaction, chance)
        for code in named[:COMMUNES]:
            _meet(deployment, transaction, code, chance)
        _settle_messages(transaction)
        publish_afresh(transaction, deployment.vault, deployment.pack, deployment.now())
    return f"{CONCERNS} concerns of {PEOPLE} people in {COMMUNES} communes over half a year, {closed} answered"


def _read_all(deployment: Deployment, moments: list[datetime]) -> None:
    """Through the real triage, each batch on its own day, so that meetings and history fall where they would."""
    for last in moments[AT_ONCE - 1 :: AT_ONCE]:
        then = _at(deployment, last)
        with then.database.write() as transaction:
            claim = claim_work(transaction, Work.TRIAGE, last, AT_ONCE)
        read_batch(then, claim)


def _at(deployment: Deployment, moment: datetime) -> Deployment:
    """The same deployment with its clock at `moment`."""
    return replace(deployment, now=lambda: moment)


def _treat(deployment: Deployment, transaction: Transaction, chance: random.Random) -> int:
    month_ago = deployment.now() - timedelta(days=30)
    closed = 0
    old = select(Concern).where(Concern.received_at < month_ago, Concern.item_id.is_not(None)).order_by(Concern.id)
    for concern in transaction.scalars(old).all():
        then = _at(deployment, concern.received_at + timedelta(days=20))
        share = chance.random()
        if share < CLOSED and concern.state is not ConcernState.CLOSED:
            close(then, transaction, concern, "demo@example.org", chance.choice(ANSWERS))
            closed += 1
        elif share < CLOSED + DISCUSSED and concern.state is ConcernState.RECEIVED:
            to_agenda(then, transaction, concern, "demo@example.org")
    return closed


def _meet(deployment: Deployment, transaction: Transaction, code: str, chance: random.Random) -> None:
    """The committee's past meetings were held: some of what stood before each was decided, one thing recommended."""
    past = [meeting for meeting in meetings_of(transaction, code) if meeting.starts_at < deployment.now()]
    for meeting in reversed(past):
        then = _at(deployment, meeting.starts_at + timedelta(hours=2))
        before = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, AgendaItem.state == ItemState.ON_AGENDA)
        for at, item in enumerate(transaction.scalars(before.order_by(AgendaItem.id)).all()):
            if at == 0 and meeting is past[0]:
                recommend(then, transaction, item, "demo@example.org", "Doter la commune de moyens pour y remédier.")
            elif at % 3 == 0:
                decide(then, transaction, item, "demo@example.org", chance.choice(ANSWERS))
        record_meeting(then, transaction, meeting, PRESENT)


def _settle_messages(transaction: Transaction) -> None:
    """The SMS of the half-year have long been delivered: nothing of a demo goes out."""
    transaction.execute(
        update(Message)
        .where(Message.state.not_in(FINAL))
        .values(state=MessageState.DELIVERED, provider="demo", changed_at=Message.created_at)
    )
    transaction.execute(OutboxRow.__table__.delete().where(OutboxRow.work == Work.SEND))  # type: ignore[attr-defined]
