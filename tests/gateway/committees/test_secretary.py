"""The secretary's phone: every act by SMS and by USSD, with a PIN and a line of audit, on their own items only."""

import pytest
from sqlalchemy import select

from flows.screen import septets
from storage.tables.audit import AuditLine
from storage.tables.committees import AgendaItem, Meeting, Pin
from storage.tables.concerns import Concern
from storage.tables.people import Contact
from tests.support.gateway import Gateway
from tests.support.phones import Phone

COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY = "+22370009001"
CITIZEN = "+22370001001"
ANSWER = "Des patrouilles passent chaque soir."


@pytest.fixture
def reference(gateway: Gateway) -> str:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    gateway.phone(CITIZEN).write("on a volé ma moto à Lafiabougou hier soir au 76 00 12 34")
    gateway.work()
    return concern(gateway).reference


def concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id)).first()  # type: ignore[return-value]


def says(gateway: Gateway, text: str, msisdn: str = SECRETARY) -> str:
    gateway.phone(msisdn).write(text)
    gateway.work()
    return gateway.inbox(msisdn)[-1]


def audit(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(AuditLine.what).order_by(AuditLine.id)))


def test_nothing_is_shown_or_done_before_the_pin(gateway: Gateway, reference: str) -> None:
    for command in ("AGENDA", f"VOIR {reference}", f"OK {reference}", f"CLORE {reference} {ANSWER}", "REUNION 12/12"):
        assert says(gateway, command).startswith("CCS : envoyez d'abord PIN")
    assert concern(gateway).state == "received"
    assert audit(gateway) == ["pin_chosen"]


def test_the_whole_work_by_sms(gateway: Gateway, reference: str) -> None:
    assert says(gateway, "PIN 4711").startswith("CCS : code reconnu.")
    short = reference.removeprefix("CCS-")
    assert f"Vol, cambriolage, Lafiabougou : 1 [{short}]" in says(gateway, "agenda")
    seen = says(gateway, f"voir {short.lower()}")
    assert seen.startswith(f"CCS {reference} Vol, cambriolage, Lafiabougou : 1 (recu). on a volé ma moto")
    assert "7600" not in seen.replace(" ", "")
    assert says(gateway, f"OK {short}") == f"{reference} est à l'ordre du jour du 03/12."
    gateway.clock.forward(minutes=2)
    assert says(gateway, f"OK {short}") == "Déjà traité, ou clos."
    assert says(gateway, f"REPORTER {short}") == f"{reference} est reporté au 07/01."
    assert says(gateway, "REUNION 12/12 10:00") == "La réunion est fixée au 12/12."
    assert says(gateway, f"CLORE {short} {ANSWER}") == f"{reference} est clos, 1 personne prévenue."
    assert gateway.inbox(CITIZEN)[-1].startswith(f"CCS {reference} : {ANSWER} Satisfait ?")
    assert audit(gateway) == ["pin_chosen", "pin_right", "agenda", "view", "accept", "postpone", "meeting", "close"]


