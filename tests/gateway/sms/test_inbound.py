"""Inbound SMS and their effects: concerns and answers, each once."""

import threading

import pytest
from sqlalchemy import func, select

from storage.concerns.concerns import TEXT
from storage.tables.concerns import Concern
from storage.tables.messages import InboundEvent, Message
from storage.tables.people import Contact
from tests.support.gateway import Gateway
from tests.support.phones import reference_in
from tests.support.waiting import eventually

CITIZEN = "+22370001001"


def count(gateway: Gateway, table: type) -> int:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).select_from(table)) or 0


def concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern)).one()


def test_free_text_becomes_a_concern_and_the_reply_carries_its_reference(gateway: Gateway) -> None:
    phone = gateway.phone()
    assert phone.write("on a volé ma moto à Kalabankoura hier soir") == 200
    gateway.work()
    report = concern(gateway)
    assert (report.commune, report.place, report.category) == ("ml-bamako-commune-v", "Kalaban-Coura", "theft")
    assert gateway.inbox(CITIZEN) == [
        f"CCS : message recu, réf {report.reference}. Pour savoir la suite : SUIVI {report.reference}"
    ]


def texts_of(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        sealed = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
    return [gateway.deployment.vault.open(TEXT, text or b"") for text in sealed]


@pytest.mark.parametrize(
    ("answer", "commune"),
    [
        ("Attaque à Mopti", None),
        ("vol de moto Banconi", None),
        ("meurtre Sikasso", "ml-sikasso-sikasso-sikasso"),
    ],
)
def test_a_place_with_a_new_concern_is_a_concern_though_a_commune_was_asked_for(
    gateway: Gateway, answer: str, commune: str | None
) -> None:
    """No cry is taken for the answer to "which commune?". Words whose matter is unknown may be both."""
    phone = gateway.phone()
    phone.write("on a volé ma chèvre hier soir")
    gateway.work()
    assert "Dans quelle commune ?" in gateway.inbox(CITIZEN)[0]
    phone.write(answer)
    gateway.work()
    assert texts_of(gateway)[1:] == [answer]
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Concern.commune).order_by(Concern.id)).first() == commune


def test_an_answer_that_meets_another_change_of_its_concern_is_not_refused(gateway: Gateway) -> None:
    gateway.phone().write("on a volé ma chèvre hier soir")
    gateway.work()
    asked, statuses = concern(gateway), []
    answering = threading.Thread(target=lambda: statuses.append(gateway.phone().write("Banconi")))
    with gateway.deployment.database.write() as transaction:
        transaction.get_one(Concern, asked.id).needs_review = not asked.needs_review
        transaction.flush()
        answering.start()
        eventually(gateway.waits_for_a_lock)
    answering.join()
    assert statuses == [200]
    assert concern(gateway).commune == "ml-bamako-commune-i"


def test_the_same_message_again_changes_nothing(gateway: Gateway) -> None:
    phone = gateway.phone()
    for _ in range(3):
        assert phone.write("on a volé ma moto à Banconi", id="one") == 200
        gateway.work()
    for _ in range(2):
        assert phone.write("AIDE", id="two") == 200
        gateway.work()
    assert count(gateway, Concern) == 1
    kept = count(gateway, InboundEvent)
    phone.write("AIDE", id="two")
    assert count(gateway, InboundEvent) == kept
    assert len(gateway.inbox(CITIZEN)) == 2


def test_bambara_is_answered_in_bambara_that_every_phone_shows(gateway: Gateway) -> None:
    gateway.phone().write("sonw ye butigi kari Kalabankura su in na")
    gateway.work()
    (answer,) = gateway.inbox(CITIZEN)
    assert answer.startswith("CCS : kibaruya sorola, taamasiyen CCS-")


def test_a_language_that_is_only_guessed_is_not_answered_in(gateway: Gateway) -> None:
    gateway.phone().write("On a vole ma moto a Lassa")
    gateway.work()
    (answer,) = gateway.inbox(CITIZEN)
    assert answer.startswith("CCS : message recu, réf CCS-")


