"""What a broken answer of a provider means: surely not sent, or perhaps sent, which must not be repeated silently."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from flows.msisdn import Msisdn
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.base import NotSent, PerhapsSent, Provider
from gateway.providers.kannel import Kannel
from gateway.providers.orange import Orange
from tests.support.orange import LOGIN, SENDER
from tests.support.servers import free_port, served

CITIZEN = Msisdn("+22370001001")
ADAPTERS: list[tuple[str, Callable[[str], Provider]]] = [
    ("africastalking", lambda address: AfricasTalking("x", "y", api_url=address)),
    ("kannel", lambda address: Kannel(address, "u", "p", "http://x")),
    ("orange", lambda address: Orange(LOGIN, SENDER, "", address)),
]
every = pytest.mark.parametrize("made", [make for _, make in ADAPTERS], ids=[name for name, _ in ADAPTERS])


@contextlib.contextmanager
def proxy(status: int) -> Iterator[str]:
    """A proxy that answers in the place of every provider; only Orange's tokens come through."""
    app, port = Flask("proxy"), free_port()
    token = {"access_token": "t", "expires_in": "3600"}
    app.add_url_rule("/oauth/v3/token", "token", lambda: token, methods=["POST"])
    page = "<html><body>Gateway</body></html>"
    app.add_url_rule("/<path:rest>", "rest", lambda **_: (page, status), methods=["GET", "POST"])
    with served(app, port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def breaks_off(answer: bytes) -> Iterator[str]:
    """A server that reads a request and closes the connection, with or without a few bytes that are no answer."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listening.accept()
                with caller:
                    caller.recv(4096)
                    if answer:
                        caller.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


@every
@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_got_no_answer_says_neither_yes_nor_no(made: Callable[[str], Provider], status: int) -> None:
    with proxy(status) as address, pytest.raises(PerhapsSent):
        made(address).send(CITIZEN, "bonjour", "1")


@every
@pytest.mark.parametrize("status", [500, 503])
def test_a_provider_that_says_no_is_tried_again(made: Callable[[str], Provider], status: int) -> None:
    with proxy(status) as address, pytest.raises(NotSent) as refused:
        made(address).send(CITIZEN, "bonjour", "1")
    assert refused.value.again


@pytest.mark.parametrize("made", [make for name, make in ADAPTERS if name != "orange"])
@pytest.mark.parametrize("answer", [b"", b"no HTTP at all\r\n\r\n"], ids=["nothing", "garbage"])
def test_a_connection_that_breaks_after_the_request_leaves_it_open(
    made: Callable[[str], Provider], answer: bytes
) -> None:
    with breaks_off(answer) as address, pytest.raises(PerhapsSent):
        made(f"http://{address}").send(CITIZEN, "bonjour", "1")


@every
@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "http://nobody.invalid", "https://{plain}"])
def test_without_a_connection_nothing_was_sent(made: Callable[[str], Provider], address: str) -> None:
    with breaks_off(b"no TLS\r\n") as plain, pytest.raises(NotSent) as refused:
        made(address.format(port=free_port(), plain=plain)).send(CITIZEN, "bonjour", "1")
    assert refused.value.again
