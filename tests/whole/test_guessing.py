"""Trying references reveals nothing, is stopped and leaves a trace; who knows a reference is answered."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import select, update

from flows.references import ALPHABET, check_character
from storage.enumerations import Role
from storage.messages.answer_limits import count_held
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from tests.support.gateway import Gateway
from tests.support.queue_pages import ADMIN, sign_in, token_in

VICTIM, STRANGER = "+22370002001", "+22376009001"
UNKNOWN, LATER = "CCS : référence inconnue", "Trop de références inconnues"


def guard() -> Iterator[str]:
    """Well-formed references of one group that nobody has."""
    for number in count():
        body = f"2{ALPHABET[number // 31]}{ALPHABET[number % 31]}"
        yield f"CCS-{body}{check_character(body)}"


def told(gateway: Gateway, number: str, *texts: str) -> list[str]:
    """The answers to these SMS."""
    before = len(gateway.inbox(number))
    for text in texts:
        gateway.phone(number).write(text)
    gateway.work()
    return gateway.inbox(number)[before:]


def read_by_menu(gateway: Gateway, number: str, *references: str) -> str:
    """The last screen of somebody who has dialled before; whoever has not chooses French first."""
    phone = gateway.phone(number)
    if "Bamanankan" in phone.dial():
        phone.type("1")
    return phone.type("2", *references)


def with_old_reference(gateway: Gateway, reference: str) -> None:
    """Gives the only report a reference of one group, as the first releases did."""
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(Concern).values(reference=reference))


def test_a_reference_has_two_groups_and_is_read_in_any_writing(gateway: Gateway) -> None:
    reference = gateway.phone(VICTIM).report()
    assert len(reference) == len("CCS-7K4R-M3XY")
    spoken = reference.removeprefix("CCS-").replace("-", " ").lower()
    (answer,) = told(gateway, VICTIM, f"suivi {spoken}")
    assert answer.startswith(f"CCS {reference} : ")
    assert reference in read_by_menu(gateway, VICTIM, spoken)


def test_after_some_wrong_references_a_number_gets_silence_by_sms(gateway: Gateway) -> None:
    told(gateway, STRANGER, "AIDE")
    gateway.clock.forward(hours=2)
    tried = guard()
    assert len(told(gateway, STRANGER, *(f"SUIVI {next(tried)}" for _ in range(40)))) == 5
    with gateway.deployment.database.read() as transaction:
        assert count_held(transaction) == {}  # silence, not answers that are written and held back
    gateway.clock.forward(minutes=61)
    assert len(told(gateway, STRANGER, f"SUIVI {next(tried)}")) == 1


def test_after_some_wrong_references_the_menu_says_to_try_later(gateway: Gateway) -> None:
    tried = guard()
    phone = gateway.phone(STRANGER)
    phone.dial()
    phone.type("1", "2")
    shown = [phone.type(next(tried)) for _ in range(6)]
    assert [LATER in screen for screen in shown] == [False] * 5 + [True]
    assert phone.ended
    assert LATER in read_by_menu(gateway, STRANGER, next(tried))
    gateway.clock.forward(minutes=61)
    assert LATER not in read_by_menu(gateway, STRANGER, next(tried))


def test_a_guesser_finds_no_report_of_one_group_that_came_without_a_number(gateway: Gateway) -> None:
    gateway.phone(VICTIM).report(answerable="2")
    with_old_reference(gateway, "CCS-7K4Q")
    assert "CCS-7K4Q" in read_by_menu(gateway, VICTIM, "7K4Q")
    phone, tried = gateway.phone(STRANGER), guard()
    phone.dial()
    phone.type("1", "2", *(next(tried) for _ in range(6)))
    assert LATER in read_by_menu(gateway, STRANGER, "7K4Q")
    assert not told(gateway, STRANGER, "SUIVI 7K4Q")


def test_a_right_reference_is_always_served(gateway: Gateway) -> None:
    mine = gateway.phone(STRANGER).report()
    secret = gateway.phone(VICTIM).report(words="ils vendent la nuit au marché", answerable="2")
    phone, tried = gateway.phone(STRANGER), guard()
    phone.dial()
    phone.type("2", *(next(tried) for _ in range(6)))
    for reference in (mine, secret):
        assert reference in read_by_menu(gateway, STRANGER, reference)


def test_an_erased_report_and_one_whose_number_went_are_unknown_to_everybody(gateway: Gateway) -> None:
    reference = gateway.phone(VICTIM).report()
    assert reference in read_by_menu(gateway, VICTIM, reference)
    phone = gateway.phone(VICTIM)
    phone.dial()
    phone.type("5", "2", "1")
    for number in (VICTIM, STRANGER):
        assert "inconnue" in read_by_menu(gateway, number, reference)
        assert told(gateway, number, f"SUIVI {reference}")[0].startswith(UNKNOWN)


def test_a_rise_over_all_numbers_is_shown_and_slows_wrong_answers_alone(gateway: Gateway) -> None:
    mine = gateway.phone(VICTIM).report()
    tried = guard()
    for number in range(13):
        for _ in range(4):
            gateway.phone(f"+2237600{number:04d}").write(f"SUIVI {next(tried)}")
    gateway.work()
    gateway.administrator(ADMIN)
    page = sign_in(gateway, ADMIN).get("/queue/messages").text
    assert "Références inconnues tapées au téléphone en une heure : 51" in page
    assert "ralenties" in page
    assert 'ccs_wrong_references{all="all"} 51.0' in gateway.http.get("/metrics").text
    assert not told(gateway, STRANGER, f"SUIVI {next(tried)}")
    assert len(told(gateway, VICTIM, f"SUIVI {mine}")) == 1
    gateway.clock.forward(minutes=11)
    gateway.work()
    assert [answer.startswith(UNKNOWN) for answer in gateway.inbox(STRANGER)] == [True]
    assert LATER in read_by_menu(gateway, "+22376009002", *(next(tried) for _ in range(3)))


def test_what_nobody_has_read_yet_is_as_closed_as_what_is_sensitive(gateway: Gateway) -> None:
    gateway.phone(VICTIM).write("un voisin frappe sa femme chaque nuit à Lafiabougou")
    with gateway.deployment.database.read() as transaction:
        unread = transaction.scalars(select(Concern.reference)).one()
    gateway.administrator("observer@example.org", Role.OBSERVER)
    http = sign_in(gateway, "observer@example.org")
    assert unread not in http.get("/queue/concerns").text
    assert http.get(f"/queue/concerns/{unread}").status_code == 404
    assert http.get("/queue/concerns", query_string={"reference": unread}, follow_redirects=True).status_code == 404


def test_trying_references_in_the_web_queue_leaves_a_trace_and_slows_down(gateway: Gateway) -> None:
    gateway.phone(VICTIM).write("un policier demande de l'argent au marché de Lafiabougou")
    with gateway.deployment.database.read() as transaction:
        unread = transaction.scalars(select(Concern.reference)).one()
    gateway.administrator("agent@example.org", Role.COORDINATOR, "ml-bamako-commune-iv")
    http, tried = sign_in(gateway, "agent@example.org"), guard()
    assert http.get(f"/queue/concerns/{unread}").status_code == 404
    assert [http.get(f"/queue/concerns/{next(tried)}").status_code for _ in range(11)] == [404] * 9 + [429] * 2
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine).where(AuditLine.what == "reference_unknown")).all()
        assert [(line.actor, line.detail) for line in lines] == [
            ("agent@example.org", {"tries": 1}),
            ("agent@example.org", {"tries": 10}),
        ]


@pytest.mark.parametrize(
    "path", ["items/{}", "recommendations/R-2026-{:03}", "committees/ml-bamako-commune-iv/meetings/{}",
             "committees/ml-bamako-commune-iv/meetings/{}/ordre-du-jour.pdf"],
)  # fmt: skip
def test_trying_numbers_in_the_web_queue_does_too(gateway: Gateway, path: str) -> None:
    gateway.administrator("agent@example.org", Role.COORDINATOR, "ml-bamako-commune-iv")
    http = sign_in(gateway, "agent@example.org")
    tried = [http.get(f"/queue/{path.format(number)}").status_code for number in range(900, 912)]
    assert tried == [404] * 10 + [429] * 2
    assert audited(gateway, "reference_unknown") == [{"tries": 1}, {"tries": 10}]


def test_trying_the_numbers_of_sms_does_too(gateway: Gateway) -> None:
    gateway.administrator("admin@example.org")
    http = sign_in(gateway, "admin@example.org")
    token = token_in(http.get("/queue/account").text)
    tried = [
        http.post(f"/queue/messages/{number}/again", data={"csrf_token": token}).status_code
        for number in range(900, 912)
    ]
    assert tried == [404] * 10 + [429] * 2
    assert audited(gateway, "reference_unknown") == [{"tries": 1}, {"tries": 10}]


def audited(gateway: Gateway, what: str) -> list[object]:
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine).where(AuditLine.what == what)).all()
    return [line.detail for line in lines]


def test_a_secretarys_wrong_references_by_sms_are_counted_as_a_citizens(gateway: Gateway) -> None:
    """They are still told about their own reports."""
    secretary = "+22370009001"
    gateway.secretary("ml-bamako-commune-iv", secretary)
    gateway.first_pin(secretary)
    phone = gateway.phone(secretary)
    phone.write("PIN 4711")
    gateway.phone(VICTIM).write("on a volé ma moto à Lafiabougou")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        reference = transaction.scalars(select(Concern.reference)).one()
    tried = guard()
    for _ in range(8):
        phone.write(f"VOIR {next(tried)}")
    gateway.work()
    assert len([text for text in gateway.inbox(secretary) if "inconnue" in text]) == 5
    with gateway.deployment.database.read() as transaction:
        assert not count_held(transaction)  # silence, not one more answer that is held back
    phone.write(f"VOIR {reference}")
    phone.write(f"SUIVI {next(tried)}")
    gateway.work()
    assert gateway.inbox(secretary)[-1].startswith(f"CCS {reference} ")
