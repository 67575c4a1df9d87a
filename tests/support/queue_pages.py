"""The web queue's pages of a concern, and the forms on them."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from storage.tables.concerns import Concern
from tests.support.gateway import PASSWORD, Gateway

ADMIN = "admin@example.org"


def sign_in(gateway: Gateway, email: str = ADMIN, password: str = PASSWORD) -> FlaskClient:
    http = gateway.app.test_client()
    page = http.get("/queue/login").text
    http.post("/queue/login", data={"csrf_token": token_in(page), "email": email, "password": password})
    return http


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def act(http: FlaskClient, reference: str, act: str, **fields: str) -> str:
    """Fills in the form of a concern's page and sends it; the page that follows."""
    page = http.get(f"/queue/concerns/{reference}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version, page
    form = {"csrf_token": token_in(page), "version": version[1]} | fields
    return unescape(http.post(f"/queue/concerns/{reference}/{act}", data=form, follow_redirects=True).text)


def concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()  # type: ignore[return-value]


def written(gateway: Gateway, text: str = "on a volé ma moto à Lafiabougou hier") -> Concern:
    gateway.phone().write(text)
    gateway.work()
    return concern(gateway)
