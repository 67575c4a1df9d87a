"""Pages for supervision: similar texts from many numbers, and SMS that were not sent."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.abuse.similar_texts import campaigns as found_campaigns
from gateway.queue.blueprint import queue
from gateway.queue.dates import moment
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.queue.sms_labels import message_kind, reason_label
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.enumerations import MessageState
from storage.messages.answer_limits import count_held
from storage.messages.listing import count_states, list_messages, send_again
from storage.safety.audit import write_line
from storage.safety.wrong_references import RISE, count_wrong
from storage.tables.messages import Message

NEVER_AGAIN = ("stopped", "erased")


@queue.get("/campaigns")
@signed_in
def campaigns() -> AnyResponse | str:
    """Similar texts from many numbers within a day."""
    here = deployment()
    rows = found_campaigns(here, g.access, g.administrator.email)
    return render_template("queue/campaigns.html", rows=rows)


@queue.post("/messages/<id:id>/again")
@signed_in
def message_again(id: int) -> AnyResponse:
    """Queues an SMS again that failed."""
    here = deployment()
    if not _may_manage_sms(here):
        return refused(_("Réservé aux administrateurs du pays : un SMS n'est pas d'une zone."), 403)
    with here.database.write() as transaction:
        if transaction.get(Message, id) is None:
            raise PageRefused(_("SMS inconnu."))
        now = here.now()
        goes_at = send_again(transaction, here.pack, id, now)
        done = goes_at is not None
        write_line(transaction, now, g.administrator.email, "message_again", message=id, done=done)
    if goes_at is None:
        flash(_("Ce SMS ne peut pas repartir : il est parti, arrêté ou effacé."))
    elif goes_at > now:
        flash(_("La nuit, ce SMS ne part pas : il repart le %(when)s.", when=moment(here, goes_at)))
    else:
        flash(_("Le SMS repart."))
    here.wake_worker()
    return redirect(url_for("queue.messages"))


def _may_manage_sms(here: Deployment) -> bool:
    return g.rights.manage and bool(g.administrator.area == here.pack.country_area.code)


def _may_send_again(here: Deployment, sms: Message) -> bool:
    """Whether the page offers to send an SMS once more: one that failed, and was not stopped or erased."""
    return _may_manage_sms(here) and sms.state is MessageState.FAILED and sms.reason not in NEVER_AGAIN


@queue.get("/messages")
@signed_in
def messages() -> AnyResponse | str:
    """The outbox: SMS with their states, and figures. It does not show who got them."""
    here = deployment()
    if not g.rights.see_sensitive:
        return refused(_("Réservé aux administrateurs."), 403)
    with here.database.read() as transaction:
        typed_state = request.args.get("state", "")
        state = MessageState(typed_state) if typed_state in set(MessageState) else None
        failed = count_states(transaction).get(MessageState.FAILED.value, 0)
        return render_template(
            "queue/messages.html",
            rows=list_messages(transaction, state),
            state=state,
            failed=failed,
            held=count_held(transaction),
            reason_label=reason_label,
            message_kind=message_kind,
            may_send_again=lambda sms: _may_send_again(here, sms),
            wrong=count_wrong(transaction, here.now()),
            many_wrong=RISE,
        )
