"""The web queue's page of a concern and its forms."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from storage.tables.concerns import Concern
from tests.support.browsing import shown
from tests.support.gateway import PASSWORD, Gateway

ADMIN = "admin@example.org"


def sign_in(gateway: Gateway, email: str = ADMIN, password: str = PASSWORD) -> FlaskClient:
    http = gateway.app.test_client()
    page = http.get("/queue/login").text
    http.post("/queue/login", data={"csrf_token": token_in(page), "email": email, "password": password})
    return http


def token_in(page: str) -> str:
    """The CSRF token of a page's forms."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return token[1]


def act(http: FlaskClient, reference: str, act: str, **fields: str) -> str:
    """Fills in the form `act` of a concern's page and sends it; returns the page that follows."""
    page = http.get(f"/queue/concerns/{reference}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version, page
    form = {"csrf_token": token_in(page), "version": version[1]} | fields
    return shown(http.post(f"/queue/concerns/{reference}/{act}", data=form, follow_redirects=True).text)


def concern(gateway: Gateway) -> Concern:
    """The newest concern."""
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()  # type: ignore[return-value]


def written(gateway: Gateway, text: str = "on a volé ma moto à Lafiabougou hier") -> Concern:
    """Has a citizen write an SMS and the worker read it; returns the concern."""
    gateway.phone().write(text)
    gateway.work()
    return concern(gateway)
