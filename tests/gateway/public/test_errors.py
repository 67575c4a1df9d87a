"""What is shown when a page cannot be: French and a way back for people, one line for programs."""

import pytest

from tests.support.gateway import Gateway

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "title", "back"),
    [
        ("/nowhere", "Page introuvable", 'href="/"'),
        ("/queue/nowhere", "Page introuvable", 'href="/queue/"'),
    ],
)
def test_a_browser_reads_french_and_finds_a_way_back(gateway: Gateway, path: str, title: str, back: str) -> None:
    answer = gateway.http.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")
    assert f"<h1>{title}</h1>" in answer.text
    assert back in answer.text
    assert "Not Found" not in answer.text


def test_a_form_that_is_too_large_says_what_to_do(gateway: Gateway) -> None:
    answer = gateway.http.post("/queue/login", data={"email": "x" * 100_000}, headers=BROWSER)
    assert answer.status_code == 413
    assert "Réduisez-le" in answer.text


def test_a_program_reads_one_line(gateway: Gateway) -> None:
    answer = gateway.http.get("/nowhere")
    assert (answer.status_code, answer.text) == (404, "404 Not Found\n")


def test_an_unforeseen_error_gives_a_mark_that_stands_in_the_log_too(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    @gateway.app.get("/broken")
    def broken() -> str:
        raise RuntimeError("le secret")

    answer = gateway.http.get("/broken", headers=BROWSER)
    assert answer.status_code == 500
    mark = answer.text.partition("<code>")[2].partition("</code>")[0]
    assert len(mark) == 8
    assert mark in caplog.text
    assert "secret" not in answer.text + caplog.text