def test_passing_on_to_a_service_and_to_the_region(gateway: Gateway, reference: str) -> None:
    says(gateway, "PIN 4711")
    assert says(gateway, f"PASSER {reference} police") == f"{reference} est transmis : Police."
    assert (concern(gateway).state, concern(gateway).passed_to) == ("passed_on", "police")
    assert says(gateway, f"suivi {reference}", CITIZEN).startswith(f"CCS {reference} : transmis : Police.")
    gateway.phone(CITIZEN).write("aucun lampadaire ne marche à Lafiabougou")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        other_concern = transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()
    assert other_concern
    assert says(gateway, f"PASSER {other_concern.reference} REGION").endswith("transmis : Région.")
    with gateway.deployment.database.read() as transaction:
        assert transaction.get_one(Concern, other_concern.id).committee == "ml-bamako"
    assert says(gateway, f"VOIR {other_concern.reference}") == "Référence inconnue de votre comité."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("OK", "CCS : écrivez OK et la référence"),
        ("OK 7K4", "CCS : écrivez OK et la référence"),
        ("VOIR", "CCS : écrivez VOIR et la référence"),
        ("CLORE", "CCS : écrivez CLORE, la référence et la réponse"),
        ("CLORE {reference}", "CCS : écrivez CLORE, la référence et la réponse"),
        ("PASSER {reference}", "CCS : écrivez PASSER, la référence et POLICE"),
        ("PASSER {reference} ONU", "CCS : écrivez PASSER, la référence et POLICE"),
        ("REUNION", "CCS : écrivez REUNION et un jour"),
        ("REUNION demain", "CCS : écrivez REUNION et un jour"),
        ("REUNION 31/02", "CCS : écrivez REUNION et un jour"),
        ("PIN", "CCS : écrivez PIN et votre code"),
        ("PIN abcd", "CCS : écrivez PIN et votre code"),
        ("CLORE {reference} appelez le 76 00 00 01", "Refusé : un numéro ou un lien dans la réponse"),
        ("VOIR CCS-7K4Q", "Référence inconnue de votre comité."),
    ],
)
def test_a_mistake_gets_the_correct_form_of_that_command(
    gateway: Gateway, reference: str, text: str, message: str
) -> None:
    says(gateway, "PIN 4711")
    assert says(gateway, text.format(reference=reference)).startswith(message)
    assert concern(gateway).state == "received"


def test_a_sentence_that_begins_like_a_command_is_a_concern(gateway: Gateway, reference: str) -> None:
    for text in ("ok merci pour tout", "voir la police ne fait rien à Lafiabougou contre les voleurs"):
        says(gateway, text)
    with gateway.deployment.database.read() as transaction:
        assert len(transaction.scalars(select(Concern)).all()) == 3


def test_three_wrong_pins_lock_for_an_hour_and_no_pin_is_kept_or_told(
    gateway: Gateway, reference: str, caplog: pytest.LogCaptureFixture
) -> None:
    says(gateway, "PIN 4711")
    gateway.clock.forward(hours=1)
    answers = [says(gateway, f"PIN {wrong}") for wrong in ("9001", "9002", "9003")]
    assert [answer.startswith("CCS : code faux.") for answer in answers] == [True, True, False]
    assert says(gateway, "PIN 4711").startswith("CCS : trois codes faux.")
    assert says(gateway, f"OK {reference}").startswith("CCS : envoyez d'abord PIN")
    gateway.clock.forward(minutes=61)
    assert says(gateway, "4711").startswith("CCS : code reconnu.")
    assert says(gateway, "PIN 4711 123456").startswith("CCS : code enregistré.")
    assert says(gateway, "PIN 4711").startswith("CCS : code faux.")
    everything = caplog.text + str(answers) + str([gateway.inbox(SECRETARY)])
    for pin in ("4711", "9001", "123456"):
        assert pin not in everything
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Pin.pin_hash)).one().startswith("$argon2id$")
        assert not any(
            concern.text_sealed for concern in transaction.scalars(select(Concern)) if concern.contact_id is None
        )


def test_the_window_closes_after_half_an_hour(gateway: Gateway, reference: str) -> None:
    says(gateway, "PIN 4711")
    gateway.clock.forward(minutes=31)
    assert says(gateway, f"OK {reference}").startswith("CCS : envoyez d'abord PIN")


def test_nobody_elses_item_is_seen_and_no_citizen_commands(gateway: Gateway, reference: str) -> None:
    gateway.secretary("ml-bamako-commune-i", "+22370009002")
    gateway.first_pin("+22370009002", "1234")
    says(gateway, "PIN 1234", "+22370009002")
    assert says(gateway, f"OK {reference}", "+22370009002") == "Référence inconnue de votre comité."
    says(gateway, "PIN 1234", CITIZEN)
    assert says(gateway, f"CLORE {reference} {ANSWER}", CITIZEN) != ANSWER
    assert concern(gateway).state == "received"
    with gateway.deployment.database.read() as transaction:
        assert len(transaction.scalars(select(Pin)).all()) == 2


def dialled(gateway: Gateway, *typed: str) -> Phone:
    phone = gateway.phone(SECRETARY)
    phone.dial()
    phone.type(*typed)
    return phone


