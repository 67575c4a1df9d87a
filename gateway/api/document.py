"""The description of the API: `/api/v1/openapi.json` (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from flows.triage import Urgency
from gateway.api.authentication import api
from gateway.api.pages import MOST, USUAL
from gateway.api.problems import Problem
from storage.concerns.webhooks import Told
from storage.enumerations import ConcernState
from storage.people.api_tokens import Scope

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
OR_NONE: Json = {"type": ["string", "null"]}
MOMENT: Json = {"type": "string", "format": "date-time"}


@api.get("/openapi.json")
def openapi() -> Response:
    """The description. It is open to everybody, as it holds no data."""
    return jsonify(DOCUMENT)


@api.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@api.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(rest: str = "") -> Response:  # noqa: ARG001 - the address does not matter
    """404 for an address or a method that the API does not have."""
    raise Problem(404, "the API has no such address or method: see /api/v1/openapi.json")


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Json, description: str, kind: str = "application/json") -> Json:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _list_of(name: str) -> Json:
    return _object(data={"type": "array", "items": _ref(name)}, next=OR_NONE)


PROBLEMS = {
    str(status): _json(_ref("Problem"), description, "application/problem+json")
    for status, description in (
        (400, "Something in the request is not understood"),
        (401, "No such token"),
        (403, "The token has not the scope"),
        (404, "Not there, or not of the token's area"),
        (429, "Too many requests"),
    )
}


def _operation(id: str, summary: str, scope: Scope, answer: Json, parameters: list[Json] | None = None) -> Json:
    return {
        "operationId": id,
        "summary": summary,
        "security": [{"token": []}],
        "description": f"Scope `{scope}`.",
        "parameters": parameters or [],
        "responses": {"200": answer, **PROBLEMS},
    }


def _query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


FILTERS = [
    _query("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, "Entries of a page"),
    _query("cursor", TEXT, "From the `next` link of the page before"),
    _query("commune", TEXT, "Code of a commune"),
    _query("category", TEXT, "Id of a category of the country pack"),
    _query("urgency", {"type": "string", "enum": list(Urgency)}, "How urgent"),
    _query("state", {"type": "string", "enum": list(ConcernState)}, "Where it stands"),
    _query("since", MOMENT, "The moment since which it was received"),
]
WEBHOOK_ADDED: Json = {
    **_operation("addWebhook", "Makes a webhook; its secret is told once", Scope.WEBHOOKS, {}),
    "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("NewWebhook")}}},
    "responses": {
        "201": _json(
            {"allOf": [_ref("Webhook"), _object(secret={"type": "string", "pattern": "^whsec_"})]}, "The new webhook"
        ),
        **PROBLEMS,
        "409": _json(_ref("Problem"), "The token has as many as it may", "application/problem+json"),
    },
}
WEBHOOK_DELETED: Json = {
    **_operation("deleteWebhook", "Ends a webhook", Scope.WEBHOOKS, {}),
    "parameters": [_path("id", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1})],
    "responses": {"204": {"description": "It is told nothing more"}, **PROBLEMS},
}
SCHEMAS: Json = {
    "Concern": _object(
        reference=TEXT, received_at=MOMENT, channel=TEXT, commune=OR_NONE, place=OR_NONE, category=OR_NONE,
        kind=OR_NONE, urgency=OR_NONE, state={"type": "string", "enum": list(ConcernState)}, committee=OR_NONE,
        needs_review={"type": "boolean"},
    ),
    "Committee": _object(
        code=TEXT, name=TEXT, level=TEXT, area=TEXT, above=OR_NONE, installed={"type": "boolean"}, installed_on=OR_NONE,
    ),
    "Webhook": _object(
        id={"type": "integer"}, url=TEXT, events={"type": "array", "items": {"type": "string", "enum": list(Told)}},
        created_at=MOMENT, failed_tries={"type": "integer"}, stopped_at=OR_NONE,
    ),
    "NewWebhook": _object(
        url={"type": "string", "pattern": "^https://", "maxLength": 500},
        events={"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(Told)}},
    ),
    "Event": _object(
        type={"type": "string", "enum": list(Told)}, timestamp=MOMENT,
        data=_object(reference=TEXT, commune=OR_NONE, category=TEXT, state=TEXT),
    ),
    "Problem": _object(title=TEXT, status={"type": "integer"}, detail=TEXT),
}  # fmt: skip
DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "CCS gateway",
        "version": "1",
        "description": "What a token's area and scopes allow; nothing sensitive, nobody's words, nobody's number.",
    },
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}, "schemas": SCHEMAS},
    "paths": {
        "/api/v1/concerns": {
            "get": _operation(
                "listConcerns",
                "Concerns, the newest first",
                Scope.CONCERNS,
                _json(_list_of("Concern"), "A page"),
                FILTERS,
            )
        },
        "/api/v1/concerns/{reference}": {
            "get": _operation(
                "getConcern", "One concern", Scope.CONCERNS, _json(_ref("Concern"), "It"), [_path("reference", TEXT)]
            )
        },
        "/api/v1/committees": {
            "get": _operation(
                "listCommittees", "Installed committees", Scope.COMMITTEES, _json(_list_of("Committee"), "All of them")
            )
        },
        "/api/v1/committees/{code}": {
            "get": _operation(
                "getCommittee",
                "One committee, with its next meeting",
                Scope.COMMITTEES,
                _json({"allOf": [_ref("Committee"), _object(next_meeting_at=OR_NONE)]}, "It"),
                [_path("code", TEXT)],
            )
        },
        "/api/v1/webhooks": {
            "get": _operation("listWebhooks", "Webhooks", Scope.WEBHOOKS, _json(_list_of("Webhook"), "All of them")),
            "post": WEBHOOK_ADDED,
        },
        "/api/v1/webhooks/{id}": {"delete": WEBHOOK_DELETED},
    },
    "webhooks": {
        kind.value: {
            "post": {
                "summary": "Signed as Standard Webhooks describes it; at least once, in order",
                "requestBody": {"content": {"application/json": {"schema": _ref("Event")}}},
                "responses": {"2XX": {"description": "Taken; anything else is told again, for three days"}},
            }
        }
        for kind in Told
    },
}
