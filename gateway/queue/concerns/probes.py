"""References that somebody who signed in opens in vain: they leave a trace, and many slow down."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from gateway.queue.login import login, refused
from gateway.queue.sign_in import TOLD_AT
from gateway.runtime.current import deployment
from gateway.runtime.rate_limits import RateLimit
from storage.safety.audit import write_line

HOUR = 3600
MOST = 10
"""Within an hour; after that the refusal is a 429, which leaves late."""


class ReferenceUnknown(Exception):
    """Ends a view and its transaction: the reference is not there, or not theirs. Both get the same answer."""


@login.app_errorhandler(ReferenceUnknown)
def _refuse(_: ReferenceUnknown) -> Response:
    here = deployment()
    count = here.rate_limits.count(RateLimit(f"references-in-vain:{g.administrator.id}", HOUR, MOST))
    if count in TOLD_AT:
        with here.database.write() as transaction:
            write_line(transaction, here.now(), g.administrator.email, "reference_unknown", tries=count)
    return refused("Référence inconnue, ou hors de votre zone.", 404 if count <= MOST else 429)
