"""Programs are told of events: signed, in order, at least once, nothing sensitive, and to public addresses alone."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from gateway.worker.webhooks import NotTaken, is_public, post_publicly, post_to, public_address, tell_due
from storage.concerns.webhooks import MOST_TRIES, SECRET, Told, add_webhook
from storage.people.api_tokens import Scope, create_token, revoke_token
from storage.tables.api import ApiToken, Webhook
from storage.tables.audit import AuditLine
from tests.support.gateway import Gateway
from tests.support.phones import reference_in

KEY = b"a secret of the tests, 32 bytes."
MOTO, AGENTS = "on a volé ma moto à Lafiabougou hier", "les agents demandent de l'argent sans reçu à Lafiabougou"
SECRETARY = "+22370009001"


class Program:
    """Takes what it is told, or not."""

    def __init__(self) -> None:
        self.takes = True
        self.heard: list[tuple[dict[str, str], bytes]] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> bool:
        assert url == "https://example.org/hook"
        self.heard.append((headers, body))
        return self.takes

    @property
    def told(self) -> list[tuple[str, str, str]]:
        events = [json.loads(body) for _, body in self.heard]
        return [(event["type"], event["data"]["reference"], event["data"]["state"]) for event in events]


@pytest.fixture
def program(gateway: Gateway) -> Program:
    """A program of Commune IV that is told of everything."""
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        create_token(transaction, deployment.vault, "iv", [Scope.WEBHOOKS], "ml-bamako-commune-iv", gateway.clock())
        token = transaction.scalars(select(ApiToken)).one()
        sealed = deployment.vault.seal_bytes(SECRET, KEY)
        add_webhook(transaction, token, "https://example.org/hook", sealed, list(Told), gateway.clock())
    return Program()


def tell(gateway: Gateway, program: Program) -> int:
    gateway.clock.forward(seconds=30)
    return tell_due(gateway.deployment, program)


def report(gateway: Gateway, text: str = MOTO, msisdn: str = "+22370001001") -> str:
    gateway.phone(msisdn).write(text)
    gateway.work()
    return reference_in(gateway.inbox(msisdn)[-1])


def says(gateway: Gateway, *texts: str) -> None:
    for text in texts:
        gateway.phone(SECRETARY).write(text)
    gateway.work()


def kept(gateway: Gateway) -> Webhook:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Webhook)).one()


def test_what_is_received_and_what_changes_is_told_once_and_in_order(gateway: Gateway, program: Program) -> None:
    gateway.secretary("ml-bamako-commune-iv", SECRETARY)
    gateway.first_pin(SECRETARY)
    reference = report(gateway)
    report(gateway, "on a volé des chèvres à Banconi", "+22370001002")
    report(gateway, AGENTS, "+22370001003")
    says(gateway, "PIN 4711", f"OK {reference}", f"CLORE {reference} Des patrouilles passent chaque soir.")
    assert tell(gateway, program) == 3
    assert program.told == [
        ("concern.received", reference, "received"),
        ("concern.state_changed", reference, "on_agenda"),
        ("concern.state_changed", reference, "closed"),
    ]
    assert json.loads(program.heard[0][1])["data"] == {
        "reference": reference, "commune": "ml-bamako-commune-iv", "category": "theft", "state": "received",
    }  # fmt: skip
    assert tell(gateway, program) == 0
    assert len(program.heard) == 3


def test_each_request_is_signed_with_its_time_and_a_repetition_is_known(gateway: Gateway, program: Program) -> None:
    report(gateway)
    program.takes = False
    tell(gateway, program)
    program.takes = True
    gateway.clock.forward(minutes=1)
    tell(gateway, program)
    (first, body), (again, same) = program.heard
    assert body == same
    assert first["webhook-id"] == again["webhook-id"]
    assert int(again["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 90
    for headers in (first, again):
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        signature = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{signature}"
    assert first["webhook-signature"] != again["webhook-signature"]


def test_what_is_not_taken_waits_longer_each_time_and_is_given_up_after_days(
    gateway: Gateway, program: Program
) -> None:
    reference = report(gateway)
    program.takes = False
    tell(gateway, program)
    assert tell(gateway, program) == 0
    began, waited = gateway.clock(), []
    while kept(gateway).stopped_at is None:
        due = kept(gateway).next_try_at
        waited.append(due - gateway.clock())
        gateway.clock.moment = due
        tell_due(gateway.deployment, program)
    assert len(program.heard) == MOST_TRIES
    assert waited == sorted(waited)
    assert timedelta(days=2) < gateway.clock() - began < timedelta(days=4)
    assert {told[1] for told in program.told} == {reference}
    with gateway.deployment.database.read() as transaction:
        assert "webhook_stopped" in transaction.scalars(select(AuditLine.what)).all()
    program.takes = True
    assert tell(gateway, program) == 0


def test_what_was_taken_before_a_failure_is_not_told_again(gateway: Gateway, program: Program) -> None:
    references = [report(gateway), report(gateway, "aucun lampadaire ne marche à Lafiabougou", "+22370001002")]

    def first_alone(url: str, body: bytes, headers: dict[str, str]) -> bool:
        program(url, body, headers)
        return len(program.heard) == 1

    gateway.clock.forward(seconds=30)
    assert tell_due(gateway.deployment, first_alone) == 1
    gateway.clock.forward(minutes=2)
    assert tell(gateway, program) == 1
    assert [told[1] for told in program.told] == [references[0], references[1], references[1]]


def test_a_revoked_token_is_told_nothing_more(gateway: Gateway, program: Program) -> None:
    report(gateway)
    with gateway.deployment.database.write() as transaction:
        revoke_token(transaction, "iv", gateway.clock())
    assert tell(gateway, program) == 0
    assert program.heard == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a01:203", "::", "ff02::1", "nonsense"],
)  # fmt: skip
def test_no_private_network_is_called(address: str) -> None:
    assert not is_public(address)


def test_names_of_private_addresses_and_no_names_are_refused() -> None:
    for host in ("localhost", "127.0.0.1", "x" * 300, "a..b"):
        with pytest.raises(NotTaken):
            public_address(host, 443)
    with pytest.raises(NotTaken):
        post_publicly("https://localhost/hook", b"{}", {})
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


class Taking(BaseHTTPRequestHandler):
    """A program behind TLS: it keeps what it heard, and answers by its path."""

    heard: ClassVar[list[tuple[str, str, bytes]]]
    statuses: ClassVar[dict[str, int]] = {"/taken": 204, "/moved": 302, "/refused": 500}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.headers["Host"], self.headers["webhook-id"], body))
        self.send_response(self.statuses[self.path.partition("?")[0]])
        self.send_header("Location", "/taken")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: tests read no log of it."""


@pytest.fixture
def behind_tls(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A port of this machine where `localhost` answers with a certificate, and the file that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "localhost.pem"
    kind = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    )
    Taking.heard = []
    server = HTTPServer(("127.0.0.1", 0), Taking)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, str(pem)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_request_goes_to_the_address_that_was_checked_with_a_certificate_for_the_name(
    behind_tls: tuple[int, str],
) -> None:
    port, authorities = behind_tls
    headers = {"webhook-id": "evt_1"}

    def post(path: str, host: str = "localhost", trusted: str = authorities) -> bool:
        return post_to("127.0.0.1", host, port, path, b"{}", headers, trusted)

    assert post("/taken?x=1")
    assert Taking.heard == [(f"localhost:{port}", "evt_1", b"{}")]
    assert not post("/refused")
    assert not post("/moved")
    assert len(Taking.heard) == 3  # a redirect is not followed
    for host, trusted in (("example.org", authorities), ("localhost", certifi.where())):
        with pytest.raises(NotTaken):
            post("/taken", host, trusted)
    assert len(Taking.heard) == 3
