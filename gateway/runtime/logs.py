"""Logs for people or for machines. Nothing that is logged holds a number or a text."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname, "from": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    def formatException(self, ei: object) -> str:
        """The name of the error alone: its text and its frames can hold what a citizen wrote."""
        return getattr(ei[0], "__name__", "error") if isinstance(ei, tuple) else "error"


def configure_logs(form: str) -> None:
    """To standard error, once a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # RQ logs each job's result and failure in full; ours hold nothing, but what they raise might.
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def innermost(error: BaseException) -> str:
    """File and line of an error without its text, which can hold what a citizen wrote."""
    trace = error.__traceback__
    where = "?"
    while trace:
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return where
