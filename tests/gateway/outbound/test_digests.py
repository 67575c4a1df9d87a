"""The secretary's digest is sent at the committee's hour, and once, even if several processes run the timetable."""

import threading
from datetime import UTC, datetime

from sqlalchemy import select

from gateway.outbound.digests import due_digests, send_digest, send_due_digests
from storage.committees.registry import change_committee
from storage.tables.committees import Committee
from storage.tables.messages import Digest, Message
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY = "+22370009001"
MONDAY = datetime(2026, 11, 30, 8, 1, tzinfo=UTC)


def report_theft(gateway: Gateway, count: int = 2) -> None:
    for number in range(count):
        gateway.phone(f"+2237000200{number}").write("on a volé ma moto à Lafiabougou hier")
    gateway.work()


def send(gateway: Gateway) -> int:
    sent = send_due_digests(gateway.deployment)
    gateway.work()
    return sent


def test_a_secretary_gets_the_week_on_monday_morning_and_the_agenda_before_the_meeting(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    report_theft(gateway)
    gateway.clock.moment = MONDAY.replace(hour=7, minute=59)
    assert send(gateway) == 0
    gateway.clock.moment = MONDAY
    assert send(gateway) == 2  # the week, and the meeting of 3 December three days ahead
    week = gateway.inbox(SECRETARY)[0]
    assert week.startswith("CCS de Commune IV, 23/11-30/11 : 2 messages.\n1. Vol, cambriolage, Lafiabougou : 2 [")
    assert week.endswith("Réunion 03/12.")
    for hours in (0, 1, 30, 60):
        gateway.clock.forward(hours=hours)
        assert send(gateway) == 0


def test_two_schedulers_running_still_send_one(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    report_theft(gateway)
    gateway.clock.moment = MONDAY
    start = threading.Barrier(4)
    sent: list[int] = []

    def schedule() -> None:
        start.wait()
        sent.append(send_due_digests(gateway.deployment))

    threads = [threading.Thread(target=schedule) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(sent) == 2
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == 2


def test_one_that_could_not_go_in_time_still_goes_and_after_that_the_next_one_says_it(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.clock.moment = MONDAY.replace(hour=20)
    assert send(gateway) == 2
    gateway.secretary("ml-segou", "+22370009002")
    gateway.clock.moment = datetime(2026, 12, 9, 12, tzinfo=UTC)
    assert send(gateway) == 0


def test_a_quiet_committee_gets_one_short_line_or_silence_if_it_wishes(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.secretary("ml-bamako-commune-i", "+22370009002")
    with gateway.deployment.database.write() as transaction:
        transaction.get_one(Committee, "ml-bamako-commune-i").silent_when_quiet = True
    gateway.clock.moment = MONDAY
    send(gateway)
    assert gateway.inbox(SECRETARY)[0] == "CCS de Commune IV, 23/11-30/11 : aucun message. Réunion 03/12."
    assert gateway.inbox("+22370009002") == []


def test_a_secretary_who_wrote_stop_gets_none(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone(SECRETARY).write("STOP")
    gateway.work()
    gateway.clock.moment = MONDAY
    assert send(gateway) == 0
    assert len(gateway.inbox(SECRETARY)) == 1
    with gateway.deployment.database.read() as transaction:
        assert len(transaction.scalars(select(Digest)).all()) == 2
        assert all("digest" not in key for key in transaction.scalars(select(Message.key)))


def test_a_digest_holds_no_text_and_sensitive_things_are_a_count(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone().write("un mari frappe sa femme chaque nuit à Lafiabougou chez Awa 70 00 99 88")
    report_theft(gateway, 1)
    gateway.clock.moment = MONDAY
    send(gateway)
    week = gateway.inbox(SECRETARY)[0]
    assert "Sensibles : 1 [" in week
    assert "femme" not in week.lower()
    assert "Awa" not in week
    assert "7000" not in week


def test_a_committees_own_day_hour_zone_and_quiet_hours_count(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    own = {"digest_weekday": "friday", "digest_hour": "5", "time_zone": "Europe/Paris", "quiet_until": "9"}
    with gateway.deployment.database.write() as transaction:
        change_committee(
            transaction, gateway.deployment.pack, transaction.get_one(Committee, COMMUNE_IV), own, gateway.clock()
        )
    report_theft(gateway)
    gateway.clock.moment = datetime(2026, 11, 27, 3, 59, tzinfo=UTC)
    assert send(gateway) == 0
    gateway.clock.forward(minutes=2)  # 05:01 in Paris, where it is quiet until nine
    assert send(gateway) == 1
    assert gateway.inbox(SECRETARY) == []
    gateway.clock.moment = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == 1


def test_digests_go_in_the_order_of_their_timetables_and_a_cut_run_goes_on(gateway: Gateway) -> None:
    pack = gateway.deployment.pack
    hours = {"ml-bamako-commune-i": "10", COMMUNE_IV: "6", "ml-bamako-commune-v": "8"}
    with gateway.deployment.database.write() as transaction:
        for code, hour in hours.items():
            change_committee(
                transaction, pack, transaction.get_one(Committee, code), {"digest_hour": hour}, gateway.clock()
            )
    for at, code in enumerate(hours):
        gateway.secretary(code, f"+2237000900{at}")
    gateway.clock.moment = MONDAY.replace(hour=12)
    with gateway.deployment.database.write() as transaction:
        first = next(
            due for due in due_digests(gateway.deployment, transaction, COMMUNE_IV) if due.period.startswith("week")
        )
        send_digest(gateway.deployment, transaction, first)  # the run before was cut after this one
    send_due_digests(gateway.deployment)
    with gateway.deployment.database.read() as transaction:
        rows = transaction.scalars(select(Digest).order_by(Digest.id)).all()
    weeks = [row.committee for row in rows if row.period.startswith("week")]
    assert weeks == [COMMUNE_IV, "ml-bamako-commune-v", "ml-bamako-commune-i"]
