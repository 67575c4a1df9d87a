"""Long SMS are joined from their parts in any order, and read even if a part never comes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from flows.msisdn import Msisdn
from gateway.providers.base import InboundSms, SmsPart
from gateway.providers.kannel import _part
from gateway.sms.inbound import take_incomplete, take_sms
from storage.concerns.concerns import TEXT
from storage.tables.concerns import Concern
from storage.tables.messages import SmsPartRow
from tests.support.gateway import TOKEN, Gateway

SENDER = Msisdn("+22370001001")
_ids = itertools.count()


def arrives(gateway: Gateway, number: int, of: int, text: str, reference: str = "4d", sender: Msisdn = SENDER) -> None:
    part = SmsPart(reference, number, of)
    take_sms(gateway.deployment, InboundSms("kannel", f"id-{next(_ids)}", sender, text, part))


def texts(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        sealed = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
    return [gateway.deployment.vault.open(TEXT, text or b"") for text in sealed]


def waiting(gateway: Gateway) -> int:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).select_from(SmsPartRow)) or 0


def test_parts_in_any_order_twice_and_mixed_make_their_messages(gateway: Gateway) -> None:
    other_number = Msisdn("+22370001002")
    arrives(gateway, 3, 3, "le marché")
    arrives(gateway, 1, 2, "bagarre à ", reference="4e")
    arrives(gateway, 1, 2, "voleurs à ", sender=other_number)
    arrives(gateway, 1, 3, "on a volé ma moto ")
    arrives(gateway, 1, 3, "on a volé ma moto ")
    assert texts(gateway) == []
    arrives(gateway, 2, 3, "hier devant ")
    assert texts(gateway) == ["on a volé ma moto hier devant le marché"]
    arrives(gateway, 2, 2, "Kalaban", sender=other_number)
    arrives(gateway, 2, 2, "Banconi", reference="4e")
    assert texts(gateway)[1:] == ["voleurs à Kalaban", "bagarre à Banconi"]
    assert waiting(gateway) == 0


def test_what_there_is_of_a_message_is_heard_when_the_rest_does_not_come(gateway: Gateway) -> None:
    arrives(gateway, 2, 4, "on a volé ma moto ")
    arrives(gateway, 4, 4, "au marché")
    gateway.clock.forward(minutes=9)
    take_incomplete(gateway.deployment)
    assert texts(gateway) == []
    arrives(gateway, 1, 2, "encore ", reference="50")
    gateway.clock.forward(minutes=2)
    take_incomplete(gateway.deployment)
    assert texts(gateway) == ["… on a volé ma moto  … au marché"]
    take_incomplete(gateway.deployment)
    arrives(gateway, 2, 2, "des voleurs", reference="50")
    assert texts(gateway)[1:] == ["encore des voleurs"]
    assert waiting(gateway) == 0


def test_a_reference_that_comes_round_again_is_another_message(gateway: Gateway) -> None:
    for text in ("un ", "deux "):
        arrives(gateway, 1, 2, text)
        arrives(gateway, 2, 2, "voleur")
        gateway.clock.forward(minutes=5)
    assert texts(gateway) == ["un voleur", "deux voleur"]


@given(st.binary(max_size=20))
def test_any_header_is_read_or_left(header: bytes) -> None:
    part = _part(header.decode("latin-1"))
    assert part is None or 1 <= part.number <= part.of


def test_headers_of_both_widths() -> None:
    assert _part("\x05\x00\x03\x4d\x02\x01") == SmsPart("4d", 1, 2)
    assert _part("\x06\x08\x04\x01\x4d\x03\x02") == SmsPart("014d", 2, 3)
    assert _part("\x0b\x05\x04\x00\x01\x00\x02\x00\x03\x4d\x02\x02") == SmsPart("4d", 2, 2)
    assert _part("\x05\x00\x03\x4d\x02\x03") is None
    assert _part("") is None


def kept(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def test_a_part_that_is_there_with_another_text_begins_the_next_message(gateway: Gateway) -> None:
    arrives(gateway, 1, 2, "bagarre au marché, ils sont ")
    arrives(gateway, 1, 2, "bagarre au marché, ils sont ")  # the same once more is the network's
    assert texts(gateway) == []
    arrives(gateway, 1, 2, "vol de boeufs à ")
    assert texts(gateway) == ["bagarre au marché, ils sont  …"]
    arrives(gateway, 2, 2, "Niamakoro hier")
    assert texts(gateway)[1:] == ["vol de boeufs à Niamakoro hier"]
    assert waiting(gateway) == 0
    gateway.work()
    first, second = kept(gateway)
    assert first.needs_review
    assert "incomplete" in first.reasons
    assert "incomplete" not in second.reasons


def test_half_an_emergency_alerts_and_half_a_command_does_nothing(gateway: Gateway) -> None:
    gateway.secretary("ml-bamako-commune-iv", "+22370009001")
    arrives(gateway, 1, 2, "des hommes armés tirent en ce moment à Lafiabougou, ils ")
    arrives(gateway, 1, 3, "STOP les vols ", reference="60", sender=Msisdn("+22370001005"))
    gateway.clock.forward(minutes=11)
    take_incomplete(gateway.deployment)
    gateway.work()
    emergency, command = kept(gateway)
    assert (emergency.urgency, emergency.needs_review) == ("emergency", True)
    assert len(gateway.inbox("+22370009001")) == 1
    assert "incomplete" in command.reasons
    assert gateway.inbox("+22370001005") != []  # not muted: it hears that its message was kept


def by_kannel(gateway: Gateway, number: int, of: int, octets: bytes, charset: str, reference: int = 7) -> int:
    """One part as smsbox passes it on, its bytes percent-encoded."""
    header = "".join(f"%{byte:02X}" for byte in (5, 0, 3, reference, of, number))
    text = "".join(f"%{byte:02X}" for byte in octets)
    query = f"from=%2B22370001001&to=36223&text={text}&id=k{next(_ids)}&coding=2&charset={charset}&udh={header}"
    return gateway.http.get(f"/hooks/{TOKEN}/kannel/sms?{query}").status_code


@pytest.mark.parametrize(("charset", "codec"), [("UTF-16BE", "utf-16-be"), ("UTF-8", "utf-8"), ("8-BIT", "utf-8")])
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_letter_that_lies_across_two_parts_is_whole(
    gateway: Gateway, charset: str, codec: str, order: tuple[int, int]
) -> None:
    text = "on a volé 🙏 ma moto à Lafiabougou"
    octets = text.encode(codec)
    half = len("on a volé ".encode(codec)) + 2
    pieces = {1: octets[:half], 2: octets[half:]}
    for number in order:
        assert by_kannel(gateway, number, 2, pieces[number], charset) == 200
    assert texts(gateway) == [text]


def test_parts_of_one_message_in_two_charsets_are_read_each_in_its_own(gateway: Gateway) -> None:
    by_kannel(gateway, 1, 2, "vol de moto ".encode("latin-1"), "ISO-8859-1")
    by_kannel(gateway, 2, 2, "sɔnyali".encode("utf-16-be"), "UTF-16BE")
    assert texts(gateway) == ["vol de moto sɔnyali"]


def test_a_part_that_the_release_before_has_kept_is_joined_all_the_same(gateway: Gateway) -> None:
    arrives(gateway, 1, 2, "on a volé à ")
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(SmsPartRow).values(charset=None))
    arrives(gateway, 2, 2, "Banconi")
    assert texts(gateway) == ["on a volé à Banconi"]


def test_half_an_emergency_is_heard_after_a_minute_and_the_rest_when_it_comes(gateway: Gateway) -> None:
    arrives(gateway, 1, 2, "au secours ils nous tirent dessus maintenant à Lafiabougou")
    arrives(gateway, 1, 2, "on a volé ma moto hier", reference="4e")
    gateway.clock.forward(minutes=1)
    take_incomplete(gateway.deployment)
    assert texts(gateway) == ["au secours ils nous tirent dessus maintenant à Lafiabougou …"]
    arrives(gateway, 2, 2, "et ils sont vingt")
    gateway.clock.forward(minutes=11)
    take_incomplete(gateway.deployment)
    assert sorted(texts(gateway)[1:]) == ["on a volé ma moto hier …", "… et ils sont vingt"]


def test_parts_that_no_key_opens_hold_up_nobody(gateway: Gateway) -> None:
    arrives(gateway, 1, 2, "on a volé ma moto", sender=Msisdn("+22370001002"))
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(SmsPartRow).values(msisdn_sealed=b"of another key"))
    arrives(gateway, 1, 2, "on a volé ma chèvre")
    gateway.clock.forward(minutes=11)
    take_incomplete(gateway.deployment)
    assert texts(gateway) == ["on a volé ma chèvre …"]
    assert waiting(gateway) == 1


def test_half_a_message_is_kept_as_often_as_somebody_sends_one(gateway: Gateway) -> None:
    halves = ["on a volé ma moto", "on a volé ma chèvre", "des jeunes se battent au marché"]
    for half in halves:
        arrives(gateway, 1, 2, half)
        gateway.clock.forward(minutes=11)
        take_incomplete(gateway.deployment)
    assert texts(gateway) == [f"{half} …" for half in halves]
