"""The API's blueprint and its authentication: a bearer token with the scope that a resource requires."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from gateway.abuse.brute_force import BruteForceGuard
from gateway.api.problems import Problem, answered
from gateway.committees.rights import access_in
from gateway.runtime.addresses import counted_as
from gateway.runtime.current import caller, deployment
from gateway.runtime.deployment import Deployment
from gateway.runtime.rate_limits import RateLimit
from storage.enumerations import Role
from storage.people.administrators import RIGHTS
from storage.people.api_tokens import Scope, find_token, note_use
from storage.safety.audit import write_line
from storage.tables.api import ApiToken

api = Blueprint("api", __name__, url_prefix="/api/v1")
View = Callable[..., Any]
MOST_A_MINUTE = 600
"""Requests of one token in a minute."""
LONGEST_TOKEN = 200


def needs(scope: Scope) -> Callable[[View], View]:
    """Decorator: admits tokens with a scope. Sets `g.token` and `g.access`, which never includes anything sensitive.

    The view raises `Problem` for other callers: 401, 403, or 429 for too many tries or requests.
    """

    def register(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.token = _token()
            if scope not in g.token.scopes:
                raise Problem(403, f"this token has not the scope {scope}")
            g.access = access_in(deployment().pack, g.token.area, RIGHTS[Role.OBSERVER])
            return view(*args, **kwargs)

        return guarded

    return register


def _token() -> ApiToken:
    here = deployment()
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    guard: BruteForceGuard = current_app.extensions["brute_force_guard"]
    token = None
    if kind.lower() == "bearer" and given and len(given) <= LONGEST_TOKEN:
        with here.database.read() as transaction:
            token = find_token(transaction, here.vault, given.strip())
    if token is None or token.area not in here.pack.areas:
        # Only wrong tokens count: a right one is served, whatever others guess from the same address.
        if guard.missed(counted_as(caller())):
            raise Problem(429, "too many wrong tokens from here: wait a minute")
        raise Problem(401, "no such token: give one as `Authorization: Bearer …`")
    if here.rate_limits.is_over(RateLimit(f"api:{token.id}", 60, MOST_A_MINUTE)):
        raise Problem(429, f"more than {MOST_A_MINUTE} requests in a minute")
    if token.used_on != here.now().date():
        _note_use(here, token, given.strip())
    return token


def _note_use(here: Deployment, token: ApiToken, given: str) -> None:
    """Audits the first use of a day. A line for every use would fill the audit."""
    with here.database.write() as transaction:
        kept = transaction.get_one(ApiToken, token.id, with_for_update=True)
        if note_use(here.vault, kept, given, here.now()):
            write_line(transaction, here.now(), f"token {token.name}", "token_used", area=token.area)


@api.errorhandler(Problem)
def _problem(problem: Problem) -> Response:
    return answered(problem)


@api.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    return answered(Problem(error.code or 500, error.name))
