"""What the last screen tells of the committee comes from memory, and is right from the moment that it changes."""

from datetime import UTC, datetime

from storage.committees.committees import next_meeting
from storage.committees.meetings import move_meeting
from storage.committees.registry import close_committee
from storage.tables.committees import Committee
from tests.support.gateway import Gateway
from tests.support.queries import asked_queries

HEARS_LAFIABOUGOU = "ml-bamako-commune-iv"


def test_a_second_report_asks_no_table_of_the_registry(gateway: Gateway) -> None:
    gateway.phone("+22370001951").report()
    with asked_queries(gateway.deployment.database) as asked:
        gateway.phone("+22370001952").report()
    assert any("registry_version" in statement for statement in asked)
    assert [statement for statement in asked if "committees" in statement or "meetings" in statement] == []


def test_a_meeting_that_was_moved_is_told_at_once(gateway: Gateway) -> None:
    phone = gateway.phone("+22370001951")
    phone.report()
    assert "Prochaine réunion du comité : 03/12" in phone.screen
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, HEARS_LAFIABOUGOU)
        meeting = next_meeting(transaction, gateway.deployment.pack, committee, gateway.clock())
        move_meeting(transaction, meeting, datetime(2026, 12, 5, 9, tzinfo=UTC), gateway.clock())
    other_phone = gateway.phone("+22370001952")
    other_phone.report()
    assert "Prochaine réunion du comité : 05/12" in other_phone.screen


def test_a_committee_that_was_closed_hears_no_report_any_more(gateway: Gateway) -> None:
    phone = gateway.phone("+22370001951")
    phone.report()
    with gateway.deployment.database.write() as transaction:
        meeting = next_meeting(
            transaction, gateway.deployment.pack, transaction.get_one(Committee, HEARS_LAFIABOUGOU), gateway.clock()
        )
        move_meeting(transaction, meeting, datetime(2026, 12, 29, 9, tzinfo=UTC), gateway.clock())
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, HEARS_LAFIABOUGOU)
        close_committee(transaction, gateway.deployment.pack, committee, gateway.clock())
    other_phone = gateway.phone("+22370001952")
    other_phone.report()
    assert "Prochaine réunion du comité : 03/12" in other_phone.screen  # of the committee above
