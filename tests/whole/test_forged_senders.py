"""The sender of an SMS can be forged: what an SMS may do, and what only the phone itself may do."""

import re

import pytest
from sqlalchemy import select

from gateway.outbound.digests import send_due_digests
from storage.concerns.concerns import TEXT
from storage.tables.audit import AuditLine
from storage.tables.committees import Pin, Secretary
from storage.tables.concerns import Concern
from storage.tables.people import Contact
from tests.support.browsing import sign_in
from tests.support.commands import Run, refusal
from tests.support.gateway import Gateway
from tests.support.phones import code_in, reference_in

CITIZEN, SECRETARY, DUTY = "+22370001001", "+22370009001", "+22370009009"
COMMUNE_IV = "ml-bamako-commune-iv"
EMERGENCY = "des hommes armés tirent en ce moment à Lafiabougou, au secours"


@pytest.fixture
def run(run_at_its_time: Run) -> Run:
    """The `gateway` command at the time of the tests' phones."""
    return run_at_its_time


def says(gateway: Gateway, text: str, msisdn: str = SECRETARY) -> list[str]:
    """The answers to one SMS."""
    before = len(gateway.inbox(msisdn))
    gateway.phone(msisdn).write(text)
    gateway.work()
    return gateway.inbox(msisdn)[before:]


def words_of(gateway: Gateway) -> list[str | None]:
    with gateway.deployment.database.read() as transaction:
        sealed = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
    return [gateway.deployment.vault.open(TEXT, text) if text else None for text in sealed]


def people(gateway: Gateway) -> int:
    with gateway.deployment.database.read() as transaction:
        return len(transaction.scalars(select(Contact.id)).all())


def audit(gateway: Gateway) -> list[tuple[str, str]]:
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine).order_by(AuditLine.id))
        return [(line.actor.partition(" ")[0], line.what) for line in lines]


def test_erasing_by_sms_needs_the_code_that_the_number_gets(gateway: Gateway) -> None:
    says(gateway, EMERGENCY, CITIZEN)
    (asked,) = says(gateway, "EFFACER", CITIZEN)
    assert words_of(gateway) == [EMERGENCY]
    wrong = "000000" if code_in(asked) != "000000" else "111111"
    assert says(gateway, f"EFFACER {wrong}", CITIZEN)[0].startswith("CCS : code faux ou trop ancien")
    assert words_of(gateway) == [EMERGENCY]
    assert says(gateway, f"effacer mon numéro {code_in(asked)}", CITIZEN) == []
    assert words_of(gateway) == [None]
    assert people(gateway) == 0


def test_three_wrong_codes_or_an_hour_end_a_code_and_one_sms_an_hour_asks(gateway: Gateway) -> None:
    says(gateway, EMERGENCY, CITIZEN)
    (asked,) = says(gateway, "EFFACER", CITIZEN)
    for _ in range(20):
        assert says(gateway, "EFFACER", CITIZEN) == []
    code = code_in(asked)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(3):
        says(gateway, f"EFFACER {wrong}", CITIZEN)
    says(gateway, f"EFFACER {code}", CITIZEN)
    assert words_of(gateway) == [EMERGENCY]
    gateway.clock.forward(minutes=61)
    (again,) = says(gateway, "EFFACER", CITIZEN)
    gateway.clock.forward(minutes=61)
    says(gateway, f"EFFACER {code_in(again)}", CITIZEN)
    assert words_of(gateway) == [EMERGENCY]


def test_who_stopped_all_sms_still_gets_the_code(gateway: Gateway) -> None:
    says(gateway, EMERGENCY, CITIZEN)
    says(gateway, "STOP", CITIZEN)
    (asked,) = says(gateway, "EFFACER", CITIZEN)
    says(gateway, f"EFFACER {code_in(asked)}", CITIZEN)
    assert people(gateway) == 0


@pytest.mark.parametrize("text", ["Effacer 2 lampadaires", "EFFACER 123456 svp on nous attaque", "effacer 123456789"])
def test_words_behind_the_keyword_are_a_concern(gateway: Gateway, text: str) -> None:
    says(gateway, text, CITIZEN)
    assert words_of(gateway) == [text]


