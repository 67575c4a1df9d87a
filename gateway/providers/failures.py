"""What a failed request to a provider means for the message: certainly not taken, or perhaps taken."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from gateway.providers.base import NotSent, PerhapsSent

SAYS_NOTHING = frozenset({502, 504, 520, 524})
"""Statuses of a proxy that got no good answer itself: the provider behind it may have taken the message."""

_BEFORE_THE_REQUEST = (
    NewConnectionError,  # refused, unreachable; NameResolutionError is one
    ConnectTimeoutError,
    ProxyError,
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)
_HANDSHAKE = "do_handshake"
"""The function of the module `ssl` in which TLS begins."""


def failure(error: requests.RequestException) -> NotSent | PerhapsSent:
    """Returns what an error means for the message, if no answer came."""
    return PerhapsSent() if may_have_arrived(error) else NotSent("provider not reached", again=True)


def may_have_arrived(error: requests.RequestException) -> bool:
    """Whether a request that failed may have been taken.

    Without a connection, including TLS, nothing was sent; the types of the error's causes show this. After a later
    error (`ProtocolError`, `ReadTimeoutError`) nobody knows.
    """
    return not any(isinstance(cause, _BEFORE_THE_REQUEST) or _in_the_handshake(cause) for cause in _causes(error))


def _in_the_handshake(error: BaseException) -> bool:
    return any(frame.f_code.co_name == _HANDSHAKE for frame, _ in traceback.walk_tb(error.__traceback__))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all its causes: the errors from which it was raised, and those that urllib3 keeps as its reason."""
    waiting, seen = [error], set()
    while waiting:
        cause_ = waiting.pop()
        if id(cause_) in seen:
            continue
        seen.add(id(cause_))
        yield cause_
        behind = (cause_.__cause__, cause_.__context__, getattr(cause_, "reason", None), *cause_.args)
        waiting += [cause for cause in behind if isinstance(cause, BaseException)]
