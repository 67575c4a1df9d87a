"""The web queue as a person uses it without a browser: pages read, forms filled in with their hidden fields, sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from flask.testing import FlaskClient

from tests.support.gateway import PASSWORD, Gateway


@dataclass
class Desk:
    """Somebody who is signed in."""

    http: FlaskClient

    def get(self, path: str) -> str:
        got = self.http.get(path)
        assert got.status_code == 200, (path, got.status_code, got.text[:300])
        return unescape(got.text)

    def send(self, path: str, act: str, **fields: str) -> str:
        """Opens `path`, fills in the form that goes to `…/act` and sends it; the page that follows."""
        page = self.http.get(path).text
        form = re.search(rf'<form[^>]*action="([^"]*/{act})".*?</form>', page, re.S)
        assert form, f"no form {act} on {path}"
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        got = self.http.post(form[1], data=hidden | fields, follow_redirects=True)
        assert got.status_code == 200, got.text[:300]
        return unescape(got.text)


def sign_in(gateway: Gateway, email: str, password: str = PASSWORD) -> Desk:
    http = gateway.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/queue/login").text)
    assert token
    http.post("/queue/login", data={"csrf_token": token[1], "email": email, "password": password})
    return Desk(http)
