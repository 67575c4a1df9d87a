"""The worker reads messages: each comes to the agenda of the committee that is responsible for it."""

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from flows.msisdn import Msisdn
from flows.triage import Urgency
from gateway.committees.concerns import close, to_agenda
from gateway.committees.registry import install
from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import drain_all
from gateway.worker.triage import BATCH
from storage.committees.agendas import agenda
from storage.committees.carried_over import carry_over
from storage.committees.committees import load_registry, next_meeting
from storage.concerns.concerns import history
from storage.enumerations import ConcernState, ItemState, Work
from storage.messages.alerts import set_duty
from storage.messages.outbox import add_work
from storage.people.contacts import ensure_contact
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern
from storage.tables.messages import OutboxRow
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY, DUTY = "+22370009001", "+22370009002"


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def test_the_same_thing_in_the_same_place_is_one_item_of_the_next_meeting(gateway: Gateway) -> None:
    for number in range(3):
        gateway.phone(f"+2237000200{number}").write(f"on a volé {number + 2} motos à Lafiabougou hier")
    gateway.phone("+22370002009").write("aucun lampadaire ne marche à Lafiabougou")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        items = agenda(transaction, COMMUNE_IV, gateway.clock())
        assert [(item.category, item.place, item.count) for item in items] == [
            ("theft", "Lafiabougou", 3),
            ("lighting", "Lafiabougou", 1),
        ]
        meeting = transaction.scalars(select(Meeting)).one()
        assert f"{meeting.starts_at:%Y-%m-%d %H:%M}" == "2026-12-03 09:00"
        assert transaction.scalar(select(func.count()).select_from(OutboxRow)) == 0


def test_a_commune_without_a_committee_is_heard_by_the_region_until_it_has_one(gateway: Gateway) -> None:
    gateway.phone().write("on a volé ma moto à Kalabancoro hier")
    gateway.work()
    assert concerns(gateway)[0].committee == "ml-koulikoro"
    with gateway.deployment.database.write() as transaction:
        to_agenda(gateway.deployment, transaction, transaction.scalars(select(Concern)).one(), "admin@example.org")
    with gateway.deployment.database.write() as transaction:
        own = transaction.scalars(select(Committee).where(Committee.name == "CCS de Kalabancoro")).one()
        assert (
            install(gateway.deployment, transaction, own, "admin@example.org", gateway.clock().date(), "every friday")
            == 1
        )
    (moved,) = concerns(gateway)
    assert moved.committee == own.code
    with gateway.deployment.database.read() as transaction:
        assert transaction.execute(select(AgendaItem.committee, AgendaItem.state)).all() == [
            (own.code, ItemState.ON_AGENDA)
        ]
    with gateway.deployment.database.write() as transaction:
        load_registry(transaction, gateway.deployment.pack)
        assert transaction.get_one(Committee, own.code).installed


def test_a_complaint_about_agents_goes_past_the_commune(gateway: Gateway) -> None:
    gateway.phone().write("les agents demandent de l'argent sans recu au barrage de Lafiabougou")
    gateway.work()
    (concern,) = concerns(gateway)
    assert (concern.category, concern.commune, concern.committee) == ("misconduct", COMMUNE_IV, "ml-bamako")


