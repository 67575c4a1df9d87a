"""Every emergency is alerted: to its committee, else to a duty number, until a phone has received it."""

import json
import re

import pytest
from sqlalchemy import select

from gateway.outbound.provider_routing import provider_routing
from gateway.simulator.standin import Mood
from gateway.worker.dispatcher import sweep_all
from storage.committees.registry import change_committee
from storage.enumerations import MessageState, Priority
from storage.messages.outbound import OutboundSms, queue_message
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact
from tests.support.browsing import Desk, sign_in
from tests.support.commands import Run
from tests.support.gateway import Gateway
from tests.support.waiting import eventually

COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY, OTHER_SECRETARY = "+22370009001", "+22370009002"
REGION_DUTY, COUNTRY_DUTY = "+22370009008", "+22370009009"
CITIZEN = "+22370001001"
SHOTS = "ils nous tirent dessus"
ADMIN = "admin@example.org"


@pytest.fixture
def run(run_at_its_time: Run) -> Run:
    """The `gateway` command at the time of the tests' phones."""
    return run_at_its_time


def on_duty(run: Run) -> None:
    assert run("duty", "set", COUNTRY_DUTY).exit_code == 0
    assert run("duty", "set", REGION_DUTY, "--region", "Bamako").exit_code == 0


def administrator(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    return sign_in(gateway, ADMIN)


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def sweep(gateway: Gateway) -> None:
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))
    gateway.work()


def all_delivered(gateway: Gateway) -> None:
    """Waits until the stand-in has sent the receipts of all SMS."""

    def waiting() -> int:
        with gateway.deployment.database.read() as transaction:
            return len(transaction.scalars(select(Message.id).where(Message.state == MessageState.SENT)).all())

    eventually(lambda: waiting() == 0)


def messages_listed(run: Run) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("messages", "list", "--json").stdout.splitlines()]


def test_without_a_commune_the_duty_number_hears_at_once_and_the_committee_when_the_citizen_says_where(
    gateway: Gateway, run: Run
) -> None:
    on_duty(run)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone().write(SHOTS)
    gateway.work()
    (concern,) = concerns(gateway)
    assert (concern.urgency, concern.commune, concern.committee) == ("emergency", None, None)
    (alert,) = gateway.inbox(COUNTRY_DUTY)
    assert concern.reference in alert
    assert "lieu inconnu" in alert
    assert "à vous d'agir" in alert
    assert gateway.inbox(SECRETARY) == gateway.inbox(REGION_DUTY) == []
    gateway.phone().write("Lafiabougou")
    gateway.work()
    (alert,) = gateway.inbox(SECRETARY)
    assert concern.reference in alert
    assert "Lafiabougou" in alert
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == len(gateway.inbox(COUNTRY_DUTY)) == 1


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        (SHOTS, {"commune": COMMUNE_IV, "category": "armed_group"}),
        ("on a volé ma moto à Lafiabougou hier", {"urgency": "emergency"}),
    ],
)
def test_who_places_an_emergency_or_makes_one_in_the_queue_alerts_its_committee(
    gateway: Gateway, text: str, corrected: dict[str, str]
) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone().write(text)
    gateway.work()
    (concern,) = concerns(gateway)
    assert gateway.inbox(SECRETARY) == []
    fields = {"commune": str(concern.commune), "category": str(concern.category)} | corrected
    desk = administrator(gateway)
    page = desk.send(f"/queue/concerns/{concern.reference}", "correct", **fields)
    assert "secrétaires : envoyée" in page
    gateway.work()
    (alert,) = gateway.inbox(SECRETARY)
    assert concern.reference in alert
    desk.send(f"/queue/concerns/{concern.reference}", "correct", **fields)
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == 1


