"""Ids of USSD sessions are used again: for the next session, for another phone, or because the number is the id."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import sweep_all
from storage.concerns.concerns import TEXT
from storage.sessions.filed import LIFE
from storage.tables.concerns import Concern
from storage.tables.messages import FiledSession
from tests.support.aggregators import DIALECTS, Dialect, NetworkRequest, NewestPhone
from tests.support.gateway import TOKEN, Gateway
from tests.support.phones import SERVICE_CODE, Phone, reference_in

NEWCOMER = ("1", "1", "2", "1", "niamakoro", "1", "on a volé mes chèvres", "1", "1")
KNOWN = ("1", "2", "1", "1", "encore des voleurs", "1")
FIRST = "CCS. Francais / Bamanankan ?"
MAIN = "Comité de sécurité (CCS)"
every = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
forgets = pytest.mark.parametrize("forgets", [False, True], ids=["Redis there", "Redis emptied"])


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def texts(gateway: Gateway) -> list[str]:
    return [gateway.deployment.vault.open(TEXT, concern.text_sealed or b"") for concern in concerns(gateway)]


def begin(phone: Phone) -> str:
    """Dials again under the id that the phone had before."""
    phone.text = ""
    return phone.request()


def test_another_phone_under_the_id_of_a_finished_report_begins_and_reports(gateway: Gateway) -> None:
    phone, other_phone = gateway.phone("+22370001701"), gateway.phone("+22370001702")
    reference = phone.report()
    last = phone.screen
    other_phone.session_id = phone.session_id
    assert begin(other_phone).startswith(FIRST)
    other_phone.type(*NEWCOMER)
    assert other_phone.ended
    assert reference_in(other_phone.screen) != reference
    assert phone.request() == last
    assert len(concerns(gateway)) == 2


def test_two_phones_under_one_id_at_the_same_time_are_two_sessions(gateway: Gateway) -> None:
    phone, other_phone = gateway.phone("+22370001701"), gateway.phone("+22370001702")
    phone.dial()
    other_phone.session_id = phone.session_id
    begin(other_phone)
    for typed in NEWCOMER:
        phone.type(typed)
        other_phone.type(typed if typed != "on a volé mes chèvres" else "des coups de feu hier")
    assert reference_in(phone.screen) != reference_in(other_phone.screen)
    assert sorted(texts(gateway)) == ["des coups de feu hier", "on a volé mes chèvres"]


@forgets
def test_the_same_phone_reports_again_under_the_same_id(gateway: Gateway, forgets: bool) -> None:
    def request_lost() -> None:
        if forgets:
            gateway.deployment.redis.flushall()

    phone = gateway.phone("+22370001701")
    first = phone.report()
    request_lost()
    assert begin(phone).startswith(MAIN)
    assert begin(phone).startswith(MAIN)
    for typed in KNOWN:
        request_lost()
        phone.type(typed)
        request_lost()
        shown = phone.screen
        assert phone.request() == shown
    second = reference_in(phone.screen)
    assert second != first
    assert texts(gateway) == ["on a volé ma moto hier", "encore des voleurs"]


@forgets
def test_a_last_request_that_comes_again_very_late_files_nothing(gateway: Gateway, forgets: bool) -> None:
    phone = gateway.phone("+22370001701")
    phone.report()
    text, last = phone.text, phone.screen
    begin(phone)
    if forgets:
        gateway.deployment.redis.flushall()
    phone.text = text
    assert phone.request() == last
    gateway.clock.forward(hours=3)
    gateway.deployment.redis.flushall()
    assert reference_in(phone.request()) == reference_in(last)
    assert len(concerns(gateway)) == 1


def test_a_day_later_nothing_ties_a_report_to_its_session(gateway: Gateway) -> None:
    gateway.phone("+22370001701").report(answerable="2")
    gateway.clock.forward(hours=25)
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(FiledSession)).all() == []


def test_an_id_that_comes_again_after_its_sessions_life_begins_with_whatever_was_dialled(gateway: Gateway) -> None:
    phone = gateway.phone("+22370001701")
    phone.report()
    gateway.clock.forward(seconds=LIFE.total_seconds() + 1)
    gateway.deployment.redis.flushall()
    phone.text = "2"
    assert "Vos" in phone.request("*384*223*2#") or "CCS" in phone.screen
    assert not phone.ended
    phone.text = ""
    phone.request()
    phone.type(*KNOWN)
    assert len(concerns(gateway)) == 2


def test_what_the_release_before_has_filed_is_not_filed_again(gateway: Gateway) -> None:
    """A rolling restart: the last request comes again, to a process of this release."""
    phone = gateway.phone("+22370001701")
    reference = phone.report()
    legacy = gateway.deployment.vault.hash("concern source", f"africastalking\0ussd\0{phone.session_id}")
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(Concern).values(source=legacy))
        transaction.execute(FiledSession.__table__.delete())  # type: ignore[attr-defined]
    gateway.deployment.redis.flushall()
    assert reference in phone.request()
    stranger = gateway.phone("+22370001702")
    stranger.session_id = phone.session_id
    assert begin(stranger).startswith(FIRST)
    assert len(concerns(gateway)) == 1


def test_a_talk_that_went_on_while_redis_hung_is_replayed_when_it_is_back(gateway: Gateway) -> None:
    phone = gateway.phone("+22370001701")
    phone.dial()
    phone.type("1", "1", "2", "1", "niamakoro", "1")
    gateway.deployment.redis._failed_at = gateway.deployment.redis.clock()
    kept = {key: gateway.deployment.redis.get(key) for key in gateway.deployment.redis.scan_iter("ussd:*")}
    phone.type("on a volé mes chèvres")
    for key, value in kept.items():
        gateway.deployment.redis.set(key, value or b"")  # what was to be kept was not
    phone.type("1", "1")
    assert phone.ended
    assert texts(gateway) == ["on a volé mes chèvres"]


@pytest.fixture
def phone_by(gateway: Gateway) -> Callable[..., NewestPhone]:
    def make(dialect: Dialect, msisdn: str = "+22370001701", id: str = "") -> NewestPhone:
        phone = NewestPhone(msisdn, gateway.http, f"/hooks/{TOKEN}", dialect, lambda: gateway.clock.forward(seconds=3))
        phone.session_id = id or f"{dialect.name}-again"
        return phone

    return make


def dial_again(phone: NewestPhone) -> str:
    phone._last = NetworkRequest(phone.session_id, phone.msisdn, "", SERVICE_CODE, 1)
    return phone.request()


@every
@pytest.mark.parametrize("pause", [0, 4], ids=["at once", "some seconds later"])
def test_who_dials_again_under_the_same_id_starts_afresh(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect, pause: int
) -> None:
    phone = phone_by(dialect, id="22370001701")  # as Nalo has it
    dial_again(phone)
    phone.type("1", "3", "kalaban coura")
    gateway.clock.forward(seconds=pause)
    assert dial_again(phone).startswith(MAIN)
    assert "Urgences" in phone.type("4")
    gateway.clock.forward(seconds=pause)
    assert dial_again(phone).startswith(MAIN)
    phone.type("1", "2", "1", "niamakoro", "1", "on a volé mes chèvres", "1", "1")
    assert phone.ended
    dial_again(phone)
    phone.type(*KNOWN)
    assert phone.ended
    assert texts(gateway) == ["on a volé mes chèvres", "encore des voleurs"]


@every
def test_the_first_request_repeated_changes_nothing(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone = phone_by(dialect)
    shown = dial_again(phone)
    assert phone.request() == shown
    gateway.clock.forward(seconds=8)
    assert phone.request() == shown
    phone.type(*NEWCOMER)
    assert len(concerns(gateway)) == 1


@every
def test_another_number_in_the_middle_of_a_session_begins_its_own(
    gateway: Gateway, phone_by: Callable[..., NewestPhone], dialect: Dialect
) -> None:
    phone, other_phone = phone_by(dialect), phone_by(dialect, "+22370001702")
    dial_again(phone)
    phone.type(*NEWCOMER[:6])
    other_phone._last = phone._last
    assert other_phone.type("2").startswith(FIRST)
    phone.type(*NEWCOMER[6:])
    assert phone.ended
    assert len(concerns(gateway)) == 1


def test_a_report_dialled_in_one_go_is_filed_once_when_the_network_repeats_it(
    gateway: Gateway, phone_by: Callable[..., NewestPhone]
) -> None:
    phone = phone_by(DIALECTS[2])
    # French, report, no danger, theft, then through the lists to a commune, no words, may be answered, send
    phone._last = NetworkRequest(phone.session_id, phone.msisdn, "", "*384*223*1*1*2*1*1*1*1*1*1*1*1#", 1)
    shown = phone.request()
    assert phone.ended
    gateway.clock.forward(seconds=12)
    assert phone.request() == shown
    assert len(concerns(gateway)) == 1


def test_a_secretary_postpones_an_item_in_each_of_two_sessions_of_one_id(
    gateway: Gateway, phone_by: Callable[..., NewestPhone]
) -> None:
    gateway.phone("+22370001703").write("on a volé ma moto à Lafiabougou hier")
    gateway.work()
    gateway.secretary("ml-bamako-commune-iv", "+22370001701")
    phone = phone_by(DIALECTS[2], id="22370001701")
    shown = []
    for _ in range(2):
        dial_again(phone)
        shown.append(phone.type("1", "4711", "1", "2"))
    assert all("est reporté au" in screen for screen in shown), shown
    assert shown[0] != shown[1]
