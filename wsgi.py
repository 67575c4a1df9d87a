"""The web process: `python wsgi.py` serves; `wsgi:app` is the application for another WSGI server.

Another server has to limit slow senders, and to drop header names with underscores, by itself (docs/security.md).
"""

import sys

from config.pack import PackError
from config.settings import SettingsError, load_settings
from gateway.app import create_app
from gateway.server.overload import BusyScreens
from gateway.server.serve import serve

try:
    settings = load_settings()
    app = create_app(settings)
except (SettingsError, PackError) as error:
    sys.exit(str(error))

if __name__ == "__main__":
    pack = app.extensions["deployment"].pack
    serve(app, settings, BusyScreens(settings.webhook_token, app.extensions["providers"], pack))
