"""The first report of a number is written with one statement; a number that becomes known meanwhile loses nothing."""

from sqlalchemy import select

from storage.enumerations import Work
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import FiledSession, OutboxRow
from storage.tables.people import Contact
from tests.support.gateway import Gateway
from tests.support.phones import Phone, reference_in
from tests.support.queries import asked_queries

REPORT = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier")
ANSWERABLE, ANONYMOUS = "1", "2"


def at_the_end_of_a_report(gateway: Gateway, answerable: str = ANSWERABLE) -> Phone:
    """A newcomer's phone on which only the last input is missing."""
    phone = Phone("+22370001001", gateway.app.test_client(), gateway.hook("ussd"), gateway.hook("sms"))
    phone.dial()
    phone.type(*REPORT, answerable)
    return phone


def test_all_rows_of_a_first_report_belong_together(gateway: Gateway) -> None:
    phone = at_the_end_of_a_report(gateway)
    with asked_queries(gateway.deployment.database) as asked:
        phone.type("1")
    written = [statement for statement in asked if "INSERT INTO" in statement]
    assert len(written) == (5 if gateway.deployment.database.is_sqlite else 1)
    with gateway.deployment.database.read() as transaction:
        concern, contact = transaction.scalars(select(Concern)).one(), transaction.scalars(select(Contact)).one()
        event, work = transaction.scalars(select(ConcernEvent)).one(), transaction.scalars(select(OutboxRow)).one()
        filed = transaction.scalars(select(FiledSession)).one()
    assert concern.reference == reference_in(phone.screen)
    assert (concern.contact_id, concern.without_number, concern.version) == (contact.id, False, 1)
    assert (contact.usual_place, contact.reports_that_day) == ("ml-bamako-commune-iv|Lafiabougou", 1)
    assert contact.msisdn_sealed is not None
    assert (event.concern_id, event.actor, event.what) == (concern.id, "citizen", "received")
    assert event.detail == {"channel": "ussd"}
    assert (work.work, work.subject_id, work.due_at) == (Work.TRIAGE, concern.id, concern.received_at)
    assert (filed.concern_id, filed.is_over) == (concern.id, False)


def test_an_anonymous_first_report_names_no_contact_and_keeps_no_number(gateway: Gateway) -> None:
    at_the_end_of_a_report(gateway, ANONYMOUS).type("1")
    with gateway.deployment.database.read() as transaction:
        concern, contact = transaction.scalars(select(Concern)).one(), transaction.scalars(select(Contact)).one()
    assert (concern.contact_id, concern.without_number) == (None, True)
    assert (contact.msisdn_sealed, contact.usual_place) == (None, None)
    assert contact.created_at.time().isoformat() == "00:00:00"


def test_a_number_that_reported_in_another_session_meanwhile_is_counted_twice(gateway: Gateway) -> None:
    first, second = at_the_end_of_a_report(gateway), at_the_end_of_a_report(gateway)
    assert "CCS-" in second.type("1")
    assert "CCS-" in first.type("1")
    with gateway.deployment.database.read() as transaction:
        contact = transaction.scalars(select(Contact)).one()
        concerns = transaction.scalars(select(Concern)).all()
    assert [concern.contact_id for concern in concerns] == [contact.id, contact.id]
    assert contact.reports_that_day == 2
