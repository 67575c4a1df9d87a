"""The registry of committees for programs, with what was decided here."""

from __future__ import annotations

from flask import Response, g, jsonify
from sqlalchemy import select

from gateway.api.authentication import api, needs
from gateway.api.problems import Problem
from gateway.committees.rights import lies_in
from gateway.runtime.current import deployment
from storage.committees.committees import next_meeting_at
from storage.people.api_tokens import Scope
from storage.tables.committees import Committee


@api.get("/committees")
@needs(Scope.COMMITTEES)
def committees() -> Response:
    """All installed committees of the token's area; there are few, and they come on one page."""
    with deployment().database.read() as transaction:
        rows = transaction.scalars(select(Committee).where(Committee.installed).order_by(Committee.code)).all()
    return jsonify({"data": [_shown(row) for row in rows if _is_seen(row)], "next": None})


@api.get("/committees/<code>")
@needs(Scope.COMMITTEES)
def one_committee(code: str) -> Response:
    """One committee, with its next meeting if it meets."""
    here = deployment()
    with here.database.read() as transaction:
        committee = transaction.get(Committee, code)
        if committee is None or not _is_seen(committee):
            raise Problem(404, "no such committee, or not of this token's area")
        meets_at = next_meeting_at(transaction, here.pack, committee, here.now()) if committee.installed else None
    return jsonify({**_shown(committee), "next_meeting_at": meets_at.isoformat() if meets_at else None})


def _is_seen(committee: Committee) -> bool:
    return lies_in(deployment().pack, committee.area, g.token.area)


def _shown(committee: Committee) -> dict[str, object]:
    return {
        "code": committee.code,
        "name": committee.name,
        "level": committee.level,
        "area": committee.area,
        "above": committee.above,
        "installed": committee.installed,
        "installed_on": committee.installed_on.isoformat() if committee.installed_on else None,
    }
