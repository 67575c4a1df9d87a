"""An emergency that nobody takes up within fifteen minutes is told to the duty number, once, whoever had the alert."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import sweep_all
from storage.concerns.taking_up import MAY_BE_URGENT
from storage.enumerations import MessageState, Role
from storage.messages.alerts import set_duty
from storage.people.contacts import ensure_contact
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway
from tests.support.waiting import eventually

COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY, DUTY, CITIZEN = "+22370009001", "+22370009008", "+22370001001"
FIRE = "au secours incendie au marché de Lafiabougou maintenant"


@pytest.fixture(autouse=True)
def people(gateway: Gateway) -> None:
    """A secretary who has the alert, and a duty number of the country."""
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    with gateway.deployment.database.write() as transaction:
        contact = ensure_contact(transaction, gateway.deployment.vault, DUTY, gateway.clock())  # type: ignore[arg-type]
        set_duty(transaction, "ml", contact, gateway.clock())


def reported(gateway: Gateway, text: str = FIRE) -> Concern:
    gateway.phone(CITIZEN).write(text)
    gateway.work()
    return the_concern(gateway)


def the_concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()  # type: ignore[return-value]


def all_delivered(gateway: Gateway) -> None:
    """Waits for the receipts of all that was sent: an alert that no phone has is sent again."""

    def sent() -> int:
        with gateway.deployment.database.read() as transaction:
            return len(transaction.scalars(select(Message.id).where(Message.state == MessageState.SENT)).all())

    eventually(lambda: sent() == 0)


def minutes_pass(gateway: Gateway, minutes: int) -> list[str]:
    """Time passes and the worker's minute comes; what the duty number was told of lateness."""
    gateway.clock.forward(minutes=minutes)
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))
    gateway.work()
    all_delivered(gateway)
    return [text for text in gateway.inbox(DUTY) if "sans suite" in text or "peut-etre urgent" in text]


def test_what_nobody_takes_up_is_told_to_the_duty_number_once(gateway: Gateway) -> None:
    reference = reported(gateway).reference.removeprefix("CCS-")
    assert minutes_pass(gateway, 14) == []
    texts = minutes_pass(gateway, 2)
    assert texts == [f"CCS URGENT : 1 sans suite depuis 15 minutes : {reference}. A vous d'agir."]
    assert minutes_pass(gateway, 60) == texts


def opened_on_the_page(gateway: Gateway, concern: Concern) -> None:
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    sign_in(gateway, "iv@example.org").get(f"/queue/concerns/{concern.reference}")


def opened_by_an_observer(gateway: Gateway, concern: Concern) -> None:
    gateway.administrator("observer@example.org", Role.OBSERVER)
    sign_in(gateway, "observer@example.org").get(f"/queue/concerns/{concern.reference}")


def by_sms(command: str) -> Callable[[Gateway, Concern], None]:
    def act(gateway: Gateway, concern: Concern) -> None:
        gateway.phone(SECRETARY).write("PIN 4711")
        gateway.phone(SECRETARY).write(command.format(concern.reference))
        gateway.work()

    return act


def by_ussd(gateway: Gateway, _: Concern) -> None:
    phone = gateway.phone(SECRETARY)
    phone.dial()
    phone.type("1", "4711", "1")
    assert "Feu, inondation" in phone.screen


def nobody(gateway: Gateway, _: Concern) -> None:
    gateway.phone(SECRETARY).write("PIN 4711")
    gateway.phone(SECRETARY).write("AGENDA")
    gateway.work()


@pytest.mark.parametrize(
    ("takes_up", "late"),
    [
        (opened_on_the_page, False),
        (by_sms("VOIR {}"), False),
        (by_sms("OK {}"), False),
        (by_sms("PASSER {} POLICE"), False),
        (by_sms("CLORE {} Les pompiers sont venus."), False),
        (by_ussd, False),
        (by_sms("REPORTER {}"), True),
        (opened_by_an_observer, True),
        (nobody, True),
    ],
)
def test_who_looks_at_it_or_acts_on_it_takes_it_up(
    gateway: Gateway, takes_up: Callable[[Gateway, Concern], None], late: bool
) -> None:
    takes_up(gateway, reported(gateway))
    assert bool(minutes_pass(gateway, 20)) is late


def test_many_late_ones_are_one_sms_and_old_ones_none(gateway: Gateway) -> None:
    for number in range(3):
        gateway.phone(f"+2237000200{number}").write(FIRE.replace("Lafiabougou", "Banconi") + f" rue {number}")
    gateway.work()
    (texts,) = minutes_pass(gateway, 20)
    assert texts.startswith("CCS URGENT : 3 sans suite")
    reported(gateway)
    with gateway.deployment.database.write() as transaction:  # as after an upgrade: it came before anybody was watched
        transaction.execute(update(Concern).values(late_told_at=None))
    assert minutes_pass(gateway, 26 * 60) == [texts]


def test_what_may_be_urgent_is_told_when_nobody_has_opened_it(gateway: Gateway) -> None:
    concern = reported(gateway, "on a volé ma moto à Lafiabougou hier")
    with gateway.deployment.database.write() as transaction:
        marked = transaction.get_one(Concern, concern.id)
        marked.needs_review, marked.reasons = True, [MAY_BE_URGENT]
    texts = minutes_pass(gateway, 16)
    assert texts == [
        f"CCS : 1 peut-etre urgent, pas encore lu : {concern.reference.removeprefix('CCS-')}. A vous de lire."
    ]
    assert minutes_pass(gateway, 16) == texts
