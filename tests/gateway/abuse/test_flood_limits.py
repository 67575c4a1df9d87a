"""Floods and campaigns: held for a person, never thrown away, and an emergency passes."""

import threading

import pytest
from sqlalchemy import select, text

from gateway.abuse.brute_force import MOST, BruteForceGuard
from gateway.abuse.flood_limits import FLOOD
from gateway.runtime.rate_limits import RateLimit, RateLimits
from storage.enumerations import Role
from storage.tables.concerns import Concern
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway
from tests.support.waiting import eventually

CITIZEN = "+22370001001"


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def floods(gateway: Gateway, count: int) -> None:
    for number in range(count):
        gateway.clock.forward(seconds=61)  # the same words within a minute would be a relay's repeat
        gateway.phone(CITIZEN).write(f"numéro {number} : on vole à Lafiabougou")


def test_one_number_too_many_an_hour_waits_for_a_person_and_is_not_answered(gateway: Gateway) -> None:
    most = gateway.deployment.pack.sms_per_hour
    gateway.clock.forward(minutes=1)  # so that one hour of the clock holds them all
    floods(gateway, most + 5)
    gateway.work()
    marked = [concern for concern in concerns(gateway) if FLOOD in concern.reasons]
    assert len(concerns(gateway)) == most + 5
    assert len(marked) == 5
    assert {concern.item_id for concern in marked} == {None}
    assert all(concern.needs_review for concern in marked)
    gateway.administrator("admin@example.org")
    assert "soupçon d'envoi en masse" in sign_in(gateway, "admin@example.org").get(
        f"/queue/concerns/{marked[0].reference}"
    )


def test_copies_of_one_sms_that_come_at_once_count_once(gateway: Gateway) -> None:
    most = gateway.deployment.pack.sms_per_hour
    gateway.clock.forward(minutes=1)  # so that one hour of the clock holds them all
    copy = {"id": "one", "to": "36223", "date": "", "from": CITIZEN, "text": "on vole à Lafiabougou"}
    answers: list[int] = []
    posts = [
        threading.Thread(target=lambda: answers.append(gateway.http.post(gateway.hook("sms"), data=copy).status_code))
        for _ in range(4)
    ]
    with gateway.deployment.database.write() as transaction:  # all four are counted before one of them is stored
        if not gateway.deployment.database.is_sqlite:
            transaction.execute(text("LOCK TABLE inbound_events IN EXCLUSIVE MODE"))
        for post in posts:
            post.start()
        (counter,) = eventually(lambda: list(gateway.deployment.redis.scan_iter("limit:sms:*")))
        eventually(lambda: int(gateway.deployment.redis.get(counter) or 0) == len(posts))
    for post in posts:
        post.join()
    assert answers == [200] * len(posts)
    floods(gateway, most - 1)
    assert not [concern for concern in concerns(gateway) if FLOOD in concern.reasons]
    floods(gateway, 1)
    assert [FLOOD in concern.reasons for concern in concerns(gateway)] == [False] * most + [True]


def test_an_emergency_passes_all_the_same(gateway: Gateway) -> None:
    gateway.secretary("ml-bamako-commune-iv", "+22370009001")
    floods(gateway, gateway.deployment.pack.sms_per_hour + 1)
    gateway.phone(CITIZEN).write("au secours des hommes armés nous attaquent maintenant à Lafiabougou")
    gateway.work()
    last = concerns(gateway)[-1]
    assert (last.urgency, last.committee) == ("emergency", "ml-bamako-commune-iv")
    assert any("URGENT" in text for text in gateway.inbox("+22370009001"))
    assert any("EN DANGER, APPELEZ" in text for text in gateway.inbox(CITIZEN))


def test_with_redis_away_this_process_counts_alone(gateway_without_redis: Gateway) -> None:
    floods(gateway_without_redis, gateway_without_redis.deployment.pack.sms_per_hour + 3)
    with gateway_without_redis.deployment.database.read() as transaction:
        marked = [concern for concern in transaction.scalars(select(Concern)) if FLOOD in concern.reasons]
    assert len(marked) == 3