def test_the_whole_work_by_ussd(gateway: Gateway, reference: str) -> None:
    phone = gateway.phone(SECRETARY)
    assert phone.dial().startswith("Secrétariat du comité\n1 Ordre du jour\n2 Menu du citoyen")
    assert phone.type("1").startswith("Tapez votre code secret")
    assert "Vol, cambriolage, Laf... 1" in phone.type("4711")
    assert phone.type("1").startswith(f"{reference} Vol, cambriolage, Lafiabougou : 1 (recu)")
    assert phone.type("1").startswith(f"{reference} est à l'ordre du jour du 03/12.")
    again = phone.screen
    assert phone.request() == again
    phone.type("1", "1", "2")
    assert phone.screen.startswith(f"{reference} est reporté au 07/01.")
    gateway.deployment.redis.flushall()
    assert phone.request().startswith(f"{reference} ")
    with gateway.deployment.database.read() as transaction:
        item = transaction.scalars(select(AgendaItem)).one()
        assert f"{transaction.get_one(Meeting, item.meeting_id).starts_at:%d/%m}" == "07/01"  # postponed once
    phone.type("1", "1", "4", "ok", ANSWER)
    assert phone.screen.startswith(f"{reference} est clos, 1 personne prévenue.")
    gateway.work()
    assert gateway.inbox(CITIZEN)[-1].startswith(f"CCS {reference} : {ANSWER} Satisfait ?")
    assert {"accept", "postpone", "close"} <= set(audit(gateway))


def test_by_ussd_a_wrong_pin_shows_nothing_and_the_third_locks(gateway: Gateway, reference: str) -> None:
    dialled(gateway, "1", "4711")
    phone = dialled(gateway, "1", "9001")
    assert phone.screen.startswith("Code faux.")
    assert "Vol" not in phone.type("1")
    phone.type("9002", "9003")
    assert phone.screen.startswith("Trois codes faux.")
    assert dialled(gateway, "1", "4711").screen.startswith("Trois codes faux.")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact.id)).all()
    for key in gateway.deployment.redis.scan_iter():
        assert b"9002" not in (gateway.deployment.redis.dump(key) or b"")


def test_a_secretary_may_report_as_a_citizen_too(gateway: Gateway, reference: str) -> None:
    phone = dialled(gateway, "2")
    assert phone.screen.startswith("Comité de sécurité (CCS)")
    assert (septets(phone.screen) or 999) <= 160


def test_an_answer_that_was_refused_leaves_the_good_one_to_be_given(gateway: Gateway, reference: str) -> None:
    phone = dialled(gateway, "1", "4711", "1", "4")
    phone.type("appelez le 76 00 00 01")
    assert phone.screen.startswith("Refusé : un numéro ou un lien dans la réponse")
    assert phone.request().startswith("Refusé : un numéro ou un lien dans la réponse")
    phone.type("1", "1", "4", ANSWER)
    assert phone.screen.startswith(f"{reference} est clos, 1 ")
    screen = phone.screen
    gateway.deployment.redis.flushall()
    phone.request()
    assert concern(gateway).state == "closed"
    assert screen.startswith(reference)
    gateway.work()
    assert sum(ANSWER in text for text in gateway.inbox(CITIZEN)) == 1
    assert audit(gateway).count("close") == 1


def test_an_act_is_done_whole_or_not_at_all(gateway: Gateway, reference: str) -> None:
    """An answer to two citizens that is too long only with the second one's reference: neither concern is closed."""
    gateway.phone("+22370001002").write("on a volé une moto à Lafiabougou ce matin")
    gateway.work()
    with gateway.deployment.database.write() as transaction:
        transaction.scalars(select(Concern).where(Concern.reference != reference)).one().reference = "CCS-47GZ-9K2M-3X"
    says(gateway, "PIN 4711")
    longest = "x" * (3 * 153 - len(f"CCS {reference} : "))
    assert says(gateway, f"CLORE {reference} {longest}").startswith("Refusé")
    with gateway.deployment.database.read() as transaction:
        assert [concern.state for concern in transaction.scalars(select(Concern))] == ["received", "received"]
    assert "close" not in audit(gateway)
    assert not any("xxx" in text for text in gateway.inbox(CITIZEN))
