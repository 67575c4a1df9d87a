"""The web process: `granian --interface wsgi wsgi:app`, or any other WSGI server."""

from config.settings import load_settings
from gateway.app import create_app

app = create_app(load_settings())
