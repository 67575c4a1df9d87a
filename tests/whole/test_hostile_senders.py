"""Hostile senders: forged keywords, references at random, numbers in disguise, connections that send anything.

Short here; `make chaos` sends ten thousand (`HOSTILE`).
"""

from __future__ import annotations

import contextlib
import os
import re
import socket

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from config.pack import Pack
from flows.outbound_contents import masked, unfit
from flows.references import ALPHABET
from flows.screen import to_gsm
from storage.tables.committees import Pin, Secretary
from storage.tables.concerns import Concern
from storage.tables.people import Contact
from tests.support.gateway import Gateway
from tests.support.servers import Running
from tests.support.siege import connected

INPUTS = int(os.environ.get("HOSTILE", "400"))
COMMUNE_IV = "ml-bamako-commune-iv"
SECRETARY, CITIZEN, GUESSER = "+22370009001", "+22370001001", "+22370001999"
ANSWER = "Des patrouilles passent chaque soir."
hostile = settings(
    max_examples=INPUTS // 4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    database=None,
)  # fmt: skip

digits = st.text("0123456789", min_size=1, max_size=8)
references = st.text(ALPHABET, min_size=4, max_size=8).map(lambda drawn: f"CCS-{drawn[:4]}-{drawn[4:]}".rstrip("-"))
keywords = st.sampled_from((
    "EFFACER", "STOP", "START", "PIN", "SUIVI", "VOIR", "OK", "REPORTER", "PASSER", "CLORE", "REUNION", "AGENDA", "AIDE",
    "CCS", "OUI", "NON", "1", "2", "FR", "BM", "JOSI",
))  # fmt: skip
arguments = st.one_of(
    digits, references, st.sampled_from(("2A3B-4C5D", "police", "REGION", "12/12 10:00", "lafiabougou"))
)
commands = st.tuples(keywords, st.lists(arguments, max_size=3)).map(
    lambda keyword_and_arguments: " ".join((keyword_and_arguments[0], *keyword_and_arguments[1]))
)


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_no_forged_sms_takes_a_role_a_pin_a_number_or_words_and_none_reads_what_is_not_its_own(
    gateway: Gateway,
) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    gateway.phone(CITIZEN).write("on a volé ma moto à Lafiabougou hier soir")
    gateway.work()
    before = kept(gateway)
    own_codes = re.compile("EFFACER \\d{6}")

    @given(st.sampled_from((SECRETARY, CITIZEN, GUESSER)), commands)
    @hostile
    def forged(sender: str, text: str) -> None:
        gateway.clock.forward(seconds=61)
        assert gateway.phone(sender).write(text) == 200

    forged()
    gateway.work()
    assert kept(gateway) == before
    answers = [text for number in (SECRETARY, CITIZEN, GUESSER) for text in gateway.inbox(number)]
    assert answers
    assert not [text for text in gateway.inbox(GUESSER) if "Lafiabougou : " in text or ANSWER in text]
    assert all(unfit(own_codes.sub("", text), gateway.deployment.pack) is None for text in gateway.inbox(GUESSER))


def kept(gateway: Gateway) -> tuple[object, ...]:
    """What no SMS alone may change: roles, PINs, numbers, and the words and state of a report."""
    with gateway.deployment.database.read() as transaction:
        report = transaction.scalars(select(Concern).order_by(Concern.id)).first()
        pins = transaction.execute(select(Pin.contact_id, Pin.pin_hash)).all()
        secretaries = transaction.execute(select(Secretary.committee, Secretary.contact_id)).all()
        numbers = transaction.execute(select(Contact.id, Contact.msisdn_hash).order_by(Contact.id).limit(2)).all()
        assert report
        return pins, secretaries, numbers, report.text_sealed, report.state, report.contact_id


SCRIPTS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９", "⓪①②③④⑤⑥⑦⑧⑨")
WORDS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")
between = st.text(" .,;:/\\|-_·•*+=()[]~'\"\u00a0\u202f\u200b\n", max_size=4)


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A phone number of Mali as somebody writes it who knows that numbers are looked for."""
    written = "+223" if draw(st.booleans()) else ""
    number = draw(st.text("0123456789", min_size=7, max_size=7))
    for digit in map(int, f"7{number}"):
        in_words = draw(st.integers(0, 5)) == 0
        written += f" {WORDS[digit]} " if in_words else draw(st.sampled_from(SCRIPTS))[digit]
        written += draw(between)
    return written


def test_no_disguise_of_a_number_goes_out(pack: Pack) -> None:
    @given(disguised())
    @settings(hostile, max_examples=INPUTS)
    def looked_for(number: str) -> None:
        text = to_gsm(f"Appelez {number} pour la suite")
        assert masked(text, pack) != text, number

    looked_for()


lines = st.sampled_from((
    "GET /healthz HTTP/1.1", "POST {hook} HTTP/1.1", "POST /queue/login HTTP/1.1", "GET /queue/?page=" + "9" * 5000 + " HTTP/1.1",
    "PRI * HTTP/2.0", "GET http://evil.example/ HTTP/1.1", "POST {hook} HTTP/9.9", "\x16\x03\x01", "", "GET", "X" * 70_000,
    "GET /%00%ff%c0%af HTTP/1.1", "POST {hook}?a=%zz HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT x:1 HTTP/1.1",
))  # fmt: skip
header_lines = st.sampled_from((
    "Host: x", "Host: a\r\nHost: b", "Content-Length: 100", "Content-Length: -1", "Content-Length: " + "9" * 5000,
    "Content-Length: 3\r\nContent-Length: 4", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
    "X_Forwarded_For: 10.0.0.1", "X-Forwarded-For: 10.0.0.1", "Content_Length: 5", "Content-Type: multipart/form-data",
    "Content-Type: application/json; charset=utf-7", "Expect: 100-continue", "Upgrade: websocket", "Connection: close",
    "Cookie: ccs=" + "x" * 5000, ": no name", "no colon", "A" * 5000 + ": x", " folded", "Range: bytes=0-0,0-0,0-0",
))  # fmt: skip
bodies = st.one_of(
    st.just(b""), st.binary(max_size=200), st.just(b"5\r\nhel"), st.just(b"ffffffffffffffff\r\nx"), st.just(b"0\r\n\r\n"),
    st.just(b"text=" + b"9" * 3000), st.just(b"[" * 20_000),
)  # fmt: skip


def test_a_connection_may_send_anything_and_takes_nothing_from_others(running: Running) -> None:
    answers = re.compile(rb"^HTTP/1\.1 (\d{3})")

    @given(lines, st.lists(header_lines, max_size=5), bodies, st.booleans())
    @hostile
    def sent(line: str, headers: list[str], body: bytes, ends: bool) -> None:
        head = "\r\n".join((line.replace("{hook}", running.hook("sms")), *headers, "", ""))
        # One that is refused in the middle of its request is closed at once; what it sends after that is lost.
        with contextlib.suppress(OSError), connected(running, head) as sender:
            sender.sendall(body)
            if ends:
                sender.shutdown(socket.SHUT_WR)
            sender.settimeout(0.2)
            answer = sender.recv(1000)
            status = answers.match(answer)
            assert status is None or int(status[1]) < 500 or status[1] in (b"501", b"505"), answer
            assert b"Traceback" not in answer

    sent()
    assert requests.get(f"{running.address}/healthz", timeout=5).ok
    form = {"sessionId": "hostile-1", "phoneNumber": CITIZEN, "serviceCode": "*384*223#", "text": ""}
    assert requests.post(running.address + running.hook("ussd"), data=form, timeout=5).text.startswith("CON ")