def test_too_many_requests_a_minute_end_the_session_and_the_next_minute_is_as_ever(gateway: Gateway) -> None:
    phone = gateway.phone(CITIZEN)
    phone.dial()
    for _ in range(gateway.deployment.pack.requests_per_minute - 1):
        phone.request()
    assert not phone.ended
    phone.request()
    assert phone.ended
    assert phone.screen.startswith("Service indisponible")
    gateway.clock.forward(minutes=1)
    assert not phone.dial().startswith("Service")


def test_a_session_without_end_is_ended_and_nobody_elses_under_the_same_id(gateway: Gateway) -> None:
    most, a_minute = gateway.deployment.pack.requests_per_session, gateway.deployment.pack.requests_per_minute
    gateway.clock.forward(seconds=1)
    phone, other_phone = gateway.phone("+22370001001"), gateway.phone("+22370001002")
    phone.dial()
    screens = []
    for number in range(1, most + 1):
        if number % a_minute == 0:
            gateway.clock.forward(minutes=1)
        screens.append(phone.request())
    assert not any(screen.startswith("Service indisponible") for screen in screens[:-1])
    assert screens[-1].startswith("Service indisponible")
    other_phone.session_id = phone.session_id
    assert not other_phone.request().startswith("Service")
    assert not phone.dial().startswith("Service")


def test_a_mass_of_like_texts_from_many_numbers_is_shown_as_one(gateway: Gateway) -> None:
    for number in range(10):
        gateway.phone(f"+2237000{number:04d}").write("le maire de Banconi a volé l'argent du marché")
    gateway.phone("+22370000999").write("du marché de Banconi, le maire a vole l'argent hier")
    gateway.phone("+22370000998").write("on a volé ma moto à Lafiabougou hier soir")
    gateway.work()
    gateway.administrator("admin@example.org")
    page = sign_in(gateway, "admin@example.org").get("/queue/campaigns")
    assert '<td data-label="Numéros">11</td>' in page
    assert page.count('data-label="Numéros"') == 1
    gateway.administrator("kayes@example.org", Role.ADMINISTRATOR, "ml-kayes")
    assert "Rien de tel en un jour" in sign_in(gateway, "kayes@example.org").get("/queue/campaigns")


def test_counting_is_right_for_all_processes_together(gateway: Gateway) -> None:
    counted: list[int] = []

    def count() -> None:
        limits, tested = RateLimits(gateway.deployment.redis), RateLimit("tested", 3600, 1)
        counted.extend(limits.count(tested) for _ in range(50))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == list(range(1, 201))


def test_who_guesses_at_the_token_has_to_wait_and_silences_nobody(gateway: Gateway) -> None:
    """Behind a proxy that is not in TRUSTED_PROXIES the guesser and the provider have the same address."""
    ussd_request = {"sessionId": "1", "phoneNumber": CITIZEN, "serviceCode": "*384*223#", "text": ""}
    answers = [
        gateway.http.post(f"/hooks/guess-{n}/africastalking/ussd", data=ussd_request).status_code
        for n in range(MOST + 5)
    ]
    assert answers == [404] * MOST + [429] * 5
    assert gateway.http.post(gateway.hook("ussd"), data=ussd_request).text.startswith("CON ")
    assert gateway.http.post("/hooks/guess/africastalking/ussd", data=ussd_request).status_code == 429


@pytest.mark.parametrize(("seconds", "waits"), [(10, True), (61, False)])
def test_a_guesser_waits_for_a_minute(seconds: float, waits: bool) -> None:
    moment = [1000.0]
    guard = BruteForceGuard(lambda: moment[0])
    assert [guard.missed("203.0.113.9") for _ in range(MOST + 1)] == [False] * MOST + [True]
    moment[0] += seconds
    assert guard.missed("203.0.113.9") is waits
    assert not guard.missed("203.0.113.10")


def test_a_replay_older_than_what_ids_are_kept_for_is_refused(gateway: Gateway) -> None:
    form = {"id": "old-1", "from": CITIZEN, "to": "36223", "text": "on vole à Banconi", "date": "2026-08-24T10:00:00Z"}
    answer = gateway.http.post(gateway.hook("sms"), data=form)
    assert (answer.status_code, answer.text) == (400, "the message is older than 80 days\n")
    for date in ("2026-11-20T10:00:00Z", "yesterday", ""):
        assert gateway.http.post(gateway.hook("sms"), data=form | {"id": f"id-{date}", "date": date}).status_code == 200