def test_a_code_is_nowhere_but_in_its_sms(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    (asked,) = says(gateway, "EFFACER", CITIZEN)
    assert code_in(asked) not in caplog.text
    with gateway.deployment.database.engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT code_hash FROM erasure_codes").all()
    assert code_in(asked).encode() not in bytes(row[0])


@pytest.mark.parametrize("way", ["sms", "menu"])
def test_no_keyword_ends_a_role_and_what_a_secretary_reported_goes(gateway: Gateway, way: str) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    says(gateway, "on a volé ma moto à Lafiabougou hier")
    if way == "sms":
        (asked,) = says(gateway, "EFFACER")
        answer = says(gateway, f"EFFACER {code_in(asked)}")[-1]
    else:
        phone = gateway.phone(SECRETARY)
        phone.dial()
        answer = phone.type("2", "5", "2", "1")
        gateway.deployment.redis.flushall()
        assert phone.request() == answer
    assert "reste pour les alertes : seul un administrateur" in answer
    assert words_of(gateway) == [None]
    says(gateway, EMERGENCY, CITIZEN)
    assert any("URGENT" in text for text in gateway.inbox(SECRETARY))
    assert says(gateway, "PIN 4711")[0].startswith("CCS : code reconnu")


def test_stop_of_a_secretary_ends_digests_and_not_alerts_and_is_seen(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    gateway.administrator("admin@example.org")
    page = f"/queue/committees/{COMMUNE_IV}"
    (answer,) = says(gateway, "STOP")
    assert "Les alertes d'urgence continuent" in answer
    assert "1 secrétaire ne reçoit plus les résumés" in sign_in(gateway, "admin@example.org").get(page)
    assert ("secretary", "stopped") in audit(gateway)
    before = len(gateway.inbox(SECRETARY))
    gateway.clock.forward(days=6)
    assert send_due_digests(gateway.deployment) == 0
    says(gateway, EMERGENCY, CITIZEN)
    (alert,) = gateway.inbox(SECRETARY)[before:]
    assert alert.startswith("CCS URGENT")
    assert says(gateway, "PIN 4711")[0].startswith("CCS : code reconnu")
    says(gateway, "START")
    assert ("secretary", "started") in audit(gateway)
    assert "ne reçoit plus" not in sign_in(gateway, "admin@example.org").get(page)
    gateway.clock.forward(days=7)
    assert send_due_digests(gateway.deployment) == 1


def test_stop_of_a_duty_number_says_that_alerts_go_on_and_of_a_citizen_nothing_more(gateway: Gateway, run: Run) -> None:
    assert run("duty", "set", DUTY).exit_code == 0
    assert "Les alertes d'urgence continuent" in says(gateway, "STOP", DUTY)[0]
    assert ("duty", "stopped") in audit(gateway)
    assert says(gateway, "STOP", CITIZEN) == ["CCS : vous ne recevrez plus de SMS. START pour revenir."]


def test_an_operator_is_told_how_a_role_ends_before_a_number_is_erased(gateway: Gateway, run: Run) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    assert run("duty", "set", SECRETARY, "--region", "Bamako").exit_code == 0
    refused = run("erase", SECRETARY)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert len(refusal(refused)) == 1
    assert f"`gateway people remove-secretary {COMMUNE_IV} MSISDN`" in refused.stderr
    assert "`gateway duty remove --region ml-bamako`" in refused.stderr
    assert run("people", "remove-secretary", "Commune IV", SECRETARY).exit_code == 0
    assert run("erase", SECRETARY).exit_code == 1
    assert "removed" in run("duty", "remove", "--region", "ml-bamako").stdout
    assert refusal(run("duty", "remove", "--region", "ml-bamako"))[0].startswith("no duty number is set for")
    assert run("erase", SECRETARY).exit_code == 0
    assert people(gateway) == 0


def test_a_removed_secretary_can_do_nothing_more_at_once(gateway: Gateway, run: Run) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    reference = reference_in(says(gateway, "on a volé ma moto à Lafiabougou hier", CITIZEN)[0])
    gateway.first_pin(SECRETARY)
    phone = gateway.phone(SECRETARY)
    phone.dial()
    phone.type("1", "4711", "1")
    says(gateway, "PIN 4711")
    result = run("people", "remove-secretary", "Commune IV", "70 00 90 01")
    assert result.stdout == "CCS de Commune IV: secretary removed, 0 left\n"
    phone.type("1")
    says(gateway, f"OK {reference}")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Concern.state)).first() == "received"
        assert transaction.scalars(select(Secretary)).all() == []
        assert transaction.scalars(select(Pin)).all() == []
    assert ("command", "secretary_removed") in audit(gateway)
    again = run("people", "remove-secretary", "Commune IV", SECRETARY)
    assert (again.exit_code, refusal(again)) == (1, ["that number is no secretary of CCS de Commune IV"])


def test_a_secretary_of_two_committees_keeps_the_pin_and_loses_the_half_hour(gateway: Gateway, run: Run) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.secretary("ml-bamako-commune-v", SECRETARY)
    gateway.first_pin(SECRETARY)
    says(gateway, "PIN 4711")
    assert run("people", "remove-secretary", "Commune IV", SECRETARY).exit_code == 0
    assert says(gateway, "AGENDA")[0].startswith("CCS : envoyez d'abord PIN")
    assert says(gateway, "PIN 4711")[0].startswith("CCS : code reconnu")


