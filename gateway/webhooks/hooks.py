"""The webhooks' blueprint."""

from flask import Blueprint

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
