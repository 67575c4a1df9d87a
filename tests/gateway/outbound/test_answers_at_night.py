"""A committee's final answer: in quiet hours it waits for the morning, whoever closes the concern and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.outbound.citizen_notifications import send_due_notifications
from storage.tables.concerns import Concern
from tests.support.browsing import Desk
from tests.support.gateway import Gateway
from tests.support.nights import (
    ANSWER,
    CITIZEN,
    COMMUNE_IV,
    DAY,
    MORNING,
    NIGHT,
    QUESTION,
    SECRETARY,
    answers,
    at,
    by_page,
    concern,
    desk,
    page_of,
    set_hours,
    writes,
)

__all__ = ["desk"]


def by_list(gateway: Gateway, desk: Desk) -> str:
    page = desk.http.get("/queue/concerns").text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token)" value="([^"]*)"', page))
    pick = f"{concern(gateway).reference} {concern(gateway).version}"
    return desk.http.post("/queue/concerns", data=hidden | {"act": "close", "pick": pick, "answer": ANSWER},
                          follow_redirects=True).text  # fmt: skip


def by_item(gateway: Gateway, desk: Desk) -> str:
    return desk.send(f"/queue/items/{concern(gateway).item_id}", "close", said=ANSWER)


def from_above(gateway: Gateway, desk: Desk) -> str:
    """The level above answers a recommendation that was made at once."""
    desk.send(f"/queue/items/{concern(gateway).item_id}", "recommend", said="Éclairer la route.")
    return desk.send("/queue/recommendations/R-2026-001", "answer", said=ANSWER)


def by_sms(gateway: Gateway, _: Desk) -> str:
    gateway.phone(SECRETARY).write("PIN 4711")
    return writes(gateway, f"CLORE {concern(gateway).reference} {ANSWER}", SECRETARY)


def by_menu(gateway: Gateway, _: Desk) -> str:
    phone = gateway.phone(SECRETARY)
    phone.dial()
    return phone.type("1", "4711", "1", "4", ANSWER)


WAYS: list[Callable[[Gateway, Desk], str]] = [by_page, by_list, by_item, from_above, by_sms, by_menu]
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_a_final_answer_waits_for_the_morning_and_goes_once(
    gateway: Gateway, desk: Desk, way: Callable[[Gateway, Desk], str]
) -> None:
    gateway.clock.moment = NIGHT
    assert "06:00" in way(gateway, desk) or way is from_above
    assert concern(gateway).state == "closed"
    for moment in (NIGHT.replace(minute=30), MORNING.replace(hour=2), MORNING.replace(hour=5, minute=59)):
        at(gateway, moment)
        assert answers(gateway) == 0
    for moment in (MORNING, MORNING.replace(minute=1), MORNING.replace(hour=22)):
        at(gateway, moment)
        assert answers(gateway) == 1


@every_way
def test_by_day_it_goes_at_once_or_when_it_can_no_longer_be_undone(
    gateway: Gateway, desk: Desk, way: Callable[[Gateway, Desk], str]
) -> None:
    gateway.clock.moment = DAY
    assert "06:00" not in way(gateway, desk)
    gateway.work()
    assert answers(gateway) == (way in (from_above, by_sms, by_menu))
    gateway.undo_is_over()
    assert answers(gateway) == 1


def test_what_the_page_promises_is_what_happens(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.http.get(page_of(gateway)).text)
    assert token
    for field in ("answer", "question"):
        typed = {"csrf_token": token[1], field: QUESTION, "what": "ask" if field == "question" else "close"}
        preview = desk.http.post(f"{page_of(gateway)}/preview", data=typed).text
        assert "il partirait le 25/11/2026 à 06:00." in preview
    page = by_page(gateway, desk)
    assert "Clos. La nuit, aucune réponse ne part : 1 SMS part le 25/11/2026 à 06:00." in page
    assert "part par SMS le 25/11/2026 06:00" in page
    assert "Envoyer tout de suite" not in page
    assert "Annuler" in page
    at(gateway, MORNING)
    assert answers(gateway) == 1
    assert "part par SMS le" not in desk.get(page_of(gateway))


def test_a_secretary_is_told_the_hour(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    told = f"{concern(gateway).reference} est clos. La nuit, aucune réponse ne part : elle part le 25/11 à 06:00."
    assert by_sms(gateway, desk) == told


def test_undone_in_time_or_reopened_before_the_morning_nothing_goes(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    by_page(gateway, desk)
    undo = re.search(r'action="[^"]*/(undo/\w+)', desk.get("/queue/"))
    assert undo
    assert "Annulé." in desk.send("/queue/", undo[1])
    by_page(gateway, desk)
    at(gateway, NIGHT.replace(hour=23))
    assert "Rouvert." in desk.send(page_of(gateway), "reopen")
    at(gateway, MORNING)
    assert answers(gateway) == 0
    at(gateway, DAY.replace(day=25))
    by_page(gateway, desk)
    gateway.undo_is_over()
    assert answers(gateway) == 1


def test_at_night_the_answer_is_read_with_the_reference(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    by_page(gateway, desk)
    reference = concern(gateway).reference
    assert writes(gateway, f"SUIVI {reference}") == f"CCS {reference} : clos. {ANSWER}"
    phone = gateway.phone(CITIZEN)
    phone.dial()
    assert f"{reference} : clos. {ANSWER}" in phone.type("1", "2", reference)
    at(gateway, MORNING)
    assert ANSWER in gateway.inbox(CITIZEN)[-1]


def test_a_verdict_is_taken_only_after_the_answer_has_gone(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    by_page(gateway, desk)
    assert writes(gateway, "1").startswith("CCS : aucune question")
    at(gateway, MORNING)
    assert writes(gateway, "2") == "CCS : merci, votre avis est noté."
    assert concern(gateway).satisfied is False


def test_a_verdict_in_the_night_is_about_the_answer_that_has_gone(gateway: Gateway, desk: Desk) -> None:
    by_page(gateway, desk)
    gateway.undo_is_over()
    writes(gateway, "on a cassé la porte de ma boutique à Lafiabougou")
    gateway.clock.moment = NIGHT
    with gateway.deployment.database.read() as transaction:
        second = transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()
    assert second
    desk.send(f"/queue/concerns/{second.reference}", "close", answer="La porte est réparée.")
    assert writes(gateway, "1") == "CCS : merci, votre avis est noté."
    assert concern(gateway).satisfied is True


def test_a_concern_without_a_committee_keeps_the_countrys_hours(gateway: Gateway, desk: Desk) -> None:
    writes(gateway, "on m'a menacé hier soir", "+22370001002")
    with gateway.deployment.database.read() as transaction:
        nowhere = transaction.scalars(select(Concern).where(Concern.commune.is_(None))).one()
    assert nowhere.committee is None
    gateway.clock.moment = NIGHT
    assert "à 06:00" in desk.send(f"/queue/concerns/{nowhere.reference}", "close", answer=ANSWER)
    at(gateway, NIGHT.replace(hour=23))
    assert not any(ANSWER in text for text in gateway.inbox("+22370001002"))
    at(gateway, MORNING)
    assert ANSWER in gateway.inbox("+22370001002")[-1]


def test_a_committees_own_hours_and_zone_count_and_hours_of_a_whole_day_are_none(gateway: Gateway, desk: Desk) -> None:
    set_hours(gateway, time_zone="Europe/Paris", quiet_from="20", quiet_until="8")
    gateway.clock.moment = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)  # 20:30 in Paris
    assert "le 25/11/2026 à 08:00" in by_page(gateway, desk)
    at(gateway, datetime(2026, 11, 25, 6, 59, tzinfo=UTC))
    assert answers(gateway) == 0
    at(gateway, datetime(2026, 11, 25, 7, tzinfo=UTC))
    assert answers(gateway) == 1
    set_hours(gateway, quiet_from="0", quiet_until="24")
    gateway.clock.moment = datetime(2026, 12, 9, 2, tzinfo=UTC)
    desk.send(page_of(gateway), "reopen")
    assert "dans cinq minutes" in by_page(gateway, desk)
    gateway.undo_is_over()
    assert answers(gateway) == 2


def test_what_was_due_before_the_night_and_could_not_go_waits_too(gateway: Gateway, desk: Desk) -> None:
    """Neither a provider that comes back at night, nor a worker, nor a budget that is raised wakes anybody."""
    gateway.clock.moment = datetime(2026, 11, 24, 20, 50, tzinfo=UTC)
    by_page(gateway, desk)
    gateway.clock.forward(minutes=5)
    send_due_notifications(gateway.deployment)  # queued at 20:55; the worker comes back at 21:30
    at(gateway, datetime(2026, 11, 24, 21, 30, tzinfo=UTC))
    assert answers(gateway) == 0
    at(gateway, MORNING)
    assert answers(gateway) == 1


def test_a_budget_raised_at_night_lets_them_go_in_the_morning(gateway: Gateway, desk: Desk) -> None:
    set_hours(gateway, monthly_budget="1")
    assert "budget SMS du comité est épuisé" in by_page(gateway, desk)
    gateway.undo_is_over()
    gateway.clock.moment = NIGHT
    desk.send(f"/queue/committees/{COMMUNE_IV}", "change", monthly_budget="9000")
    at(gateway, NIGHT.replace(minute=1))
    assert answers(gateway) == 0
    at(gateway, MORNING)
    assert answers(gateway) == 1


def test_a_budget_of_the_next_month_begins_after_its_first_night(gateway: Gateway, desk: Desk) -> None:
    set_hours(gateway, monthly_budget="1")
    by_page(gateway, desk)
    gateway.undo_is_over()
    at(gateway, datetime(2026, 12, 1, 0, 1, tzinfo=UTC))
    assert answers(gateway) == 0
    at(gateway, datetime(2026, 12, 1, 6, tzinfo=UTC))
    assert answers(gateway) == 1
