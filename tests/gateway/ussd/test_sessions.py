"""A citizen's USSD session through the real webhook: with Redis, without it, and with faults of networks."""

import threading

import pytest
from sqlalchemy import func, select

from flows.screen import septets
from storage.concerns.concerns import TEXT
from storage.enumerations import Work
from storage.tables.concerns import Concern
from storage.tables.messages import OutboxRow
from storage.tables.people import Contact
from tests.support.gateway import Gateway
from tests.support.phones import Phone, reference_in

NEWCOMER = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier", "1", "1")


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def text_of(gateway: Gateway, concern: Concern) -> str:
    return gateway.deployment.vault.open(TEXT, concern.text_sealed or b"")


def test_a_newcomer_reports_in_nine_inputs_and_gets_a_reference(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.dial()
    assert phone.screen.startswith("CCS. Francais / Bamanankan ?")
    phone.type(*NEWCOMER)
    assert phone.ended
    (concern,) = concerns(gateway)
    assert concern.reference == reference_in(phone.screen)
    assert "Prochaine réunion du comité : 03/12" in phone.screen
    assert (concern.category, concern.commune, concern.place) == ("theft", "ml-bamako-commune-iv", "Lafiabougou")
    assert text_of(gateway, concern) == "on a volé ma moto hier"
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(OutboxRow.subject_id).where(OutboxRow.work == Work.TRIAGE)).all() == [
            concern.id
        ]


