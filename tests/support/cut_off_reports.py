"""Reports that break off before they are sent."""

from __future__ import annotations

from tests.support.gateway import Gateway
from tests.support.phones import Phone

CITIZEN = "+22370001001"


def known(gateway: Gateway) -> Phone:
    """Somebody who reported before and may be answered."""
    phone = gateway.phone(CITIZEN)
    phone.report()
    gateway.clock.forward(days=1)
    return phone


def cut_off(phone: Phone) -> None:
    """A report of an unlit road that breaks off before it is sent."""
    phone.dial()
    phone.type("1", "2", "10", "banconi", "1", "lampes cassées")
    assert "Lieu sans lumi" in phone.screen
