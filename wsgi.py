"""The web process: `granian --interface wsgi wsgi:app`, or any other WSGI server."""

import sys

from config.pack import PackError
from config.settings import SettingsError, load_settings
from gateway.app import create_app

try:
    app = create_app(load_settings())
except (SettingsError, PackError) as error:
    sys.exit(str(error))
