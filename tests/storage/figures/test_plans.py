"""With years of sums behind it, the dashboard reads the days of its period by an index."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.concerns.access import Access
from storage.database import Database
from storage.enumerations import MessageState
from storage.figures.concerns import SUMMED, backlog, by_commune, by_week
from storage.figures.delays import MOST_DELAYS, delays
from storage.figures.layout import layout_of
from storage.figures.scope import Scope
from storage.figures.sms import sms_by_state
from storage.figures.summed_days import summed_days
from storage.tables.base import Base
from storage.tables.sums import CommuneSum, ConcernSum, DayChange, SmsSum, SummedDay
from tests.support.gateway import A_TUESDAY
from tests.support.queries import plans

DAY = timedelta(days=1)
MIDNIGHT = A_TUESDAY.replace(hour=0)
DAYS, AREAS, CATEGORIES = 1000, ("ml", "ml-bamako", "ml-kayes"), ("theft", "disaster", "lighting", "fight")
INDEXES = ("pk_concern_sums", "pk_commune_sums", "pk_sms_sums", "ix_day_changes_at", "sqlite_autoindex")


@pytest.fixture
def summed(database_address: str, pack: Pack) -> Iterator[Database]:
    """Sums of a thousand days, and many marks of today."""
    database = Database(database_address.replace("postgresql://", "postgresql+psycopg://"))
    begins = [MIDNIGHT - DAY * number for number in range(1, DAYS + 1)]
    counts = dict.fromkeys((*SUMMED, "open_emergencies"), 1)
    cells = [{"area": area, "begins_at": at, "category": of} for at in begins for area in AREAS for of in CATEGORIES]
    rows: dict[type[Base], list[dict[str, Any]]] = {
        SummedDay: [
            {"begins_at": at, "ends_at": at + DAY, "layout": layout_of(pack).fingerprint, "version": 1, "summed_at": at}
            for at in begins
        ],
        ConcernSum: [cell | counts | {"waits": {"answer": {"200": 1}}} for cell in cells],
        CommuneSum: [
            {"begins_at": at, "category": of, "communes": {"ml-kayes": 1}} for at in begins for of in CATEGORIES
        ],
        SmsSum: [cell | {"state": MessageState.SENT, "currency": "XOF", "count": 1, "price": 10} for cell in cells],
        DayChange: [{"at": MIDNIGHT + timedelta(seconds=number)} for number in range(1000)],
    }
    with database.write() as transaction:
        for table, values in rows.items():
            transaction.execute(insert(table), values)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    yield database
    database.close()


@pytest.mark.parametrize("area", ["ml", "ml-bamako"])
def test_the_sums_of_a_period_are_read_by_an_index(summed: Database, pack: Pack, area: str) -> None:
    since, until = MIDNIGHT - 90 * DAY, MIDNIGHT + DAY
    ends = [until - 7 * DAY * number for number in range(12, -1, -1)]
    access = Access() if area == "ml" else Access(pack.communes_under(area))
    scope = Scope(access, since, until, summed=area)

    def look(transaction: Transaction) -> None:
        days = summed_days(transaction, layout_of(pack))
        shares = days.shares(since, until, ends)
        assert len(shares.days) == 90
        assert shares.live == ((MIDNIGHT, until),)
        by_week(transaction, scope, shares, ends)
        by_commune(transaction, scope, shares)
        delays(transaction, scope, shares, ends, MOST_DELAYS + 1, 0)
        sms_by_state(transaction, scope, shares)
        backlog(transaction, scope, days, A_TUESDAY, (DAY, 7 * DAY))

    read = plans(summed, look)
    of_sums = [plan for plan in read if "_sums" in plan or "day_changes" in plan]
    assert len(of_sums) == 6, read
    for plan in of_sums:
        assert any(index in plan for index in INDEXES), plan
        assert "Seq Scan on" not in plan.replace("Seq Scan on summed_days", ""), plan
        assert not any(f"SCAN {table}" in plan for table in ("concern_sums", "commune_sums", "sms_sums")), plan
    live = [plan for plan in read if "concerns" in plan]
    assert live
    assert not any("Seq Scan on concerns" in plan or "SCAN concerns\n" in plan for plan in live), live
