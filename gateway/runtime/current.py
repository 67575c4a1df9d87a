"""The deployment of the Flask application that answers the current request."""

from __future__ import annotations

from flask import current_app

from gateway.runtime.deployment import Deployment


def deployment() -> Deployment:
    current: Deployment = current_app.extensions["deployment"]
    return current
