"""The deployment of the Flask application that answers the current request."""

from __future__ import annotations

from flask import current_app

from gateway.runtime.deployment import Deployment


def deployment() -> Deployment:
    found: Deployment = current_app.extensions["deployment"]
    return found
