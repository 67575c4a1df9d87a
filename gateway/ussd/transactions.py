"""The one write transaction of a USSD request, opened when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from types import TracebackType

from sqlalchemy import Connection
from sqlalchemy.orm import Session as Transaction

from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from storage.connection import connection_of
from storage.people.contacts import find_contact
from storage.sessions.callers import FirstLook, first_look
from storage.tables.people import Contact


class RequestTransactions:
    """A request reads in one transaction until it writes; from then on it reads and writes in another.

    What a session begins with is one query, which needs no transaction.
    """

    def __init__(self, deployment: Deployment, request: UssdRequest) -> None:
        self._d, self._request = deployment, request
        self._stack = ExitStack()
        self._open: Transaction | None = None
        self._contact: Contact | None = None
        self._first_look: FirstLook | None = None
        self._writes = False

    def __enter__(self) -> RequestTransactions:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, at)

    def first_look(self) -> FirstLook:
        """Returns what was known of the session's key and its caller when the request began."""
        if self._first_look is None:
            with nullcontext(connection_of(self._open)) if self._open else self._d.database.look() as connection:
                self._first_look = first_look(connection, self._d.vault, self._request.key)
        return self._first_look

    def reading(self) -> Transaction:
        """Returns the open transaction; opens one for reading if there is none."""
        return self._open or self._begin(writes=False)

    def writing(self) -> Transaction:
        """Returns the transaction that is committed when the request ends."""
        if self._open is not None and self._writes:
            return self._open
        self._stack.close()
        return self._begin(writes=True)

    @contextmanager
    def writing_prepared(self) -> Iterator[Connection]:
        """A connection for the statements of one report (`Database.write_prepared`).

        They belong to the request's transaction if there is one; otherwise they are committed when this returns.
        """
        if self._open is None:
            with self._d.database.write_prepared() as connection:
                yield connection
        else:
            transaction = self.writing()
            transaction.flush()
            yield connection_of(transaction)

    def contact(self) -> Contact | None:
        """Returns the caller's contact, if there is one; it is looked up once in each transaction."""
        if self._contact is None:
            self._contact = find_contact(self.reading(), self._d.vault, self._request.msisdn)
        return self._contact

    def _begin(self, writes: bool) -> Transaction:
        begin = self._d.database.write if writes else self._d.database.read
        self._open, self._contact, self._writes = self._stack.enter_context(begin()), None, writes
        return self._open
