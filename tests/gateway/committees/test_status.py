"""Showing a committee writes nothing: its next meeting is calculated, and stored when something is done with it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.outbound.digests import send_due_digests
from storage.enumerations import Role
from storage.tables.audit import AuditLine
from storage.tables.committees import Meeting
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
PATH = f"/queue/committees/{COMMUNE_IV}"
CITIZEN, SECRETARY = "+22370001001", "+22370009001"
NEXT = "03/12/2026"
NOTHING_DUE = datetime(2026, 11, 26, 23, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 8, 1, tzinfo=UTC)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    return sign_in(gateway, "iv@example.org")


def meetings(gateway: Gateway) -> list[str]:
    with gateway.deployment.database.read() as transaction:
        return [
            f"{meeting.starts_at:%d/%m/%Y}"
            for meeting in transaction.scalars(select(Meeting).order_by(Meeting.starts_at))
        ]


def shown_by_phone(gateway: Gateway) -> str:
    phone = gateway.phone(CITIZEN)
    phone.dial()
    return phone.type("3", "lafiabougou", "1")


def speaks(gateway: Gateway) -> None:
    """A phone whose citizen has called before and chosen a language."""
    phone = gateway.phone(CITIZEN)
    phone.dial()
    phone.type("1")


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_committee_is_shown_while_somebody_else_writes(gateway: Gateway, desk: Desk) -> None:
    speaks(gateway)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.clock.moment = NOTHING_DUE
    with gateway.deployment.database.write():  # on SQLite nobody else can: who tried would wait, and fail
        assert "03/12" in shown_by_phone(gateway)
        assert NEXT in desk.get(PATH)
        assert "CCS de Commune IV" in desk.get("/queue/committees")
        assert send_due_digests(gateway.deployment) == 0


def test_a_meeting_that_was_only_shown_has_no_row(gateway: Gateway, desk: Desk) -> None:
    speaks(gateway)
    assert "03/12" in shown_by_phone(gateway)
    assert NEXT in desk.get(PATH)
    assert meetings(gateway) == []


def test_a_meeting_is_prepared_before_anything_stands_on_its_agenda(gateway: Gateway, desk: Desk) -> None:
    page = desk.send(PATH, "meetings/next")
    assert f"Réunion du {NEXT}" in page
    assert meetings(gateway) == [NEXT]
    assert "meetings/next" not in desk.get(PATH)
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine.what).where(AuditLine.actor == "iv@example.org")).all()
    assert "meeting_planned" in lines


def test_a_role_that_only_reads_prepares_no_meeting(gateway: Gateway) -> None:
    gateway.administrator("reader@example.org", Role.OBSERVER, COMMUNE_IV)
    reader = sign_in(gateway, "reader@example.org")
    assert NEXT in reader.get(PATH)
    assert "meetings/next" not in reader.get(PATH)
    token = reader.get("/queue/account").split('name="csrf_token" value="')[1].split('"')[0]
    assert reader.http.post(f"{PATH}/meetings/next", data={"csrf_token": token}).status_code == 403
    assert meetings(gateway) == []


def test_the_meeting_that_a_digest_announces_has_a_row(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.clock.moment = MONDAY
    assert send_due_digests(gateway.deployment) == 2
    assert meetings(gateway) == [NEXT]
