"""Tables of the payloads that providers really send: how each is answered, and what is kept of it."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from storage.concerns.concerns import TEXT
from storage.enumerations import MessageState
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact
from tests.support.aggregators import DIALECTS, NewestPhone
from tests.support.gateway import TOKEN, Gateway

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
one_database = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
pytestmark = one_database


@dataclass(frozen=True)
class Sms:
    """The payload of an SMS, and what is kept of it; without `text` nothing is kept."""

    label: str
    path: str
    body: bytes = b""
    content_type: str = FORM
    status: int = 200
    text: str | None = None
    sender: str = "+22376000041"
    method: str = "POST"
    reasons: list[str] = field(default_factory=list)


def at(text: bytes, sender: bytes = b"%2B22376000041") -> bytes:
    return b"id=m1&from=" + sender + b"&to=36223&text=" + text + b"&date=2026-11-24+09%3A00%3A00"


def orange(**message: Any) -> bytes:
    usual = {"senderAddress": "tel:+22376000041", "destinationAddress": "+22336223"}
    return json.dumps({"inboundSMSMessageNotification": {"inboundSMSMessage": usual | message}}).encode()


def kannel(text: str, more: str = "", sender: str = "22376000041") -> str:
    return f"kannel/sms?id=k1&from={sender}&text={text}{more}"


BLESSE = "Bless%E9+%E0+Niamakoro"
SMS = [
    Sms("AT in UTF-8", "africastalking/sms", at(b"vol+%C3%A0+Niamakoro"), text="vol à Niamakoro"),
    Sms("AT in Latin-1, not said", "africastalking/sms", at(b"vol+%E0+Niamakoro"), text="vol à Niamakoro"),
    Sms(
        "AT in Latin-1, said",
        "africastalking/sms",
        at(b"vol+%E0+Niamakoro"),
        FORM + "; charset=ISO-8859-1",
        text="vol à Niamakoro",
    ),
    Sms("AT with raw bytes", "africastalking/sms", at("vol+à+Niamakoro".encode("latin-1")), text="vol à Niamakoro"),
    Sms("AT without a content type", "africastalking/sms", at(b"vol+de+moto"), "", text="vol de moto"),
    Sms(
        "AT as JSON that says it is a form",
        "africastalking/sms",
        b'{"id": "m1", "from": "+22376000041", "text": "vol de moto"}',
        text="vol de moto",
    ),
    Sms("encoded once too often", "africastalking/sms", at(b"vol%2520%25C3%25A0%2520Sikasso"), text="vol à Sikasso"),
    Sms("with HTML entities", "africastalking/sms", at(b"vol+%26agrave%3B+l%26%2339%3B%C3%A9cole"), text="vol à l'école"),
    Sms("a percentage that was meant", "africastalking/sms", at(b"vols+en+hausse%3A+50%2525"), text="vols en hausse: 50%25"),
    Sms("an ampersand that was meant", "africastalking/sms", at(b"le+bar+A%26B%3B+fait+du+bruit"), text="le bar A&B; fait du bruit"),
    Sms(
        "more than 3,000 letters",
        "africastalking/sms",
        at(b"vol+" + b"x" * 3000),
        text="vol " + "x" * 2996,
        reasons=["text_cut"],
    ),
    Sms("Ivorian without a plus", "africastalking/sms", at(b"vol", b"2250708091011"), text="vol", sender="+2250708091011"),
    Sms("Senegalese without a plus", "africastalking/sms", at(b"vol", b"221771234567"), text="vol", sender="+221771234567"),
    Sms("Burkinabe without a plus", "africastalking/sms", at(b"vol", b"22670123456"), text="vol", sender="+22670123456"),
    Sms("Nigerien without a plus", "africastalking/sms", at(b"vol", b"22796123456"), text="vol", sender="+22796123456"),
    Sms("with a national prefix", "africastalking/sms", at(b"vol", b"076000041"), text="vol"),
    Sms("its plus encoded twice", "africastalking/sms", at(b"vol", b"%252B22376000041"), text="vol"),
    Sms("from a messenger", "africastalking/sms", at(b"vol", b"%2B22376000041%40c.us"), text="vol"),
    Sms("from a name", "africastalking/sms", at(b"vol", b"Orange"), status=400),
    Sms("from a short code", "africastalking/sms", at(b"vol", b"36100"), status=400),
    Sms("without an id", "africastalking/sms", b"from=%2B22376000041&text=vol", status=400),
    Sms(
        "Orange as its documents have it",
        "orange/sms",
        orange(messageId="o1", message="vol à Niono", dateTime="2026-11-24T07:40:13Z"),
        JSON,
        text="vol à Niono",
    ),
    Sms(
        "Orange without an id",
        "orange/sms",
        orange(message="vol de boeufs a Niono", dateTime="2026-11-24T07:40:13Z"),
        JSON,
        text="vol de boeufs a Niono",
    ),
    Sms(
        "Orange in Latin-1",
        "orange/sms",
        orange(messageId="o1", message="X").replace(b'"X"', '"volé"'.encode("latin-1")),
        JSON + "; charset=ISO-8859-1",
        text="volé",
    ),
    Sms("Orange with a byte order mark", "orange/sms", b"\xef\xbb\xbf" + orange(messageId="o1", message="vol"), JSON, text="vol"),
    Sms(
        "Orange as a list",
        "orange/sms",
        json.dumps(
            {
                "inboundSMSMessageNotification": {
                    "inboundSMSMessage": [{"senderAddress": "tel:+22376000041", "messageId": "o1", "message": "vol"}]
                }
            }
        ).encode(),
        JSON,
        text="vol",
    ),
    Sms("Orange with neither id nor text", "orange/sms", orange(dateTime="2026-11-24T07:40:13Z"), JSON, 400),
    *(
        Sms(f"Kannel calls it {name or 'nothing'}", kannel(BLESSE, f"&charset={name}"), text="Blessé à Niamakoro", method="GET")
        for name in ("", "UTF8", "LATIN1", "ISO-8859-15", "GSM", "ASCII", "UCS-2", "UTF-16", "KLINGON")
    ),
    *(
        Sms(
            f"Kannel in two bytes, called {name or 'nothing'}",
            kannel("%00v%00o%00l%00 %02%5B", f"&coding=2&charset={name}"),
            text="vol ɛ",
            method="GET",
        )
        for name in ("", "UCS-2", "UTF-16", "UTF-16BE")
    ),
    Sms("Kannel in ISO-8859-15", kannel("s%BDur+bless%E9e", "&charset=ISO-8859-15"), text="sœur blessée", method="GET"),
    Sms("Kannel by POST, all in the address", kannel(BLESSE), text="Blessé à Niamakoro"),
    Sms("Kannel by POST, a form", "kannel/sms", b"id=k1&from=22376000041&text=" + BLESSE.encode(), text="Blessé à Niamakoro"),
    Sms(
        "Kannel by POST, the message as the body",
        "kannel/sms?id=k1&from=22376000041",
        "Blessé à Niamakoro".encode("utf-16-be"),
        "text/plain; charset=UTF-16BE",
        text="Blessé à Niamakoro",
    ),
    Sms("Kannel's only part of one, in hex", kannel("vol", "&udh=050003070101"), text="vol", method="GET"),
]  # fmt: skip


@pytest.mark.parametrize("sms", SMS, ids=lambda case: case.label)
def test_an_sms_is_kept_whatever_it_is_wrapped_in(gateway: Gateway, sms: Sms) -> None:
    answer = gateway.http.open(
        f"/hooks/{TOKEN}/{sms.path}", method=sms.method, data=sms.body, content_type=sms.content_type
    )
    assert answer.status_code == sms.status, answer.text
    with gateway.deployment.database.read() as transaction:
        kept = transaction.execute(select(Concern, Contact).join(Contact, Contact.id == Concern.contact_id)).all()
    vault = gateway.deployment.vault
    texts_and_numbers = [
        (
            vault.open(TEXT, concern.text_sealed or b""),
            vault.open("contacts.msisdn", contact.msisdn_sealed or b""),
            concern.reasons,
        )
        for concern, contact in kept
    ]
    assert texts_and_numbers == ([(sms.text, sms.sender, sms.reasons)] if sms.text else [])


def test_a_part_is_told_by_its_header_in_hex_too(gateway: Gateway) -> None:
    for id, header, text in (("k1", "050003070202", "a+Niamakoro"), ("k2", "050003070201", "on+a+vol%E9+")):
        path = f"/hooks/{TOKEN}/kannel/sms?id={id}&from=22376000041&text={text}&udh={header}"
        assert gateway.http.get(path).status_code == 200
    assert texts(gateway) == ["on a volé a Niamakoro"]


def test_the_same_message_without_an_id_is_one_and_another_is_another(gateway: Gateway) -> None:
    for second in (13, 13, 14):
        body = orange(message=f"vol de boeufs {second}", dateTime=f"2026-11-24T07:40:{second}Z")
        assert gateway.http.post(f"/hooks/{TOKEN}/orange/sms", data=body, content_type=JSON).status_code == 200
    assert texts(gateway) == ["vol de boeufs 13", "vol de boeufs 14"]


def test_an_id_that_eight_senders_share_loses_no_message(gateway: Gateway) -> None:
    for number in range(8):
        for _ in range(2):
            assert gateway.phone(f"+2237600004{number}").write(f"vol numero {number}", id="same") == 200
    assert texts(gateway) == [f"vol numero {number}" for number in range(8)]
    gateway.work()
    assert all(len(gateway.inbox(f"+2237600004{number}")) == 1 for number in range(8))


def texts(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        sealed = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
    return [gateway.deployment.vault.open(TEXT, text or b"") for text in sealed]


def receipt_of_orange(**message: Any) -> bytes:
    info: Any = {"address": "tel:+22370001001", "deliveryStatus": "DeliveredToTerminal"}
    whole = {"deliveryInfo": info, "callbackData": ""} | message
    return json.dumps({"deliveryInfoNotification": whole}).encode()


@dataclass(frozen=True)
class Report:
    """A delivery report about the one message that was sent, and what it makes of it."""

    label: str
    provider: str
    body: bytes
    state: MessageState = MessageState.SENT
    status: int = 200
    content_type: str = FORM


INFO = {"address": "tel:+22370001001", "deliveryStatus": "DeliveredToTerminal"}
REPORTS = [
    Report("AT delivered", "africastalking", b"id=i1&status=Success", MessageState.DELIVERED),
    *(
        Report(f"AT, a word nobody knows: {word}", "africastalking", f"id=i1&status={word}".encode())
        for word in ("Queued", "success", "UserInBlacklist")
    ),
    Report("AT without a word", "africastalking", b"id=i1", status=400),
    Report("AT without an id", "africastalking", b"status=Success", status=400),
    Report(
        "AT to a short code", "africastalking", b"id=i1&status=Success&phoneNumber=36100", MessageState.DELIVERED
    ),
    Report("AT to a name", "africastalking", b"id=i2&status=Success&phoneNumber=Orange"),
    Report("AT about nothing we know", "africastalking", b"id=i2&status=Failed&phoneNumber=%2B22370001001"),
    *(Report(f"Kannel, kind {kind}", "kannel", f"id=i1&status={kind}".encode()) for kind in ("0", "32", "66")),
    Report("Kannel without a kind", "kannel", b"id=i1", status=400),
    Report("Orange, by its id", "orange", receipt_of_orange(callbackData="i1"), MessageState.DELIVERED, 200, JSON),
    Report("Orange, by the number", "orange", receipt_of_orange(), MessageState.DELIVERED, 200, JSON),
    Report("Orange, a list", "orange", receipt_of_orange(deliveryInfo=[INFO]), MessageState.DELIVERED, 200, JSON),
    Report(
        "Orange, a list with what nobody knows",
        "orange",
        receipt_of_orange(deliveryInfo=[INFO | {"deliveryStatus": "Dreamt"}, INFO]),
        MessageState.DELIVERED,
        200,
        JSON,
    ),
    *(
        Report(
            f"Orange, {word}", "orange", receipt_of_orange(deliveryInfo=INFO | {"deliveryStatus": word}), content_type=JSON
        )
        for word in ("DeliveredToGateway", "DeliveredToNetwork", "DeliveryNotificationNotSupported", "Dreamt")
    ),
    Report("Orange, of a name", "orange", receipt_of_orange(deliveryInfo=INFO | {"address": "tel:Orange"}), content_type=JSON),
    Report("Orange, no word", "orange", receipt_of_orange(deliveryInfo={"address": "tel:+22370001001"}), status=400, content_type=JSON),
]  # fmt: skip


@pytest.mark.parametrize("report", REPORTS, ids=lambda case: case.label)
def test_a_report_settles_its_message_or_is_taken_and_means_nothing(gateway: Gateway, report: Report) -> None:
    gateway.phone().write("AIDE")
    with gateway.deployment.database.write() as transaction:
        message = transaction.scalars(select(Message)).one()
        message.state, message.provider, message.provider_message_id = MessageState.SENT, report.provider, "i1"
    path = f"/hooks/{TOKEN}/{report.provider}/delivery"
    answer = gateway.http.post(path, data=report.body, content_type=report.content_type)
    assert answer.status_code == report.status, answer.text
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Message.state)).one() is report.state


def test_an_opt_out_of_a_name_is_taken_and_means_nothing(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for sender, status in (("Orange", 200), ("36100", 200), ("", 400)):
        assert gateway.http.post(gateway.hook("opt-out"), data={"phoneNumber": sender}).status_code == status
    assert "means nothing to us: phoneNumber is no phone number" in caplog.text
    assert "36100" not in caplog.text


@dataclass(frozen=True)
class NetworkRequest:
    label: str
    method: str
    path: str
    body: dict[str, Any]
    content_type: str
    screen: str | None


MAIN = "CCS. Francais / Bamanankan ?"
REQUESTS = [
    NetworkRequest(
        "Arkesel with no code",
        "POST",
        "arkesel/ussd",
        {"sessionID": "k1", "userID": "u", "msisdn": "22376000001", "userData": "", "newSession": True},
        JSON,
        MAIN,
    ),
    NetworkRequest(
        "Infobip with digits behind its code",
        "POST",
        "infobip/ussd/session/77/start",
        {"msisdn": "22376000001", "shortCode": "*384*223#1#", "language": None},
        JSON,
        "Comité de sécurité",
    ),
    NetworkRequest(
        "Infobip without a content type",
        "POST",
        "infobip/ussd/session/78/start",
        {"msisdn": "22376000001", "shortCode": "*384*223#"},
        "",
        MAIN,
    ),
    NetworkRequest("Infobip's end", "PUT", "infobip/ussd/session/79/end", {"reason": "ok", "exitCode": 0}, JSON, None),
    NetworkRequest("Infobip's status", "PUT", "infobip/ussd/session/79/status", {"status": "ok"}, JSON, None),
    NetworkRequest(
        "a neighbour's SIM at Nalo",
        "POST",
        "nalo/ussd",
        {"USERID": "u", "MSISDN": "22670123456", "USERDATA": "*384*223#", "MSGTYPE": True, "SESSIONID": "n1"},
        JSON,
        MAIN,
    ),
]


@pytest.mark.parametrize("ussd_request", REQUESTS, ids=lambda case: case.label)
def test_a_first_request_shows_the_first_screen_whatever_it_is_wrapped_in(
    gateway: Gateway, ussd_request: NetworkRequest
) -> None:
    answer = gateway.http.open(
        f"/hooks/{TOKEN}/{ussd_request.path}",
        method=ussd_request.method,
        data=json.dumps(ussd_request.body),
        content_type=ussd_request.content_type,
    )
    assert answer.status_code == 200
    if ussd_request.screen is None:
        assert answer.get_json() == {"responseExitCode": 200, "responseMessage": ""}
        return
    dialect = next(case for case in DIALECTS if ussd_request.path.startswith(case.name))
    screen, ended = dialect.read(answer.get_json())
    assert ussd_request.screen in screen
    assert not ended


def beem(gateway: Gateway, command: str, request_id: Any, response: Any) -> dict[str, Any]:
    gateway.clock.forward(seconds=3)
    payload: Any = {"request_id": request_id, "response": response} if command != "terminate" else []
    body = {"command": command, "msisdn": "22376000001", "session_id": "4574", "operator": "orange", "payload": payload}
    answer = gateway.http.post(f"/hooks/{TOKEN}/beem/ussd", json=body)
    assert answer.status_code == 200
    screen: dict[str, Any] = answer.get_json()
    return screen


def test_beem_echoes_the_number_of_our_screen(gateway: Gateway) -> None:
    first = beem(gateway, "initiate", 0, 0)
    assert first["payload"]["request_id"] == 1
    second = beem(gateway, "continue", 1, "1")
    assert second["payload"]["request_id"] == 2
    assert second["payload"]["request"] != first["payload"]["request"]
    assert beem(gateway, "continue", 1, "1") == second
    third = beem(gateway, "continue", 2, "1")
    assert third["payload"]["request"] != second["payload"]["request"]
    assert beem(gateway, "terminate", None, None)["command"] == "terminate"


def test_no_screen_of_nalo_is_longer_than_it_shows_and_nothing_is_cut(gateway: Gateway) -> None:
    nalo = next(dialect for dialect in DIALECTS if dialect.name == "nalo")
    phone = NewestPhone("+22376000001", gateway.http, f"/hooks/{TOKEN}", nalo, lambda: gateway.clock.forward(seconds=3))
    shown = [phone.dial()]
    for typed in ("1", "1", "2", "98", "0", "2", "1", "lafiabougou", "1", "on a volé ma moto hier soir", "1", "1"):
        shown.append(phone.type(typed))
    while not phone.ended and len(shown) < 20:
        shown.append(phone.type("98"))
    assert phone.ended
    assert max(map(len, shown)) <= 120
    assert "CCS-" in " ".join(shown[-3:])
    assert len(texts(gateway)) == 1
