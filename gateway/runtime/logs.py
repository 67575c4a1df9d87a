"""Logs for people or for machines. No line holds a phone number or a citizen's text.

A message is followed by its ids: `request` names one HTTP request, `concern` and `sms` are rows of the database.
All lines about one report, from its request to the delivery report of the answer, hold the same `concern`.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from config.outside import LARGEST_ID

FIELDS = ("request", "provider", "hook", "concern", "sms", "state", "reason", "milliseconds", "doubtful")
"""What a line may hold beside its text, in the order in which it is shown."""
WORD = re.compile(r"[a-z][a-z_.-]{0,39}")
"""A value from the code: it holds no digit, so it cannot be a phone number."""
_AS_WRITTEN = json.JSONEncoder(ensure_ascii=False)
"""Made once: `json.dumps` would make one for each line."""

_request: ContextVar[str] = ContextVar("request", default="")


@contextmanager
def request_id() -> Iterator[str]:
    """Gives this request a new id, which every line about it holds."""
    token = _request.set(secrets.token_hex(6))
    try:
        yield _request.get()
    finally:
        _request.reset(token)


def log_step(log: logging.Logger, step: str, **fields: object) -> None:
    """Logs one line about a step of a message, as in `log_step(log, "sms sent", concern=4, sms=9)`.

    Raises `ValueError` if a field is unknown, or if its value is neither a count, a bool, None nor a word of the code:
    so no number and no text can get into the logs this way.
    """
    for name, value in fields.items():
        is_plain = value is None or isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= LARGEST_ID)
        if name not in FIELDS or not (is_plain or (isinstance(value, str) and WORD.fullmatch(value))):
            raise ValueError(f"{name} may not be logged")
    log.info(step, extra={"fields": fields})


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Returns the ids and values that belong to a line, in the order of `FIELDS`."""
    fields: dict[str, object] = dict(getattr(record, "fields", {}))
    if request := _request.get():
        fields["request"] = request
    return {name: fields[name] for name in FIELDS if fields.get(name) is not None}


class JsonLines(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line; of an error it holds only the name."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"at": at, "level": record.levelname, "from": record.name}
        line |= {"message": record.getMessage(), **fields_of(record)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return _AS_WRITTEN.encode(line)


class TextLines(logging.Formatter):
    """One line of text with its fields as `name=value`, for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line with its fields at the end."""
        fields = " ".join(f"{name}={value}" for name, value in fields_of(record).items())
        return f"{super().format(record)} {fields}".rstrip()

    def formatException(self, ei: object) -> str:
        """The name of the error alone: its text and its frames can hold what a citizen wrote."""
        return getattr(ei[0], "__name__", "error") if isinstance(ei, tuple) else "error"


def configure_logs(form: str) -> None:
    """Sends logs to standard error, as JSON if `form` is `json`, else as text. Call it once in a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    # What no line shows is not looked up: https://docs.python.org/3/howto/logging.html#optimization.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # RQ logs each job's result and failure in full; ours hold nothing, but what they raise might.
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def innermost(error: BaseException) -> str:
    """Returns file and line of an error, without its text, which can hold what a citizen wrote."""
    trace = error.__traceback__
    where = "?"
    while trace:
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return where