def test_an_unknown_commune_is_asked_for_and_the_next_message_answers_it(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.write("il y a des voleurs chaque nuit")
    gateway.work()
    asked = concern(gateway)
    assert asked.needs_review
    assert asked.committee is None
    assert "Dans quelle commune ?" in gateway.inbox(CITIZEN)[0]
    phone.write("c'est à Lafiabougou")
    gateway.work()
    answered = concern(gateway)
    assert (answered.commune, answered.place, answered.committee) == (
        "ml-bamako-commune-iv", "Lafiabougou", "ml-bamako-commune-iv",
    )  # fmt: skip
    assert not answered.needs_review
    assert gateway.inbox(CITIZEN)[1] == (
        f"CCS : merci, réf {answered.reference} est notée pour Commune IV, Lafiabougou."
    )


def test_a_second_concern_is_not_taken_for_the_answer(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.write("il y a des voleurs chaque nuit")
    gateway.work()
    phone.write("et on a encore volé deux motos à Banconi hier soir")
    gateway.work()
    assert count(gateway, Concern) == 2


def test_an_answer_a_week_later_is_about_something_else(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.write("il y a des voleurs chaque nuit")
    gateway.work()
    gateway.clock.forward(days=7)
    phone.write("Lafiabougou")
    gateway.work()
    assert count(gateway, Concern) == 2


def test_an_emergency_is_told_whom_to_call_and_asked_where(gateway: Gateway) -> None:
    gateway.phone().write("au secours, ils tirent des coups de feu")
    gateway.work()
    first, second = gateway.inbox(CITIZEN)
    assert "EN DANGER, APPELEZ : Police 17" in first
    assert "Dans quelle commune ?" in second


def test_follow_help_language_and_committee_are_answered(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.write("on a volé ma moto à Banconi hier")
    gateway.work()
    reference = reference_in(gateway.inbox(CITIZEN)[0])
    for text in (f"suivi {reference}", "SUIVI 2222", "aide", "CCS Banconi", "LANGUE bm", "langue xx", "dɛmɛ"):
        phone.write(text)
        gateway.clock.forward(minutes=15)  # five of these an hour
    gateway.work()
    answers = gateway.inbox(CITIZEN)[1:]
    assert answers[0] == f"CCS {reference} : recu."
    assert answers[1].startswith("CCS : référence inconnue.")
    assert answers[2].startswith("CCS : écrivez ce qui se passe et où.")
    assert answers[3].startswith("CCS : CCS de Commune I. Réunion : 03/12.")
    assert answers[4] == "CCS : kan sebenna, bamanankan."
    assert answers[5] == "CCS : LANGUE ni nin do ci : fr, bm"
    assert answers[6].startswith("CCS : ko kelen")


def test_a_reference_of_someone_else_gives_no_hint_that_it_exists(gateway: Gateway) -> None:
    gateway.phone().write("on a volé ma moto à Banconi hier")
    gateway.work()
    reference = reference_in(gateway.inbox(CITIZEN)[0])
    stranger = gateway.phone("+22370001009")
    stranger.write(f"SUIVI {reference}")
    stranger.write("SUIVI CCS-2222")
    gateway.work()
    answers = gateway.inbox("+22370001009")
    assert answers[0] == answers[1]


def test_stop_is_final_until_start_and_a_concern_is_kept_all_the_same(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.write("STOP")
    gateway.work()
    assert gateway.inbox(CITIZEN) == ["CCS : vous ne recevrez plus de SMS. START pour revenir."]
    phone.write("on a volé ma moto à Banconi hier")
    gateway.work()
    assert count(gateway, Concern) == 1
    assert len(gateway.inbox(CITIZEN)) == 1
    phone.write("START")
    phone.write("AIDE")
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 3


def test_stop_takes_back_what_waits_and_so_does_the_providers_opt_out(gateway: Gateway) -> None:
    phone, other_phone = gateway.phone(), gateway.phone("+22370001002")
    phone.write("AIDE")
    phone.write("STOP")
    other_phone.write("AIDE")
    form = {"senderId": "CCS", "phoneNumber": "+22370001002"}
    assert gateway.http.post(gateway.hook("opt-out"), data=form).status_code == 200
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 1
    assert gateway.inbox("+22370001002") == []


def test_a_number_over_its_limit_is_thanked_and_its_message_waits_for_a_person(gateway: Gateway) -> None:
    phone = gateway.phone()
    for number in range(gateway.deployment.pack.reports_per_day + 1):
        phone.write(f"on a volé {number} motos à Banconi hier")
    phone.write("au secours incendie à Banconi maintenant")
    gateway.work()
    answers = gateway.inbox(CITIZEN)
    assert "APPELEZ" in answers[0]  # what is urgent leaves first
    assert "Limite de 5 messages" in answers[6]
    with gateway.deployment.database.read() as transaction:
        waiting = transaction.scalars(select(Concern).where(Concern.committee.is_(None))).all()
        assert [concern.reasons for concern in waiting] == [["over_limit"]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": None}, "id is missing"),
        ({"id": "x" * 500}, "id is longer than 120 characters"),
        ({"from": None}, "from is no phone number"),
        ({"from": "ORANGE"}, "from is no phone number"),
        ({"text": None}, "text is missing"),
    ],
)
def test_what_cannot_be_understood_is_400_with_one_line_and_changes_nothing(
    gateway: Gateway, changed: dict[str, str | None], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    form = {
        "id": "1",
        "from": "+22376004321",
        "to": "36223",
        "text": "un secret",
        "date": "2017-05-03 06:04:45",
    } | changed
    answer = gateway.http.post(
        gateway.hook("sms"), data={name: value for name, value in form.items() if value is not None}
    )
    assert answer.status_code == 400
    assert answer.text.startswith(message)
    assert answer.text.count("\n") == 1
    assert answer.content_type.startswith("text/plain")
    assert count(gateway, Contact) == 0
    assert "secret" not in caplog.text
    assert "6004321" not in caplog.text


@pytest.mark.parametrize("text", ["", "   ", "🙂", "\u202e\x07", "12345"])
def test_empty_and_unreadable_texts_get_help_or_are_kept(gateway: Gateway, text: str) -> None:
    assert gateway.phone().write(text) == 200
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 1
    assert count(gateway, Concern) + count(gateway, Message) >= 1


@pytest.mark.parametrize(
    "text", ["مرحبا هناك لصوص", "ߒ ߞߊ߬ ߞߊ߲", "<script>alert(1)</script> vol", "🙂 vol de moto 🙂 à Banconi", "x" * 1600]
)
def test_any_script_is_kept_as_it_was_written(gateway: Gateway, text: str) -> None:
    gateway.phone().write(text)
    gateway.work()
    assert gateway.deployment.vault.open(TEXT, concern(gateway).text_sealed or b"") == text


def test_a_message_that_cannot_be_kept_is_refused_so_that_the_provider_sends_it_again(gateway: Gateway) -> None:
    with gateway.deployment.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE concerns RENAME TO gone")
    assert gateway.phone().write("on a volé ma moto à Banconi", id="one") == 503
    with gateway.deployment.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO concerns")
    assert gateway.phone().write("on a volé ma moto à Banconi", id="one") == 200
    assert count(gateway, Concern) == 1


def test_with_redis_down_a_message_is_kept(gateway_without_redis: Gateway) -> None:
    assert gateway_without_redis.phone().write("on a volé ma moto à Banconi") == 200
    assert count(gateway_without_redis, Concern) == 1


def test_the_same_message_under_another_id_within_a_minute_is_one(gateway: Gateway) -> None:
    phone = gateway.phone()
    for id in ("one", "two", "three"):
        phone.write("on a volé ma moto à Banconi", id=id)
        gateway.clock.forward(seconds=25)
    gateway.work()
    assert count(gateway, Concern) == 1
    assert len(gateway.inbox(CITIZEN)) == 1
    gateway.phone("+22370001002").write("on a volé ma moto à Banconi", id="four")
    assert count(gateway, Concern) == 2


@pytest.mark.parametrize("both_are_open", [False, True])
def test_the_same_answer_to_the_question_about_another_report_is_that_reports(
    gateway: Gateway, both_are_open: bool
) -> None:
    phone = gateway.phone()
    first, second = "on a volé ma moto hier soir", "les lampadaires ne marchent pas depuis une semaine"
    phone.write(first)
    gateway.work()
    if not both_are_open:
        phone.write("Lafiabougou")
    phone.write(second)
    gateway.work()
    for _ in range(1 + both_are_open):
        phone.write("Lafiabougou")
        gateway.clock.forward(seconds=20)
    phone.write("Lafiabougou", id="a relay's copy, with no question open")
    with gateway.deployment.database.read() as transaction:
        places = transaction.scalars(select(Concern.place).order_by(Concern.id)).all()
    assert places == ["Lafiabougou", "Lafiabougou"]


def test_a_second_stop_within_the_minute_stops(gateway: Gateway) -> None:
    phone = gateway.phone()
    for text in ("STOP", "START", "STOP"):
        phone.write(text)
    gateway.work()
    count = len(gateway.inbox(CITIZEN))
    phone.write("AIDE")
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == count


@pytest.mark.parametrize("text", ["SUVI {}", "suvii {}", "Siuvi {}", "SUIVI : {}"])
def test_a_keyword_with_a_slip_is_still_understood(gateway: Gateway, text: str) -> None:
    phone = gateway.phone()
    phone.write("on a volé ma moto à Banconi hier")
    gateway.work()
    reference = reference_in(gateway.inbox(CITIZEN)[0])
    phone.write(text.format(reference))
    gateway.work()
    assert gateway.inbox(CITIZEN)[-1] == f"CCS {reference} : recu."
