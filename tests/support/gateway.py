"""A gateway for tests: a clock that they set, phones, secretaries and administrators."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from flows.msisdn import Msisdn
from gateway.outbound.citizen_notifications import send_due_notifications
from gateway.outbound.provider_routing import provider_routing
from gateway.runtime.deployment import Deployment
from gateway.simulator.pages import stand_in
from gateway.simulator.standin import PhoneSms, StandIn
from gateway.ussd.progress import write_waiting_progress
from gateway.worker.dispatcher import drain_all
from storage.committees.committees import add_secretary
from storage.enumerations import Role
from storage.people.administrators import add_administrator, hash_password
from storage.people.contacts import ensure_contact
from storage.tables.committees import Committee
from storage.write_group import Turn
from storage.write_queue import own_turn
from tests.support.phones import Phone

TOKEN = "token-of-the-tests-and-of-nothing-else"
SECRET = "secret-of-the-tests-and-of-nothing-else"
PASSWORD = "a password of the tests"
A_TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@cache
def _password_hash() -> str:
    """Computed once: it takes a tenth of a second."""
    return hash_password(PASSWORD)


@dataclass
class Clock:
    """A clock that shows what the test has set."""

    moment: datetime = A_TUESDAY

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Gateway:
    """A gateway in this process, with the phones of its citizens."""

    deployment: Deployment
    app: Flask
    clock: Clock
    http: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.app.test_client()

    @property
    def stand_in(self) -> StandIn:
        with self.app.app_context():
            return stand_in()

    def hook(self, path: str) -> str:
        return f"/hooks/{TOKEN}/africastalking/{path}"

    def phone(self, msisdn: str = "+22370001001") -> Phone:
        return Phone(msisdn, self.http, self.hook("ussd"), self.hook("sms"))

    def secretary(self, committee: str, msisdn: str) -> None:
        """Registers a number as a secretary of a committee."""
        with self.deployment.database.write() as transaction:
            contact = ensure_contact(transaction, self.deployment.vault, Msisdn(msisdn), self.clock())
            add_secretary(transaction, transaction.get_one(Committee, committee), contact, self.clock())

    def first_pin(self, msisdn: str, pin: str = "4711") -> None:
        """Chooses a secretary's first PIN over USSD."""
        phone = self.phone(msisdn)
        phone.dial(self.deployment.pack.service_code)
        phone.type("1", pin)
        assert "ordre du jour" in phone.screen.lower(), phone.screen

    def administrator(self, email: str, role: Role = Role.ADMINISTRATOR, area: str = "ml") -> None:
        password_hash = _password_hash()
        with self.deployment.database.write() as transaction:
            add_administrator(transaction, email, password_hash, role, area, self.clock())

    def work(self) -> None:
        """Does the worker's waiting work in this process, through the real SDK and HTTP.

        Where the worker would wait for a provider's turn, the clock goes on instead.
        """
        routing = provider_routing(self.deployment.settings)
        routing.sleep = lambda seconds: self.clock.forward(seconds=seconds)
        before = own_turn.set(Turn.CHORE)
        try:
            assert drain_all(self.deployment, routing, time.monotonic() + 60)
        finally:
            own_turn.reset(before)

    def waits_for_a_lock(self) -> bool:
        """Whether another writer waits for the transaction that is open."""
        database = self.deployment.database
        if database.is_sqlite:
            return database.writers_waiting > 0
        with database.read() as transaction:
            return bool(transaction.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    def catch_up(self) -> None:
        """What the worker does every few seconds: how far USSD sessions have come is written to the database."""
        write_waiting_progress(self.deployment)

    def undo_is_over(self) -> None:
        """Five minutes pass in which nobody undoes an act of the web queue; then what waited for it goes."""
        self.clock.forward(minutes=5)
        send_due_notifications(self.deployment)
        self.work()

    def inbox(self, msisdn: str) -> list[str]:
        return [sms.text for sms in self.sms(msisdn)]

    def sms(self, msisdn: str) -> list[PhoneSms]:
        return self.stand_in.inbox(msisdn)
