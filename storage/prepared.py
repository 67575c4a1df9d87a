"""Statements that are compiled once and then handed to the database's driver.

SQLAlchemy builds such a statement, converts its values and owns its connection and transaction. Only the work that it
repeats for each execution is left out, which takes several times as long as a short statement itself:
https://docs.sqlalchemy.org/en/20/core/connections.html#working-with-the-dbapi-cursor-directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, FromClause, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as a driver takes it.

    `takes` has the names of its values with the converters of SQLAlchemy's types, and `order` has the
    names in the order of the driver, or nothing if the driver takes them by name. `constants` are values that the
    statement brings itself. `of_results` has the converters of results by their columns.
    """

    sql: str
    takes: tuple[tuple[str, Convert | None], ...]
    order: tuple[str, ...]
    constants: dict[str, Any]
    of_results: tuple[tuple[int, Convert], ...]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The values in the form of the driver."""
        given = {**self.constants, **values} if self.constants else values
        named = {name: convert(given[name]) if convert else given[name] for name, convert in self.takes}
        return [named[name] for name in self.order] if self.order else named

    def results(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[Sequence[Any]]:
        """The driver's rows with the values of Python."""
        if not self.of_results:
            return rows
        converted = [list(row) for row in rows]
        for row in converted:
            for index, convert in self.of_results:
                row[index] = convert(row[index])
        return converted


class Prepared:
    """A statement whose values are `bindparam`s with types. `build` makes it for a dialect, by the dialect's name."""

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Executes the statement; returns its rows, if it has any. Raises `DBAPIError`, as SQLAlchemy itself does."""
        return self._execute(connection, [values], is_many=False)[0]

    def execute_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Executes the statement once for each of `rows`; returns how many rows of the table that changed."""
        return self._execute(connection, rows, is_many=True)[1]

    def _execute(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]], is_many: bool
    ) -> tuple[Sequence[Sequence[Any]], int]:
        """Returns the rows of the result, and how many rows of the table changed."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name) or self._compile(dialect)
        parameters = [compiled.parameters(values) for values in rows]
        for observe in connection.dispatch.before_cursor_execute:
            observe(connection, None, compiled.sql, parameters if is_many else parameters[0], None, is_many)
        driver: Any = connection.connection.driver_connection
        try:
            cursor = driver.cursor()
            if is_many:
                cursor.executemany(compiled.sql, parameters)
            else:
                cursor.execute(compiled.sql, parameters[0])
            results = cursor.fetchall() if cursor.description and not is_many else ()
            return compiled.results(results), cursor.rowcount
        except dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy_error(connection, driver, compiled.sql, error) from error

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Executes the statement; returns its first row, or None if it has none."""
        rows = self.execute(connection, values)
        return rows[0] if rows else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement: Any = self._build(dialect.name)
        compiled = statement.compile(dialect=dialect)
        values = {name: _implementation(bind.type, dialect).bind_processor(dialect) for name, bind in
                  compiled.binds.items()}  # fmt: skip
        results = [_implementation(column.type, dialect).result_processor(dialect, None) for column in
                   statement.exported_columns]  # fmt: skip
        self._compiled[dialect.name] = ready = _Compiled(
            str(compiled),
            tuple(values.items()),
            tuple(compiled.positiontup or ()),
            {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required},
            tuple((index, convert) for index, convert in enumerate(results) if convert),
        )
        return ready


def bound(table: FromClause, *names: str) -> dict[str, BindParameter[Any]]:
    """The values of these columns, each with the name and the type of its column."""
    return {name: bindparam(name, type_=table.c[name].type) for name in names}


def _implementation(column_type: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return column_type.dialect_impl(dialect)


def _as_sqlalchemy_error(connection: Connection, driver: Any, sql: str, error: Any) -> BaseException:
    """The driver's error as SQLAlchemy's own. A connection that is gone leaves the pool."""
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(error, driver, None)
    if is_gone:
        connection.invalidate(error)
    failure: BaseException = DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=is_gone,
        dialect=dialect,
    )  # fmt: skip
    return failure
