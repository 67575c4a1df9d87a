"""The web queue as a person uses it: reads pages, fills in their forms with the hidden fields, sends them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html import unescape

from flask.testing import FlaskClient

from tests.support.gateway import PASSWORD, Gateway

REFUSED = (409, 422)
"""The status of a form that comes back filled: somebody else acted meanwhile, or the form was refused."""


@dataclass
class Desk:
    """The web queue of somebody who is signed in."""

    http: FlaskClient

    def get(self, path: str) -> str:
        """The text of a page; fails if the status is not 200."""
        page = self.http.get(path)
        assert page.status_code == 200, (path, page.status_code, page.text[:300])
        return shown(page.text)

    def send(self, path: str, act: str, **fields: str) -> str:
        """Opens `path`, fills in the form whose address ends in `act` and sends it; returns the page that follows."""
        page = self.http.get(path).text
        form = re.search(rf'<form[^>]*action="([^"]*/{act}(?:\?[^"]*)?)".*?</form>', page, re.S)
        assert form, f"no form {act} on {path}"
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        answer = self.http.post(unescape(form[1]), data=hidden | fields, follow_redirects=True)
        assert answer.status_code in (200, *REFUSED), answer.text[:300]
        return shown(answer.text)


def shown(page: str) -> str:
    """The HTML of a page with its lines joined by blanks, so that it does not matter where a template breaks a line."""
    return re.sub(r"[ \t]*\n[ \t\n]*", " ", unescape(page))


def sign_in(gateway: Gateway, email: str, password: str = PASSWORD) -> Desk:
    http = gateway.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/queue/login").text)
    assert token
    http.post("/queue/login", data={"csrf_token": token[1], "email": email, "password": password})
    return Desk(http)


def cells_of(data: bytes) -> list[tuple[object, ...]]:
    """The rows of an Excel file's only sheet."""
    from openpyxl import load_workbook  # few tests need it, and it takes a while to import

    return list(load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True))