def test_a_correction_to_another_commune_alerts_that_one_too(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.secretary("ml-bamako-commune-v", OTHER_SECRETARY)
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    (concern,) = concerns(gateway)
    administrator(gateway).send(
        f"/queue/concerns/{concern.reference}", "correct", commune="ml-bamako-commune-v", category="disaster"
    )
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == len(gateway.inbox(OTHER_SECRETARY)) == 1


def test_a_committee_without_a_secretary_leaves_it_to_the_duty_number_of_the_region(gateway: Gateway, run: Run) -> None:
    on_duty(run)
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    assert len(gateway.inbox(REGION_DUTY)) == 1
    assert gateway.inbox(COUNTRY_DUTY) == []


def test_an_emergency_that_nobody_could_be_told_of_is_told_when_somebody_can_be(gateway: Gateway, run: Run) -> None:
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    (concern,) = concerns(gateway)
    assert "non remise" in administrator(gateway).get(f"/queue/concerns/{concern.reference}")
    on_duty(run)
    gateway.work()
    assert len(gateway.inbox(REGION_DUTY)) + len(gateway.inbox(COUNTRY_DUTY)) == 1
    assert run("people", "add-secretary", "Commune IV", SECRETARY).exit_code == 0
    gateway.work()
    (texts,) = gateway.inbox(SECRETARY)
    assert concern.reference.removeprefix("CCS-") in texts


def receipt(gateway: Gateway, msisdn: str, status: str) -> None:
    """Sends the provider's delivery report about the last SMS to a number."""
    id = gateway.sms(msisdn)[-1].id
    report = {"id": id, "phoneNumber": msisdn, "status": status, "failureReason": "AbsentSubscriber"}
    assert gateway.http.post(gateway.hook("delivery"), data=report).status_code == 200


def test_a_phone_that_fails_has_the_alert_go_to_the_duty_number_at_once(gateway: Gateway, run: Run) -> None:
    on_duty(run)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.stand_in.delay = 3600.0
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    receipt(gateway, SECRETARY, "Failed")
    gateway.work()
    assert len(gateway.inbox(REGION_DUTY)) == 1
    receipt(gateway, REGION_DUTY, "Success")
    reference = concerns(gateway)[-1].reference
    page = administrator(gateway).get(f"/queue/concerns/{reference}")
    assert "numéro de garde de la région : remise" in page
    gateway.clock.forward(hours=1)
    sweep(gateway)
    assert gateway.inbox(COUNTRY_DUTY) == []


def test_when_no_phone_had_it_everybody_is_tried_again_a_few_times(gateway: Gateway, run: Run) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.stand_in.delay = 3600.0
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    for _ in range(3):
        receipt(gateway, SECRETARY, "Failed")
        gateway.clock.forward(minutes=15)
        sweep(gateway)
    assert len(gateway.inbox(SECRETARY)) == 4
    gateway.clock.forward(minutes=15)
    sweep(gateway)
    assert len(gateway.inbox(SECRETARY)) == 4
    receipt(gateway, SECRETARY, "Success")
    reference = concerns(gateway)[-1].reference
    assert "remise le" in administrator(gateway).get(f"/queue/concerns/{reference}")


def test_a_refused_alert_goes_to_everybody_in_turn_is_shown_as_not_delivered_and_is_tried_again(
    gateway: Gateway, run: Run
) -> None:
    on_duty(run)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.stand_in.mood = Mood.REFUSES_REQUEST
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    alerts = [row for row in messages_listed(run) if row["what"] == "alert"]
    assert [row["state"] for row in alerts] == ["queued"] * 3
    desk = administrator(gateway)
    assert "Alerte non remise" in desk.get("/queue/concerns")
    gateway.stand_in.mood = Mood.WELL
    gateway.clock.forward(minutes=1)
    gateway.work()
    assert [len(gateway.inbox(number)) for number in (SECRETARY, REGION_DUTY, COUNTRY_DUTY)] == [1, 1, 1]
    eventually(lambda: "Alerte non remise" not in desk.get("/queue/concerns") or None)


def test_an_alert_without_a_receipt_goes_on_after_five_minutes(gateway: Gateway, run: Run) -> None:
    on_duty(run)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.stand_in.delay = 3600.0
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    gateway.clock.forward(minutes=4)
    sweep(gateway)
    assert gateway.inbox(REGION_DUTY) == []
    gateway.clock.forward(minutes=1)
    sweep(gateway)
    assert (len(gateway.inbox(REGION_DUTY)), gateway.inbox(COUNTRY_DUTY)) == (1, [])
    gateway.clock.forward(minutes=5)
    sweep(gateway)
    assert len(gateway.inbox(COUNTRY_DUTY)) == 1
    assert len(gateway.inbox(SECRETARY)) == 1


def test_stop_from_a_secretary_does_not_stop_alerts(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone(SECRETARY).write("STOP")
    gateway.work()
    before = len(gateway.inbox(SECRETARY))
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == before + 1


FIRES = [
    "au secours incendie au marché de Lafiabougou maintenant",
    "incendie maintenant à l'école de Lafiabougou les enfants dedans",
    "une maison brûle en ce moment à Lafiabougou près de la mosquée",
    "le feu est sur la station d'essence de Lafiabougou maintenant",
    "incendie en cours au dépôt de bois de Lafiabougou au secours",
    "au feu la pharmacie de Lafiabougou brûle maintenant",
]


def test_one_number_is_alerted_singly_three_times_and_then_together_but_never_silent(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    for text in FIRES:
        gateway.phone().write(text)
        gateway.work()
    assert [concern.urgency for concern in concerns(gateway)] == ["emergency"] * 6
    singly, joined = gateway.inbox(SECRETARY)[:3], gateway.inbox(SECRETARY)[3:]
    references = [concern.reference.removeprefix("CCS-") for concern in concerns(gateway)]
    assert [reference in text for text, reference in zip(singly, references, strict=False)] == [True] * 3
    assert len(joined) == 1
    assert references[3] in joined[0]
    all_delivered(gateway)
    gateway.clock.forward(minutes=10)
    sweep(gateway)
    last = gateway.inbox(SECRETARY)[-1]
    assert len(gateway.inbox(SECRETARY)) == 5
    assert "2 urgences" in last
    assert all(reference in last for reference in references[4:])
    all_delivered(gateway)
    gateway.clock.forward(minutes=10)
    sweep(gateway)
    assert len(gateway.inbox(SECRETARY)) == 5


def test_emergencies_of_a_number_that_is_not_kept_are_joined_too(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    phone = gateway.phone()
    for number, words in enumerate(FIRES[:5]):
        phone.dial()
        if number == 0:
            phone.type("1", "1", "1", "1", "1", "lafiabougou", "1", words, "2", "1")
        else:
            phone.type("1", "1", "1", "1", "lafiabougou", "1", words, "2")
        assert phone.ended, phone.screen
        gateway.work()
    assert len(gateway.inbox(SECRETARY)) == 4
    with gateway.deployment.database.read() as transaction:
        assert set(transaction.scalars(select(Concern.contact_id))) == {None}


def test_a_new_secretary_and_a_committee_just_installed_hear_of_open_emergencies_in_one_sms(
    gateway: Gateway, run: Run
) -> None:
    on_duty(run)
    for number, text in enumerate(("incendie maintenant au marché de Kalabancoro", "une maison brûle à Kalabancoro")):
        gateway.phone(f"+2237000200{number}").write(text)
    gateway.work()
    urgent = [concern.reference.removeprefix("CCS-") for concern in concerns(gateway) if concern.urgency == "emergency"]
    assert urgent
    assert run("people", "add-secretary", "CCS de Kalabancoro", SECRETARY).exit_code == 0
    gateway.work()
    assert gateway.inbox(SECRETARY) == []
    assert run("committees", "install", "Kalabancoro", "--on", "2026-11-20", "--meets", "every friday").exit_code == 0
    gateway.work()
    (texts,) = gateway.inbox(SECRETARY)
    assert f"{len(urgent)} urgence" in texts
    assert all(reference in texts for reference in urgent)


def test_an_alert_leaves_before_everything_that_waited_before_it(gateway: Gateway) -> None:
    """An announcement to many was due first, and is not finished when the alert has been sent."""
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone("+22370003000").report()
    gateway.work()
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        reader = transaction.scalars(select(Contact).where(Contact.usual_place.is_not(None))).one()
        for number in range(40):
            draft = OutboundSms(f"broadcast:1:{number}", reader, "Marché fermé lundi.", priority=Priority.ANNOUNCEMENT)
            queue_message(transaction, deployment.vault, deployment.pack, draft, gateway.clock())
    gateway.clock.forward(minutes=2)
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    (alert,) = gateway.sms(SECRETARY)
    assert alert.at < min(sms.at for sms in gateway.sms("+22370003000") if "Marché" in sms.text)


def test_a_spent_budget_is_told_as_it_is_and_holds_back_no_alert(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        change_committee(transaction, gateway.deployment.pack, committee, {"monthly_budget": "1"}, gateway.clock())
    gateway.phone().write("au secours incendie au marché de Lafiabougou maintenant")
    gateway.work()
    assert len(gateway.inbox(SECRETARY)) == 1
    (concern,) = concerns(gateway)
    page = administrator(gateway).send(
        f"/queue/concerns/{concern.reference}", "close", answer="Les pompiers sont venus."
    )
    assert "La réponse part par SMS" not in page
    assert "budget SMS du comité est épuisé" in page
    assert "1/12/2026" in page
    gateway.undo_is_over()
    with gateway.deployment.database.read() as transaction:
        waiting = transaction.scalars(select(Message).where(Message.key.startswith("news:"))).one()
        assert (waiting.state, waiting.reason) == (MessageState.QUEUED, "budget")


def test_doctor_asks_for_a_duty_number_and_none_is_ever_shown(
    gateway: Gateway, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no duty number" in run("doctor").stdout
    for name, value in {
        "ENVIRONMENT": "production", "SMS_PROVIDER": "africastalking", "AT_USERNAME": "ccs", "AT_API_KEY": "invented",
        "WEBHOOK_ALLOW": "127.0.0.1/32",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    result = run("doctor")
    assert result.stdout, result.stderr
    assert re.search(r"ERROR +no duty number", result.stdout)
    assert result.exit_code == 1
    monkeypatch.setenv("ENVIRONMENT", "development")
    on_duty(run)
    assert "no duty number" not in run("doctor").stdout
    listed = run("duty", "list", "--json").stdout
    assert [json.loads(line)["area"] for line in listed.splitlines()] == ["ml", "ml-bamako"]
    assert REGION_DUTY[1:] not in run("duty", "list").stdout + listed
    wrong = run("duty", "set", REGION_DUTY, "--region", "Atlantide")
    assert wrong.exit_code == 1
    assert "no region `Atlantide`" in wrong.stderr
    assert run("duty", "set", "12").exit_code == 1


def test_closing_a_committee_tells_the_one_above_in_one_sms(gateway: Gateway, run: Run) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.secretary("ml-bamako", OTHER_SECRETARY)
    for number, text in enumerate(FIRES[:2]):
        gateway.phone(f"+2237000200{number}").write(text)
    gateway.work()
    assert gateway.inbox(OTHER_SECRETARY) == []
    assert run("committees", "close", "Commune IV").exit_code == 0
    gateway.work()
    (texts,) = gateway.inbox(OTHER_SECRETARY)
    assert "2 urgences" in texts
    assert all(concern.reference.removeprefix("CCS-") in texts for concern in concerns(gateway))
