"""The deployment of the Flask application that answers the current request, and who calls."""

from __future__ import annotations

from flask import current_app, request

from gateway.runtime.addresses import caller_of
from gateway.runtime.deployment import Deployment


def deployment() -> Deployment:
    """The deployment of the application that answers the current request."""
    current: Deployment = current_app.extensions["deployment"]
    return current


def caller() -> str:
    """Returns the caller's address: behind trusted proxies, the last address that is not one of theirs."""
    forwarded_for = request.headers.get("X-Forwarded-For", "")
    return caller_of(request.remote_addr or "", forwarded_for, deployment().settings.trusted_proxies)
