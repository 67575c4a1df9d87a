"""The blueprint that gives pages the templates and the style of charts. It has no pages."""

from flask import Blueprint

charts = Blueprint("charts", __name__, url_prefix="/charts", template_folder="templates", static_folder="static")