def invitation_in(message: str) -> str:
    match = re.search(r"^invitation  ([0-9A-Z]{4}-[0-9A-Z]{4})$", message, re.M)
    assert match, message
    return match[1]


def test_a_forged_sms_chooses_no_first_pin(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    for text in ("PIN 4711", "4711", "PIN 4711 8642"):
        assert "code" in says(gateway, text)[0]
    assert says(gateway, "PIN 2A3B-4C5D 8642")[0].startswith("CCS : invitation inconnue")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Pin)).all() == []
    gateway.first_pin(SECRETARY, "1234")


@pytest.mark.parametrize("form", ["PIN {} 8642", "pin : {} 8642.", "PIN {} 8642 svp"])
def test_an_invitation_chooses_a_pin_once(gateway: Gateway, run: Run, form: str) -> None:
    invitation = invitation_in(run("people", "add-secretary", "Commune IV", SECRETARY).stdout)
    assert says(gateway, form.format(invitation.lower()))[0].startswith("CCS : code enregistré")
    assert not says(gateway, "AGENDA")[0].startswith("CCS : envoyez d'abord PIN")
    assert says(gateway, f"PIN {invitation} 1111")[0].startswith("CCS : invitation inconnue")
    assert says(gateway, "PIN 8642")[0].startswith("CCS : code reconnu")


def test_an_invitation_ends_after_a_week_and_with_a_pin_chosen_over_ussd(gateway: Gateway, run: Run) -> None:
    old = invitation_in(run("people", "add-secretary", "Commune IV", SECRETARY).stdout)
    invitation = invitation_in(run("people", "add-secretary", "Commune IV", SECRETARY).stdout)
    assert says(gateway, f"PIN {old} 1111")[0].startswith("CCS : invitation inconnue")
    gateway.first_pin(SECRETARY)
    assert says(gateway, f"PIN {invitation} 1111")[0].startswith("CCS : invitation inconnue")
    late = invitation_in(run("people", "add-secretary", "Commune IV", SECRETARY).stdout)
    gateway.clock.forward(days=7, minutes=1)
    assert says(gateway, f"PIN {late} 1111")[0].startswith("CCS : invitation inconnue")
    assert says(gateway, "PIN 4711")[0].startswith("CCS : code reconnu")


def test_wrong_pins_by_sms_lock_sms_and_never_ussd_nor_the_other_way(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    for wrong in ("9001", "PIN 9002 1111", "PIN 9003"):
        says(gateway, wrong)
    assert says(gateway, "PIN 4711")[0].startswith("CCS : trois codes faux")
    phone = gateway.phone(SECRETARY)
    phone.dial()
    assert phone.type("1", "4711").startswith("Rien à l'ordre du jour")
    gateway.clock.forward(minutes=61)
    phone.dial()
    assert phone.type("1", "9001", "9002", "9003").startswith("Trois codes faux")
    assert says(gateway, "PIN 4711")[0].startswith("CCS : code reconnu")


def test_a_pin_typed_over_ussd_opens_nothing_for_sms(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    assert says(gateway, "AGENDA")[0].startswith("CCS : envoyez d'abord PIN")
    phone = gateway.phone(SECRETARY)
    phone.dial()
    phone.type("1", "4711")
    assert says(gateway, "AGENDA")[0].startswith("CCS : envoyez d'abord PIN")


@pytest.mark.parametrize("number", ["76/00/00/01", "76·00·00·01", "76,00,00,01", "٧٦٠٠٠٠٠١", "７６０００００１"])
def test_what_secretaries_and_citizens_write_reaches_others_without_number_or_link(
    gateway: Gateway, number: str
) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    words = f"on a volé ma moto à Lafiabougou, appelez {number} ou voyez www.exemple.ml/moto"
    reference = reference_in(says(gateway, words, CITIZEN)[0])
    says(gateway, "PIN 4711")
    assert says(gateway, f"VOIR {reference}")[0].endswith("appelez # ou voyez #")
    for answer in (f"Appelez {number} svp", "Gagnez 5000 F sur orange-money.ml"):
        assert says(gateway, f"CLORE {reference} {answer}")[0].startswith("Refusé : un numéro ou un lien")
    says(gateway, f"CLORE {reference} Patrouille le 12/12/2026 à 10:00, prime 50 000 FCFA, appelez le 17.")
    assert "12/12/2026 à 10:00, prime 50 000 FCFA, appelez le 17." in gateway.inbox(CITIZEN)[-1]
