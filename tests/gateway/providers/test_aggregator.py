"""Aggregators that send only the newest input, as JSON: the same sessions, with the faults of each aggregator."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from config.aggregators import load_mappings
from config.pack import PackError
from flows.screen import Screen
from gateway.providers.aggregator import Aggregator
from storage.concerns.concerns import TEXT
from storage.sessions.in_database import drop_old_sessions
from storage.tables.concerns import Concern
from storage.tables.messages import UssdSession
from tests.support.aggregators import DIALECTS, Dialect, NetworkRequest, NewestPhone
from tests.support.gateway import TOKEN, Gateway
from tests.support.phones import SERVICE_CODE, reference_in

NEWCOMER = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier", "1", "1")
every = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
counting = pytest.mark.parametrize(
    "dialect", [dialect for dialect in DIALECTS if dialect.counts], ids=lambda dialect: dialect.name
)
not_counting = pytest.mark.parametrize(
    "dialect", [dialect for dialect in DIALECTS if not dialect.counts], ids=lambda dialect: dialect.name
)


@pytest.fixture
def phone_by(gateway: Gateway) -> Callable[..., NewestPhone]:
    def make(dialect: Dialect, msisdn: str = "+22370001001") -> NewestPhone:
        return NewestPhone(msisdn, gateway.http, f"/hooks/{TOKEN}", dialect, lambda: gateway.clock.forward(seconds=3))

    return make


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


@every
def test_a_report_through_every_shape(gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect) -> None:
    phone = phone_by(dialect)
    assert phone.dial().startswith("CCS. Francais / Bamanankan ?")
    assert not phone.ended
    phone.type(*NEWCOMER)
    assert phone.ended
    (concern,) = concerns(gateway)
    assert concern.reference == reference_in(phone.screen)
    assert concern.place == "Lafiabougou"
    assert gateway.deployment.vault.open(TEXT, concern.text_sealed or b"") == "on a volé ma moto hier"


@every
def test_with_redis_emptied_after_every_key_nothing_is_lost(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    phone.dial()
    for typed in NEWCOMER:
        gateway.deployment.redis.flushall()
        phone.type(typed)
    assert phone.ended
    assert len(concerns(gateway)) == 1


@every
def test_a_request_sent_again_shows_the_same_and_does_nothing(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    shown = phone.dial()
    assert phone.request() == shown
    for typed in NEWCOMER:
        shown = phone.type(typed)
        assert phone.request() == shown
    assert len(concerns(gateway)) == 1


@counting
def test_a_request_that_comes_late_changes_nothing(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    phone.dial()
    phone.type("1", "1")
    asked = phone.type("2")
    late, _ = phone.send(NetworkRequest(phone.session_id, phone.msisdn, "1", SERVICE_CODE, 2))
    assert late == asked
    assert "Lafiabougou ?" in phone.type("1", "lafiabougou")


@not_counting
def test_the_same_key_twice_by_a_thumb_is_two_keys(phone_by: Callable[..., NewestPhone], dialect: Dialect) -> None:
    phone = phone_by(dialect)
    phone.dial()
    phone.type("1")
    assert "danger" in phone.type("1").lower()


@every
def test_two_at_once_file_one_concern(gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect) -> None:
    phone = phone_by(dialect)
    phone.dial()
    phone.type(*NEWCOMER[:-1])
    last = NetworkRequest(phone.session_id, phone.msisdn, "1", SERVICE_CODE, len(NEWCOMER) + 1)
    gateway.clock.forward(seconds=3)
    shown: list[str] = []

    def press() -> None:
        mine = NewestPhone(phone.msisdn, gateway.app.test_client(), f"/hooks/{TOKEN}", dialect, lambda: None)
        shown.append(mine.send(last)[0])

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(shown)) == 1
    assert len(shown) == 4
    (concern,) = concerns(gateway)
    assert reference_in(shown[0]) == concern.reference


@every
def test_digits_dialled_behind_the_code_are_typed_at_once(
    phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    if dialect.name == "beem":
        assert phone.dial("*384*223*1*1#").startswith("CCS. Francais")
        return
    phone.dial("*384*223*1*1#")
    assert "danger" in phone.screen.lower()


@every
def test_cut_off_after_the_place_and_dialled_again_it_goes_on(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    phone.dial()
    phone.type(*NEWCOMER[:6])
    gateway.deployment.redis.flushall()
    gateway.clock.forward(minutes=5)
    phone.dial()
    phone.type("1", "on a volé ma moto hier", "1", "1")
    assert phone.ended
    assert concerns(gateway)[0].place == "Lafiabougou"


@every
def test_a_session_that_is_gone_offers_what_was_kept_of_it(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    phone.dial()
    phone.type(*NEWCOMER[:6])
    with gateway.deployment.database.write() as transaction:
        transaction.execute(delete(UssdSession))
    asked = phone.type("on a volé ma moto hier")
    assert "1 " in asked
    phone.type("1", "on a volé ma moto hier", "1", "1")
    assert phone.ended
    assert concerns(gateway)[0].place == "Lafiabougou"


def test_the_end_of_a_session_is_answered_and_changes_nothing(
    gateway: Gateway, phone_by: Callable[..., NewestPhone]
) -> None:
    phone = phone_by(DIALECTS[0])
    phone.dial()
    phone.type("1")
    _, _, body = DIALECTS[0].request(NetworkRequest(phone.session_id, phone.msisdn, "", SERVICE_CODE, 3))
    answer = gateway.http.post(f"/hooks/{TOKEN}/hubtel/ussd", json=body | {"Type": "Timeout"})
    assert answer.get_json()["Type"] == "release"
    phone = phone_by(DIALECTS[4])
    phone.dial()
    answer = gateway.http.put(
        f"/hooks/{TOKEN}/infobip/ussd/session/{phone.session_id}/end", json={"msisdn": "22370001001"}
    )
    assert answer.get_json() == {"responseExitCode": 200, "responseMessage": ""}
    assert not concerns(gateway)


def test_old_sessions_go(gateway: Gateway, phone_by: Callable[..., NewestPhone]) -> None:
    phone_by(DIALECTS[0]).dial()
    gateway.clock.forward(minutes=11)
    phone_by(DIALECTS[0]).dial()
    with gateway.deployment.database.write() as transaction:
        drop_old_sessions(transaction, gateway.clock())
        assert transaction.scalar(select(func.count()).select_from(UssdSession)) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("hubtel/ussd", b""),
        ("hubtel/ussd", b"{"),
        ("hubtel/ussd", b"[]"),
        ("hubtel/ussd", b"[" * 30000),
        ("hubtel/ussd", b'{"SessionId": "1"}'),
        ("hubtel/ussd", b'{"SessionId": "1", "Mobile": "x", "Type": "Initiation", "Sequence": 1}'),
        ("hubtel/ussd", b'{"SessionId": "1", "Mobile": "22370001001", "Type": "Response", "Sequence": "-1"}'),
        ("hubtel/ussd", b'{"SessionId": "1", "Mobile": "22370001001", "Type": "Response", "Sequence": 1e400}'),
        ("hubtel/ussd", b'{"SessionId": {"a": 1}, "Mobile": ["22370001001"], "Sequence": 1}'),
        ("hubtel/ussd", b'{"a": [' + b"1," * 300 + b"1]}"),
        ("infobip/ussd", b'{"msisdn": "22370001001"}'),
        ("infobip/ussd/session/1", b'{"msisdn": "22370001001"}'),
        ("nalo/ussd", b"\xff\xfe"),
    ],
)
def test_what_cannot_be_read_is_answered_with_a_last_screen(gateway: Gateway, path: str, body: bytes) -> None:
    answer = gateway.http.post(f"/hooks/{TOKEN}/{path}", data=body, content_type="application/json")
    assert answer.status_code == 200
    dialect = next(dialect for dialect in DIALECTS if path.startswith(dialect.name))
    screen, ended = dialect.read(answer.get_json())
    assert ended
    assert screen.startswith(("Service indisponible", "Votre numéro"))


@pytest.mark.parametrize("path", ["hubtel/ussd/x", "africastalking/ussd/x", "africastalking/sms/x"])
def test_an_address_that_goes_on_where_none_does_is_404(gateway: Gateway, path: str) -> None:
    assert gateway.http.post(f"/hooks/{TOKEN}/{path}", json={}).status_code == 404


@pytest.mark.parametrize("path", ["hubtel/sms", "hubtel/delivery", "hubtel/opt-out"])
def test_what_an_aggregator_does_not_bring_is_400(gateway: Gateway, path: str) -> None:
    assert gateway.http.post(f"/hooks/{TOKEN}/{path}", json={"id": "1"}).status_code == 400


def test_half_a_letter_of_json_does_no_harm(gateway: Gateway) -> None:
    body = b'{"SessionId": "s1", "Mobile": "22370001001", "Type": "Initiation", "Sequence": 1, "Message": "\\ud800"}'
    answer = gateway.http.post(f"/hooks/{TOKEN}/hubtel/ussd", data=body, content_type="application/json")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("ussd: [", "x.yaml: cannot be read"),
        ("[]", "x.yaml: must be a mapping"),
        ("ussd: {session: a, number: b, typed: c}", "x.yaml: ussd.answer: Field required"),
        ("ussd: {session: a, number: b, typed: c, answer: {m: hi}}", "x.yaml: ussd.answer: must hold {text} somewhere"),
        ("sms: {id: a, number: b, txt: c}", "x.yaml: sms.text: Field required"),
        ("ussd: {sesion: a, session: b, number: c, typed: d, answer: {m: '{text}'}}", "x.yaml: ussd.sesion: Extra"),
    ],
)
def test_a_broken_mapping_names_its_file_and_key(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "x.yaml").write_text(content)
    with pytest.raises(PackError) as caught:
        load_mappings(tmp_path)
    assert str(caught.value).startswith(says)


def test_a_whole_text_aggregator_is_one_line_more(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        "ussd: {session: s, number: n, typed: t, code: c, typed_is_whole: true, answer: {screen: '{text} for {number}'}}"
    )
    aggregator = Aggregator(load_mappings(tmp_path)["other"])
    form = {"s": "1", "n": "+22370001001", "t": "1*2", "c": "*384*223#"}
    ussd_request = aggregator.read_ussd(form, "ML")
    assert ussd_request
    assert (ussd_request.typed, ussd_request.typed_is_whole, ussd_request.begins, ussd_request.number) == (
        "1*2",
        True,
        False,
        None,
    )
    assert aggregator.show(Screen("{number}", ends=False), form).body == '{"screen": "{number} for +22370001001"}'
