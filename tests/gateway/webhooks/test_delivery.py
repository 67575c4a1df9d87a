"""Delivery reports: late, repeated, out of order, or about unknown messages; a state never goes back."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.enumerations import MessageState
from storage.messages.listing import send_again
from storage.messages.outbound import OutboundSms, advance_state, queue_message
from storage.messages.receipts import early_receipts, take_receipt
from storage.people.contacts import ensure_contact
from storage.tables.messages import Message, Receipt
from tests.support.gateway import Gateway

CITIZEN = "+22370001001"


def sent_message(gateway: Gateway, state: MessageState = MessageState.SENT, id: str | None = "ATXid_1") -> int:
    """Stores a message as the sender leaves it."""
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        contact = ensure_contact(transaction, deployment.vault, CITIZEN, gateway.clock())  # type: ignore[arg-type]
        message = queue_message(
            transaction, deployment.vault, deployment.pack, OutboundSms("k", contact, "text"), gateway.clock()
        )
        assert message
        message.state, message.provider, message.provider_message_id = state, "africastalking", id
        return message.id


def report(gateway: Gateway, status: str | None, **more: str) -> int:
    form = {"id": "ATXid_1", "status": status, "phoneNumber": CITIZEN, "networkCode": "61001", "retryCount": "0"} | more
    sent = {name: value for name, value in form.items() if value is not None}
    return gateway.http.post(gateway.hook("delivery"), data=sent).status_code


def message(gateway: Gateway, id: int) -> Message:
    with gateway.deployment.database.read() as transaction:
        return transaction.get_one(Message, id)


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        (["Sent"], "sent"),
        (["Submitted"], "sent"),
        (["Buffered"], "sent"),
        (["Success"], "delivered"),
        (["Rejected"], "failed"),
        (["Failed"], "failed"),
        (["Expired"], "failed"),
        (["AbsentSubscriber"], "failed"),
        (["Success", "Sent"], "delivered"),
        (["Success", "Success"], "delivered"),
        (["Failed", "Success"], "failed"),
        (["Success", "Failed"], "delivered"),
        (["Buffered", "Submitted", "Success", "Buffered"], "delivered"),
    ],
)
def test_reports_move_a_message_on_and_never_back(gateway: Gateway, reports: list[str], state: str) -> None:
    id = sent_message(gateway)
    for status in reports:
        assert report(gateway, status) == 200
    assert message(gateway, id).state == state


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_report_that_changes_nothing_does_not_wait_for_writers(gateway: Gateway) -> None:
    sent_message(gateway)
    with gateway.deployment.database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")  # as another process does that writes
        assert report(gateway, "Sent") == 200
        assert report(gateway, "Success") == 503
        driver.execute("ROLLBACK")


def test_a_failure_keeps_the_providers_reason(gateway: Gateway) -> None:
    id = sent_message(gateway)
    report(gateway, "Failed", failureReason="UserInBlackList")
    assert message(gateway, id).reason == "UserInBlackList"


def test_a_report_of_an_unknown_message_is_kept_once_and_answered_200(gateway: Gateway) -> None:
    for _ in range(3):
        assert report(gateway, "Success", id="ATXid_unknown") == 200
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Receipt)) == 1


def test_a_receipt_settles_a_message_whose_id_never_came(gateway: Gateway) -> None:
    """The provider accepted the message and its answer was lost: nothing is sent twice."""
    id = sent_message(gateway, MessageState.UNCERTAIN, id=None)
    report(gateway, "Success", id="ATXid_late")
    assert message(gateway, id).state == MessageState.DELIVERED
    gateway.clock.forward(minutes=15)
    gateway.work()
    assert gateway.inbox(CITIZEN) == []


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"status": None}, "status is missing"),
        ({"id": ""}, "id is missing"),
        ({"id": "x" * 300}, "id is longer than"),
    ],
)
def test_a_report_that_cannot_be_understood_is_400_and_changes_nothing(
    gateway: Gateway, changed: dict[str, str | None], refusal: str
) -> None:
    id = sent_message(gateway)
    form = {"id": "ATXid_1", "status": "Success", "phoneNumber": CITIZEN} | changed
    sent = {name: value for name, value in form.items() if value is not None}
    answer = gateway.http.post(gateway.hook("delivery"), data=sent)
    assert answer.status_code == 400
    assert answer.text.startswith(refusal)
    assert message(gateway, id).state == MessageState.SENT


@pytest.mark.parametrize("first", ["id", "receipt"])
def test_a_receipt_at_the_moment_when_its_id_is_written_down_is_not_missed(gateway: Gateway, first: str) -> None:
    """Two transactions, neither of which sees what the other has not committed yet."""
    id = sent_message(gateway, MessageState.SENDING, None)
    database, held = gateway.deployment.database, threading.Event()
    receipt = Receipt(
        provider="africastalking", provider_message_id="ATXid_1", state=MessageState.FAILED, reason="x",
        received_at=gateway.clock(),
    )  # fmt: skip

    def note(wait: float) -> None:
        with database.write() as transaction:
            row = transaction.get_one(Message, id)
            row.state, row.provider_message_id = MessageState.SENT, "ATXid_1"
            for early in early_receipts(transaction, row):
                advance_state(row, early.state, gateway.clock(), early.reason)
            held.set()
            time.sleep(wait)

    def take(wait: float) -> None:
        with database.write() as transaction:
            take_receipt(transaction, receipt)
            held.set()
            time.sleep(wait)

    slow, quick = (note, take) if first == "id" else (take, note)
    thread = threading.Thread(target=slow, args=(0.3,))
    thread.start()
    assert held.wait(10)
    quick(0)
    thread.join(10)
    assert message(gateway, id).state is MessageState.FAILED


def test_the_late_failure_of_a_first_attempt_does_not_settle_the_second(gateway: Gateway) -> None:
    id = sent_message(gateway)
    report(gateway, "Failed")
    with gateway.deployment.database.write() as transaction:
        assert send_again(transaction, gateway.deployment.pack, id, gateway.clock())
        # Its answer is lost: a receipt of an id that nobody knows would settle it.
        row = transaction.get_one(Message, id)
        row.state, row.provider = MessageState.UNCERTAIN, "africastalking"
    report(gateway, "Expired")
    assert message(gateway, id).state is MessageState.UNCERTAIN
    report(gateway, "Success", id="ATXid_2")
    assert message(gateway, id).state is MessageState.DELIVERED
