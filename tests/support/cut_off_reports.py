"""USSD reports that are cut off before they are sent."""

from __future__ import annotations

from tests.support.gateway import Gateway
from tests.support.phones import Phone

CITIZEN = "+22370001001"


def known(gateway: Gateway) -> Phone:
    """The phone of a citizen who reported a day ago and may be answered."""
    phone = gateway.phone(CITIZEN)
    phone.report()
    gateway.clock.forward(days=1)
    return phone


def cut_off(gateway: Gateway, phone: Phone) -> None:
    """Dials and reports an unlit road up to the last screen; the report is not sent, and seconds later it stands in the
    database as a draft."""
    phone.dial()
    phone.type("1", "2", "10", "banconi", "1", "lampes cassées")
    assert "Lieu sans lumi" in phone.screen
    gateway.catch_up()
