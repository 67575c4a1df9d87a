"""PINs that are tried at the same moment: each try is counted, and one wins."""

import threading
from collections import Counter

from sqlalchemy import select

from storage.tables.audit import AuditLine
from tests.support.gateway import Gateway
from tests.support.phones import Phone

COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY = "+22370009001"


def try_at_once(gateway: Gateway, pins: list[str]) -> list[str]:
    """The screens of as many sessions of one number, whose PINs come at the same moment."""
    phones = [Phone(SECRETARY, gateway.app.test_client(), gateway.hook("ussd"), gateway.hook("sms")) for _ in pins]
    for phone in phones:
        phone.dial()
        phone.type("1")
    together = threading.Barrier(len(phones))

    def show(phone: Phone, pin: str) -> None:
        together.wait()
        phone.type(pin)

    threads = [threading.Thread(target=show, args=pair) for pair in zip(phones, pins, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [phone.screen for phone in phones]


def audited(gateway: Gateway) -> Counter[str]:
    with gateway.deployment.database.read() as transaction:
        return Counter(transaction.scalars(select(AuditLine.what).where(AuditLine.what.startswith("pin_"))))


def test_of_two_first_pins_at_once_one_is_chosen_and_the_other_is_wrong(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    try_at_once(gateway, ["4711", "8642"])
    assert audited(gateway) == Counter(pin_chosen=1, pin_wrong=1)


def test_wrong_pins_at_once_are_all_counted_and_the_right_one_comes_too_late(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    screens = try_at_once(gateway, ["1111", "2222", "3333", "5555", "6666", "7777"])
    assert audited(gateway) == Counter(pin_chosen=1, pin_wrong=2, pin_locked=4)
    assert not [screen for screen in screens if "ordre du jour" in screen.lower()]
    assert try_at_once(gateway, ["4711"])[0].startswith("Trois codes faux.")
