"""Accounts of the web queue as their owners meet them: links that let somebody in, and what the audit says of it."""

from __future__ import annotations

import re

from sqlalchemy import select

from storage.tables.audit import AuditLine
from tests.support.browsing import Desk
from tests.support.gateway import Gateway
from tests.support.queue_pages import token_in

NEW = "a password of their own"


def link_in(page: str) -> str:
    """The link of an invitation that a page or a command shows."""
    found = re.search(r"(/queue/join/[\w-]{32})", page)
    assert found, page
    return found[1]


def join(gateway: Gateway, link: str, password: str = NEW, again: str | None = None) -> tuple[int, str]:
    """Opens a link and chooses a password; the status and the page that follow."""
    http = gateway.app.test_client()
    page = http.get(link)
    if page.status_code != 200:
        return page.status_code, page.text
    form = {"csrf_token": token_in(page.text), "password": password, "again": password if again is None else again}
    answer = http.post(link, data=form)
    return answer.status_code, answer.text


def is_in(desk: Desk) -> bool:
    """Whether somebody is signed in."""
    return desk.http.get("/queue/account").status_code == 200


def audited(gateway: Gateway) -> list[tuple[str, str]]:
    """Who did what, but for signing in: `secretary 3` and `command root` by their first word."""
    with gateway.deployment.database.read() as transaction:
        lines = transaction.execute(select(AuditLine.actor, AuditLine.what).order_by(AuditLine.id)).all()
    return [(actor.split()[0], what) for actor, what in lines if not what.startswith("sign")]
