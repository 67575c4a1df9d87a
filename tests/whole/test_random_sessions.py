"""Random sessions through the real webhooks of every provider: each answer fits the phone, no concern lost or doubled.

A few thousand requests here; `make chaos` drives a hundred thousand (`TALKS`).
"""

import os
import random

from sqlalchemy import select

from flows.screen import septets
from storage.tables.concerns import Concern
from tests.support.aggregators import DIALECTS, NewestPhone
from tests.support.gateway import TOKEN, Gateway
from tests.support.phones import Phone, reference_in

REQUESTS = int(os.environ.get("TALKS", "2500"))
PEOPLE = 25
TYPED = (
    "1", "1", "1", "1", "2", "2", "3", "4", "5", "10", "0", "00", "98", "99", "77", "lafiabougou", "banconi", "Bamba",
    "kalaban coura", "on a volé ma moto", "moto * rouge", "", " ", "4711", "CCS-7K4Q", "é" * 190, "x" * 500, "🙂", "\x00",
    "+22376000001", "مرحبا", "1*2",
)  # fmt: skip
NEWCOMER = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto", "1", "1")


def test_random_talks_fit_the_phone_and_lose_and_double_nothing(gateway: Gateway) -> None:
    chance = random.Random(2026)
    gateway.secretary("ml-bamako-commune-iv", "+22371000000")
    phones = [_phone(gateway, f"+2237100{number:04d}", number) for number in range(PEOPLE)]
    shown: dict[str, str] = {}  # what each session was told, by its id
    for ussd_request in range(REQUESTS):
        phone = chance.choice(phones)
        gateway.clock.forward(seconds=1)
        _one_request(chance, gateway, phone)
        assert phone.screen.strip(), f"request {ussd_request}"
        assert (septets(phone.screen) or 999) <= 160, phone.screen
        assert not phone.screen.startswith("Service indisponible"), phone.text
        if phone.ended and any(word in phone.screen for word in ("Référence CCS-", "Taamasiyen CCS-")):
            reference = reference_in(phone.screen)
            assert shown.setdefault(phone.session_id, reference) == reference
        if ussd_request % 500 == 499:
            gateway.work()
            gateway.clock.forward(minutes=chance.choice((1, 40, 1500)))
    with gateway.deployment.database.read() as transaction:
        kept = {concern.reference: concern.reasons for concern in transaction.scalars(select(Concern))}
    references = set(shown.values())
    assert references <= set(kept)
    assert len(references) == len(shown)  # no two sessions share a concern
    # What was kept and not told by its reference is over the day's limit: thanked, and waiting for a person.
    assert all(
        kept[reference] == ["over_limit"] or "over_limit" in kept[reference] for reference in set(kept) - references
    )
    assert len(kept) > REQUESTS // 200


def _phone(gateway: Gateway, msisdn: str, number: int) -> Phone:
    """Every second phone uses Africa's Talking, the others the aggregators in turn."""
    if number % 2 == 0:
        return gateway.phone(msisdn)
    dialect = DIALECTS[number // 2 % len(DIALECTS)]
    return NewestPhone(msisdn, gateway.http, f"/hooks/{TOKEN}", dialect, lambda: gateway.clock.forward(seconds=2))


def _one_request(chance: random.Random, gateway: Gateway, phone: Phone) -> None:
    """One thing that people or networks do: dial, type, repeat a request, lose the session, jump back."""
    roll = chance.random()
    if not phone.session_id or phone.ended or roll < 0.04:
        if chance.random() < 0.4:
            phone.dial()
            # Most of the way through a report, so that what comes next happens near its end.
            path = NEWCOMER if "Bamanankan" in phone.screen else NEWCOMER[1:]
            for typed in path[: chance.randrange(len(path) - 3, len(path) + 1)]:
                if not phone.ended:
                    phone.type(typed)
        else:
            phone.dial("*384*223*1#" if chance.random() < 0.1 else "*384*223#", text="")
    elif roll < 0.14:
        phone.request()
    elif roll < 0.18:
        gateway.deployment.redis.flushall()
        phone.request()
    elif roll < 0.20 and isinstance(phone, NewestPhone):
        if phone.dialect.counts:
            phone.late()
    elif roll < 0.20 and "*" in phone.text:
        phone.text = phone.text.rsplit("*", 1)[0]
        phone.request()
    else:
        phone.type(chance.choice(TYPED))
