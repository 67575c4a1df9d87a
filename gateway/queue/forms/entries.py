"""Cleans the fields of the queue's forms and the arguments of its addresses before a page reads them."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from config.clean_text import clean_text
from gateway.queue.blueprint import queue

SECRETS = ("password", "old", "new")
"""Fields that hold a password. They are not cleaned."""


@queue.before_request
def _clean_entries() -> None:
    request.form = _cleaned(request.form)
    request.args = _cleaned(request.args)


def _cleaned(entered: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    pairs = entered.items(multi=True)
    return ImmutableMultiDict((name, value if name in SECRETS else clean_text(value)) for name, value in pairs)
