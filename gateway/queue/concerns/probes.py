"""Counts the unknown references and ids that a signed-in person opens: they are audited, and too many get a 429."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from gateway.queue.login import PageRefused, login, refused
from gateway.queue.sign_in import TOLD_AT
from gateway.runtime.current import deployment
from gateway.runtime.rate_limits import RateLimit
from gateway.translations import _
from storage.safety.audit import write_line

HOUR = 3600
MOST = 10
"""Unknown references within an hour. After that the refusal is a 429, which the server sends late."""


class ReferenceUnknown(PageRefused):
    """Ends a view and its transaction: no such reference, or the person may not see it. Both get the same answer."""

    def __init__(self) -> None:
        super().__init__(_("Référence inconnue, ou hors de votre zone."))


@login.app_errorhandler(PageRefused)
def _refuse(refusal: PageRefused) -> Response:
    """The page that says why. Unknown concerns, items, meetings, recommendations and SMS are counted together."""
    in_vain = refusal.status == 404 and "administrator" in g and _count_in_vain() > MOST
    return refused(refusal.why, 429 if in_vain else refusal.status)


def _count_in_vain() -> int:
    """Counts one more unknown reference of this person within the hour; audits the 1st, 10th, 100th …"""
    here = deployment()
    count = here.rate_limits.count(RateLimit(f"references-in-vain:{g.administrator.id}", HOUR, MOST))
    if count in TOLD_AT:
        with here.database.write() as transaction:
            write_line(transaction, here.now(), g.administrator.email, "reference_unknown", tries=count)
    return count
