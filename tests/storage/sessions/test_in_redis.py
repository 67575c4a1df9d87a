from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from flows.conversation.session import Session
from flows.msisdn import Msisdn
from storage.sessions.filed import SessionKey
from storage.sessions.in_redis import Marks, RequestCounter, heard, new_input
from tests.support.gateway import Gateway

COUNTERS = [RequestCounter("requests", "of somebody", 60, 60)]
KEY = SessionKey("africastalking", "ATUid_1", Msisdn("+22370001001"))


def marks_of(gateway: Gateway, key: SessionKey) -> Marks:
    return Marks.of(gateway.deployment.vault, key)


@given(before=st.text(max_size=60), typed=st.text(min_size=1, max_size=60))
def test_what_was_typed_since_is_what_follows_the_text_before(before: str, typed: str) -> None:
    session = heard(Session("main"), before)
    assert new_input(session, f"{before}*{typed}" if before else typed) == typed
    assert new_input(session, before) == ""


def test_a_star_inside_words_is_not_lost() -> None:
    assert new_input(heard(Session("words"), "1*2"), "1*2*vol * de * moto") == "vol * de * moto"


def test_a_text_that_does_not_go_on_from_there_is_told_apart() -> None:
    session = heard(Session("main"), "1*2*3")
    for text in ("", "1", "1*2", "1*2*4", "1*2*34", "2*2*3*1"):
        assert new_input(session, text) is None


def test_a_session_in_redis_holds_no_word_and_no_number(gateway: Gateway) -> None:
    sessions = gateway.deployment.sessions
    sessions.keep(marks_of(gateway, KEY), Session("words", "fr", {"words": "vol de moto"}))
    kept = sessions.load(marks_of(gateway, KEY), COUNTERS, begins=False).session
    assert kept
    assert kept.answers == {"words": "vol de moto"}
    redis = gateway.deployment.redis
    for name in redis.scan_iter():
        assert b"ATUid_1" not in name
        assert b"vol" not in (redis.dump(name) or b"")
        assert b"70001001" not in name
    for other_key in (replace(KEY, session_id="ATUid_2"), replace(KEY, msisdn=Msisdn("+22370001002"))):
        assert sessions.load(marks_of(gateway, other_key), COUNTERS, begins=False).session is None


def test_a_session_that_another_version_kept_counts_as_gone(gateway: Gateway) -> None:
    sessions = gateway.deployment.sessions
    sealed = gateway.deployment.vault.seal_bytes("ussd session", b'{"from": "elsewhere"}')
    gateway.deployment.redis.set(marks_of(gateway, KEY).name, sealed)
    assert sessions.load(marks_of(gateway, KEY), COUNTERS, begins=False).session is None
