"""`gateway demo`: a half-year that looks like one, and nothing of it goes out."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.local.demo import DemoRefused, fill
from gateway.outbound.digests import send_due_digests
from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import sweep_all
from storage.concerns.concerns import TEXT
from storage.enumerations import MeetingState, MessageState, RecommendationState
from storage.tables.committees import Committee, Meeting, Recommendation, Secretary
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import Message
from storage.tables.people import Contact
from tests.support.gateway import Gateway


def test_the_half_year_is_alive_and_true_and_comes_once(gateway: Gateway) -> None:
    fill(gateway.deployment)
    now = gateway.deployment.now()
    with gateway.deployment.database.read() as transaction:
        concerns = transaction.scalars(select(Concern).order_by(Concern.id)).all()
        texts = [gateway.deployment.vault.open(TEXT, concern.text_sealed or b"") for concern in concerns]
        events = transaction.execute(
            select(ConcernEvent.concern_id, ConcernEvent.at).order_by(ConcernEvent.concern_id, ConcernEvent.id)
        ).all()
        recommendations = transaction.execute(select(Recommendation.holder, Recommendation.state)).all()
        meetings = transaction.execute(
            select(Committee.level, Meeting.state, Meeting.starts_at, Meeting.papers_sealed).join(
                Committee, Committee.code == Meeting.committee
            )
        ).all()
        secretaries = transaction.scalar(select(func.count()).select_from(Secretary))
        want_news = transaction.scalar(select(func.count()).where(Contact.wants_news))
        states = Counter(transaction.scalars(select(Message.state)))
    assert len(set(texts)) == len(texts) == 450
    received = [concern.received_at for concern in concerns]
    assert received == sorted(received)
    assert now - timedelta(days=183) < received[0] < received[-1] < now
    assert {concern.channel for concern in concerns} == {"ussd", "sms"}
    assert len({concern.category for concern in concerns}) > 10
    assert {concern.satisfied for concern in concerns} == {True, False, None}
    assert any(concern.needs_review for concern in concerns)
    history: dict[int, list[object]] = {}
    for concern_id, at in events:
        history.setdefault(concern_id, []).append(at)
    assert all(moments == sorted(moments, key=str) for moments in history.values())
    emergencies = [concern for concern in concerns if concern.urgency == "emergency"]
    assert 10 < len(emergencies) < 60
    *seen, newest = [
        concern.taken_up_at - concern.received_at if concern.taken_up_at else None for concern in emergencies
    ]
    assert newest is None  # it came in a minute ago
    assert all(took is not None and took < timedelta(minutes=15) for took in seen)
    assert now - emergencies[-2].received_at < timedelta(hours=1)
    assert {holder for holder, _ in recommendations} >= {"ml-bamako", "crss", "cnrss"}
    assert {state for _, state in recommendations} == set(RecommendationState)
    past = [meeting for meeting in meetings if meeting.starts_at < now]
    assert all(meeting.state is MeetingState.HELD and meeting.papers_sealed for meeting in past)
    assert {meeting.level for meeting in past} >= {"communal", "regional"}
    assert len(past) > 20
    assert secretaries == 9
    assert want_news == 80
    assert set(states) == {MessageState.DELIVERED, MessageState.FAILED}
    with pytest.raises(DemoRefused, match="holds concerns already"):
        fill(gateway.deployment)


def test_a_worker_that_starts_after_it_sends_nothing_of_it(gateway: Gateway) -> None:
    """What becomes due later, such as the next digests, goes as from any gateway."""
    fill(gateway.deployment)

    def count_messages() -> int | None:
        with gateway.deployment.database.read() as transaction:
            return transaction.scalar(select(func.count()).select_from(Message))

    before, routing = count_messages(), provider_routing(gateway.deployment.settings)
    for hours in (0, 2):
        gateway.clock.forward(hours=hours)
        gateway.work()
        sweep_all(gateway.deployment, routing)
        assert send_due_digests(gateway.deployment) == 0
        assert count_messages() == before
    gateway.clock.forward(days=7)
    assert send_due_digests(gateway.deployment) > 0