def test_an_emergency_alerts_the_secretary_at_once_without_a_word_of_the_citizen(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant chez Moussa")
    gateway.work()
    (concern,) = concerns(gateway)
    assert concern.urgency == "emergency"
    (alert,) = gateway.inbox(SECRETARY)
    assert alert.startswith(f"CCS URGENT {concern.reference} : Feu, inondation, Lafiabougou.")
    assert "Moussa" not in alert
    with gateway.deployment.database.read() as transaction:
        assert [event.what for event in history(transaction, concern)] == ["received", "read", "alerted"]


def test_a_sensitive_emergency_is_a_reference_and_a_place_alone(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone().write("des hommes armés tirent en ce moment à Lafiabougou")
    gateway.work()
    (alert,) = gateway.inbox(SECRETARY)
    assert alert == (
        f"CCS URGENT {concerns(gateway)[0].reference} : Lafiabougou. Sujet sensible, voir l'administration."
    )


def test_what_the_citizen_chose_stays_and_a_contradiction_is_for_a_person(gateway: Gateway) -> None:
    gateway.phone().report(words="incendie maintenant les flammes montent à Banconi")
    gateway.work()
    (concern,) = concerns(gateway)
    assert (concern.category, concern.commune, concern.urgency) == ("theft", COMMUNE_IV, "priority")
    assert set(concern.reasons) == {"category_disagrees", "place_disagrees", "urgency_disagrees"}


def test_read_twice_is_read_once(gateway: Gateway) -> None:
    """A worker that died between its commit and its answer leaves no work to repeat."""
    gateway.phone().write("on a volé ma moto à Lafiabougou hier")
    gateway.work()
    with gateway.deployment.database.write() as transaction:
        add_work(transaction, Work.TRIAGE, [concerns(gateway)[0].id], gateway.clock())
    gateway.work()
    assert len(gateway.inbox("+22370001001")) == 1
    with gateway.deployment.database.read() as transaction:
        assert [event.what for event in history(transaction, concerns(gateway)[0])] == ["received", "read"]


def test_an_item_whose_concerns_are_closed_is_closed_and_the_thing_coming_back_is_a_new_one(gateway: Gateway) -> None:
    for number in range(2):
        gateway.phone().write("on a volé ma moto à Lafiabougou hier")
        gateway.clock.forward(hours=2)
        gateway.work()
        with gateway.deployment.database.write() as transaction:
            concern = transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()
            assert concern
            close(gateway.deployment, transaction, concern, "admin@example.org", f"Des patrouilles passent ({number}).")
    with gateway.deployment.database.read() as transaction:
        assert list(transaction.scalars(select(AgendaItem.state))) == [ItemState.CLOSED, ItemState.CLOSED]
        assert agenda(transaction, COMMUNE_IV, gateway.clock()) == []


def test_open_items_of_a_past_meeting_go_to_the_next(gateway: Gateway) -> None:
    gateway.phone().write("on a volé ma moto à Lafiabougou hier")
    gateway.work()
    gateway.clock.forward(days=14)
    with gateway.deployment.database.write() as transaction:
        now = gateway.clock()
        assert (
            carry_over(
                transaction, lambda committee: next_meeting(transaction, gateway.deployment.pack, committee, now), now
            )
            == 1
        )
        item = transaction.scalars(select(AgendaItem)).one()
        assert f"{transaction.get_one(Meeting, item.meeting_id).starts_at:%Y-%m-%d}" == "2027-01-07"


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_cry_in_a_flood_of_messages_is_read_and_alerted_before_them(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More wait than one batch takes; each call of `drain_all` has time for one batch."""

    def one_batch() -> bool:
        looks = iter([0.0, 2.0])
        monkeypatch.setattr("gateway.worker.dispatcher.time", SimpleNamespace(monotonic=lambda: next(looks)))
        return drain_all(gateway.deployment, routing, until=1.0)

    gateway.secretary("ml-bamako-commune-iv", "+22370009002")
    for number in range(BATCH + 20):
        gateway.phone(f"+2237100{number:04d}").write(f"aucun lampadaire ne marche à Sogoniko, rue {number}")
    cry = "au secours, des hommes armés tirent en ce moment à Lafiabougou"
    gateway.phone("+22370001299").write(cry)
    routing = provider_routing(gateway.deployment.settings)
    assert not one_batch()
    with gateway.deployment.database.read() as transaction:
        read = transaction.scalars(select(Concern.urgency).where(Concern.triaged_at.is_not(None))).all()
    assert len(read) == BATCH
    assert Urgency.EMERGENCY in read
    assert not one_batch()
    assert len(gateway.inbox("+22370009002")) == 1
    with gateway.deployment.database.read() as transaction:
        left = transaction.scalars(select(Concern.id).where(Concern.triaged_at.is_(None))).all()
    assert len(left) == 21


@pytest.mark.parametrize("cry", ["🆘", "au secours", "SOS", "HELP!!", "SOS Lafiabougou", "🆘🆘🆘 Lafiabougou"])
def test_a_cry_of_a_word_or_a_sign_alerts_somebody(gateway: Gateway, cry: str) -> None:
    with gateway.deployment.database.write() as transaction:
        on_duty = ensure_contact(transaction, gateway.deployment.vault, Msisdn(DUTY), gateway.clock())
        set_duty(transaction, "ml", on_duty, gateway.clock())
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone().write(cry)
    gateway.work()
    (concern,) = concerns(gateway)
    alerted = SECRETARY if "Lafiabougou" in cry else DUTY
    assert [text for text in gateway.inbox(alerted) if concern.reference in text]


DAMAGED: Any = 5
"""No list of reasons: whatever reads the row fails."""


def set_reasons(gateway: Gateway, reasons: Any) -> None:
    """Writes the reasons of the second concern."""
    with gateway.deployment.database.write() as transaction:
        transaction.get_one(Concern, concerns(gateway)[1].id).reasons = reasons


def test_a_concern_that_cannot_be_settled_holds_up_no_other_and_is_tried_again(gateway: Gateway) -> None:
    """Its row is damaged, for instance."""
    for number in range(3):
        gateway.phone(f"+2237000300{number}").report(words=f"on a volé {number + 2} motos")

    set_reasons(gateway, DAMAGED)
    gateway.work()
    assert [concern.triaged_at is not None for concern in concerns(gateway)] == [True, False, True]
    set_reasons(gateway, [])
    gateway.clock.forward(seconds=11)
    gateway.work()
    assert all(concern.item_id for concern in concerns(gateway))


def test_an_emergency_that_cannot_be_settled_is_alerted_all_the_same_and_once(gateway: Gateway) -> None:
    """The duty number hears of it at once, the committee when it can be settled."""
    gateway.secretary(COMMUNE_IV, SECRETARY)
    with gateway.deployment.database.write() as transaction:
        on_duty = ensure_contact(transaction, gateway.deployment.vault, Msisdn(DUTY), gateway.clock())
        set_duty(transaction, "ml", on_duty, gateway.clock())
    for number in range(2):
        gateway.phone(f"+2237000300{number}").write("ils nous tirent dessus a Lafiabougou")
    set_reasons(gateway, DAMAGED)
    for _ in range(2):
        gateway.work()
        gateway.clock.forward(seconds=11)
    assert [concern.triaged_at is not None for concern in concerns(gateway)] == [True, False]
    references = [concern.reference for concern in concerns(gateway)]
    assert len([text for text in gateway.inbox(DUTY) if references[1] in text]) == 1
    set_reasons(gateway, [])
    gateway.clock.forward(seconds=21)
    gateway.work()
    assert len([text for text in gateway.inbox(SECRETARY) if references[1] in text]) == 1


def test_many_messages_are_read_together_as_one_by_one(gateway: Gateway) -> None:
    """Repetitions, thanks, limits on answers and items are the same, however many messages a transaction settles."""
    people = [gateway.phone(f"+2237000400{number}") for number in range(4)]
    for person in people:
        person.write("on a volé ma moto à Lafiabougou hier")
        person.write("On a vole ma moto a lafiabougou hier !")
        person.write("merci beaucoup pour votre travail")
    gateway.work()
    read = concerns(gateway)
    assert [concern.duplicate_of is not None for concern in read] == [False, True, False] * 4
    assert [concern.state for concern in read] == [
        ConcernState.RECEIVED,
        ConcernState.RECEIVED,
        ConcernState.CLOSED,
    ] * 4
    assert len({concern.item_id for concern in read if concern.item_id}) == 1
    for person, first in zip(people, read[::3], strict=True):
        received, repeated, thanks = gateway.inbox(person.msisdn)
        assert first.reference in received
        assert first.reference in repeated
        assert first.reference not in thanks
    with gateway.deployment.database.read() as transaction:
        assert [event.what for event in history(transaction, read[0])] == ["received", "read", "repeated"]