def test_someone_known_is_greeted_in_their_language_with_their_last_place_first(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.report()
    phone.dial()
    assert phone.screen.startswith("Comité de sécurité (CCS)")
    phone.type("1", "2", "3")
    assert "1 Commune IV, Lafiabougou" in phone.screen
    phone.type("1", "encore des voleurs", "1")
    assert phone.ended
    assert len(concerns(gateway)) == 2


def test_what_many_of_a_commune_report_comes_first_and_a_replay_finds_the_same(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.report()
    for number in range(10):
        gateway.phone(f"+2237000200{number}").write("aucun lampadaire ne marche à Lafiabougou")
    gateway.work()
    phone.dial()
    assert "1 Vol, cambriolage" in phone.type("1", "2")  # today's do not count yet
    gateway.clock.forward(days=1)
    phone.dial()
    shown = phone.type("1", "2")
    assert "1 Lieu sans lumière\n2 Vol, cambriolage\n3 Agression" in shown
    gateway.phone("+22370002019").write("bagarre à Lafiabougou hier")
    gateway.work()
    gateway.deployment.redis.flushall()
    phone.type("1", "1", "lampes", "1")
    assert concerns(gateway)[-1].category == "lighting"


def test_a_repeated_request_gets_the_very_same_screen_and_files_nothing_twice(gateway: Gateway) -> None:
    phone = gateway.phone()
    shown = [phone.dial()]
    assert phone.request() == shown[0]
    for typed in NEWCOMER:
        shown.append(phone.type(typed))
        assert phone.request() == shown[-1]
        assert phone.request() == shown[-1]
    assert len(concerns(gateway)) == 1


@pytest.mark.parametrize("lost_before", range(1, len(NEWCOMER) + 1))
def test_with_the_session_gone_from_redis_the_request_is_answered_all_the_same(
    gateway: Gateway, lost_before: int
) -> None:
    undisturbed = gateway.phone("+22370001002")
    undisturbed.dial()
    disturbed = gateway.phone("+22370001003")
    disturbed.dial()
    for number, typed in enumerate(NEWCOMER, start=1):
        if number == lost_before:
            gateway.deployment.redis.flushall()
        expected, shown = undisturbed.type(typed), disturbed.type(typed)
        if number < len(NEWCOMER):
            assert shown == expected
    assert disturbed.ended
    assert reference_in(disturbed.screen) != reference_in(undisturbed.screen)
    gateway.deployment.redis.flushall()
    last = disturbed.screen
    assert disturbed.request() == last
    assert len(concerns(gateway)) == 2


def test_redis_down_altogether_does_not_stop_a_report(gateway_without_redis: Gateway) -> None:
    phone = gateway_without_redis.phone()
    reference = phone.report()
    assert phone.request() == phone.screen
    assert [concern.reference for concern in concerns(gateway_without_redis)] == [reference]


def test_a_star_inside_the_words_is_kept_with_and_without_the_session(
    gateway: Gateway, gateway_without_redis: Gateway
) -> None:
    words = "moto * rouge * volée"
    gateway.phone("+22370001002").report(words=words)
    gateway_without_redis.phone("+22370001003").report(words=words)
    assert [text_of(gateway, concern) for concern in concerns(gateway)] == [words, words]


def test_digits_dialled_with_the_code_are_input_typed_at_once(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.dial("*384*223*1*4#", text="1*4")
    assert phone.screen.startswith("Urgences :")
    assert phone.type("0").startswith("Comité de sécurité")


def test_a_session_that_jumps_back_is_answered_as_it_was_there(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.dial()
    before = phone.type("1", "1", "2")
    phone.type("1", "banconi")
    phone.text = "1*1*2"
    assert phone.request() == before
    phone.type("1", "lafiabougou", "1", "vol", "1", "1")
    assert [concern.place for concern in concerns(gateway)] == ["Lafiabougou"]


def test_two_requests_at_once_file_one_report(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.dial()
    phone.type(*NEWCOMER[:-1])
    shown: list[str] = []

    def last_request() -> None:
        twin = Phone(phone.msisdn, gateway.app.test_client(), gateway.hook("ussd"), gateway.hook("sms"))
        twin.session_id, twin.text = phone.session_id, phone.text
        shown.append(twin.type("1"))

    threads = [threading.Thread(target=last_request) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(shown) == 4
    assert len(set(shown)) == 1
    assert len(concerns(gateway)) == 1


def test_who_wants_no_number_kept_leaves_none(gateway: Gateway) -> None:
    phone = gateway.phone()
    reference = phone.report(answerable="2")
    (concern,) = concerns(gateway)
    assert concern.contact_id is None
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact.msisdn_sealed)).all() == [None]
    other_phone = gateway.phone("+22370001009")
    other_phone.dial()
    assert f"{reference} : recu" in other_phone.type("1", "2", reference)


def test_a_report_is_followed_from_the_list_or_by_reference_but_not_somebody_elses(gateway: Gateway) -> None:
    phone = gateway.phone()
    reference = phone.report()
    phone.dial()
    assert "1 24/11 recu" in phone.type("2")
    assert phone.type("1").startswith("Tapez la référence")
    assert phone.type(reference).startswith(f"{reference} : recu.")
    phone.dial()
    assert phone.type("2", reference.lower()).startswith(f"{reference} : recu.")
    stranger = gateway.phone("+22370001009")
    stranger.dial()
    unknown = stranger.type("1", "2", "CCS-2222")
    stranger.dial()
    assert stranger.type("2", reference) == unknown


def test_who_holds_the_phone_sees_days_and_states_and_no_more_without_the_reference(gateway: Gateway) -> None:
    phone = gateway.phone()
    reference = phone.report(place="niamakoro", words="mon voisin vend de la drogue")
    phone.dial()
    seen = [phone.type("2"), phone.type("1"), phone.type("vol"), phone.type("1")]
    for hidden in (reference, reference.removeprefix("CCS-"), "Vol", "Niamakoro", "drogue"):
        assert not any(hidden in screen.replace("CCS-...", "") for screen in seen), (hidden, seen)


def test_my_committee_is_the_one_above_where_none_is_installed(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.dial()
    assert phone.type("1", "3", "lafiabougou").startswith("CCS de Commune IV. Réunion : 03/12.")
    phone.dial()
    shown = phone.type("3", "kalabancoro")
    assert shown.startswith("Kalabancoro n'a pas encore de comité : CCS régional : Koulikoro recoit vos messages.")


def test_over_the_daily_limit_is_said_and_emergencies_still_pass(gateway: Gateway) -> None:
    phone = gateway.phone()
    for _ in range(gateway.deployment.pack.reports_per_day):
        phone.dial()
        phone.type(*(NEWCOMER if not concerns(gateway) else ("1", "2", "1", "1", "vol", "1")))
    phone.dial()
    assert "limite" in phone.type("1", "2", "1", "1", "vol", "1")
    phone.dial()
    assert "CCS-" in phone.type("1", "1", "1", "1", "1", "vol", "1")
    kept = concerns(gateway)
    assert len(kept) == gateway.deployment.pack.reports_per_day + 2
    assert [concern.reasons for concern in kept if concern.reasons] == [["over_limit"]]
    gateway.clock.forward(days=1)
    phone.dial()
    assert "CCS-" in phone.type("1", "2", "1", "1", "vol", "1")


def test_forgetting_a_number_takes_everything_tied_to_it(gateway: Gateway) -> None:
    phone = gateway.phone()
    phone.report()
    phone.dial()
    assert "effacé" in phone.type("5", "2", "1")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Contact)) == 0
    assert concerns(gateway)[0].contact_id is None
    assert phone.dial().startswith("CCS. Francais")


BAD = [
    ({}, "END "),
    ({"sessionId": ""}, "END "),
    ({"phoneNumber": "not a number"}, "END Votre numéro n'a pas été compris."),
    ({"phoneNumber": None}, "END Votre numéro n'a pas été compris."),
    ({"phoneNumber": " 22376000001"}, "CON "),
    ({"serviceCode": "*999#"}, "END Ce code n'est pas le notre."),
    ({"serviceCode": None}, "END "),
    ({"sessionId": "x" * 5000}, "END "),
    ({"sessionId": "a\x00b"}, "END "),
    ({"text": "9" * 2500}, "CON "),
    ({"text": "*" * 500}, "CON "),
    ({"text": "1*\x00\x07\x1b*🙂*\u202eabc"}, "CON "),
    ({"text": "1*1*2*1*مرحبا بالعالم"}, "CON "),
    ({"text": "1*1*2*1*lafiabougou*1*" + "é" * 2000}, "CON "),
]


@pytest.mark.parametrize(("changed", "answer"), BAD)
def test_bad_input_gets_a_screen_and_files_nothing(
    gateway: Gateway, changed: dict[str, str | None], answer: str
) -> None:
    form = {
        "sessionId": "ATUid_1",
        "phoneNumber": "+22376000001",
        "networkCode": "61001",
        "serviceCode": "*384*223#",
        "text": "",
    }
    sent = {name: value for name, value in (form | changed).items() if value is not None} if changed else {}
    response = gateway.http.post(gateway.hook("ussd"), data=sent)
    assert response.status_code == 200
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.text.startswith(answer)
    assert (septets(response.text[4:]) or 999) <= 160
    assert "Traceback" not in response.text
    assert concerns(gateway) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x" * 100_000, "application/x-www-form-urlencoded"),
        (b"sessionId=1&text=" + b"9" * 100_000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe%ZZ=%", "application/x-www-form-urlencoded"),
        (b'{"sessionId": 1}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "text/plain"),
    ],
)
def test_a_body_that_is_no_form_gets_an_end_screen(gateway: Gateway, body: bytes, content_type: str) -> None:
    answer = gateway.http.post(gateway.hook("ussd"), data=body, content_type=content_type)
    assert answer.status_code == 200
    assert answer.text.startswith("END ")


def test_a_request_costs_one_transaction_at_most_and_two_redis_round_trips(gateway: Gateway) -> None:
    """The request that files asks for one more, after the commit: whether the worker has been woken already."""
    gateway.phone("+22370001009").report()  # the first one of a process opens connections and reads the registry
    counts = _Counts(gateway)
    phone = gateway.phone()
    spent = [counts.of(phone.dial)]
    spent += [counts.of(lambda typed=typed: phone.type(typed)) for typed in NEWCOMER]
    transactions = [count for count, _ in spent]
    # The first request asks one query. The last one is one transaction on SQLite, and one statement on PostgreSQL.
    assert transactions == [0] * 9 + [int(gateway.deployment.database.is_sqlite)]
    assert all(trips <= 2 for _, trips in spent[:-1])


class _Counts:
    """Counts the transactions and the round trips to Redis of a request."""

    def __init__(self, gateway: Gateway) -> None:
        from sqlalchemy import event

        self._redis = gateway.deployment.redis
        self._transactions = 0
        event.listen(gateway.deployment.database.engine, "begin", self._begun)

    def _begun(self, _: object) -> None:
        self._transactions += 1

    def of(self, ussd_request: object) -> tuple[int, int]:
        self._transactions = 0
        before = self._trips()
        ussd_request()  # type: ignore[operator]
        return self._transactions, self._trips() - before - 1

    def _trips(self) -> int:
        return int(self._redis.info("stats")["total_reads_processed"])
