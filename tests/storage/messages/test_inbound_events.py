import threading

from sqlalchemy import func, select

from storage.insert_once import insert_once
from storage.messages.inbound_events import first_time
from storage.tables.messages import Digest, InboundEvent
from tests.support.gateway import Gateway


def test_a_row_goes_in_once_and_the_second_time_it_is_known(gateway: Gateway) -> None:
    for expected in (True, False, False):
        with gateway.deployment.database.write() as transaction:
            row = {"committee": "ml-segou", "period": "week-2026-W48", "sent_at": gateway.clock()}
            assert insert_once(transaction, Digest, **row) is expected


def test_of_many_at_once_one_is_first(gateway: Gateway) -> None:
    start = threading.Barrier(6)
    first: list[bool] = []

    def come() -> None:
        start.wait()
        with gateway.deployment.database.write() as transaction:
            first.append(first_time(transaction, gateway.deployment.vault, "p", "sms", "1", now=gateway.clock()))

    threads = [threading.Thread(target=come) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(first) == [False] * 5 + [True]
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalar(select(func.count()).select_from(InboundEvent)) == 1
