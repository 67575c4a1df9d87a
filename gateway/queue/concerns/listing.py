"""The list of concerns: filtered by its address and searched by words. Several can be treated at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from flows.references import read_reference
from gateway.queue.blueprint import queue
from gateway.queue.concerns.filters import ListAddress, read_address
from gateway.queue.concerns.rows import concern_row
from gateway.queue.labels import PERIOD_LABELS
from gateway.queue.login import signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.concerns.listing.filters import Count
from storage.concerns.listing.pages import PAGE, communes_heard, rows_of
from storage.concerns.listing.pages import queue as concerns_page
from storage.concerns.listing.search import search
from storage.messages.alerts import undelivered_among
from storage.safety.audit import write_line
from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of the list.

    `is_whole` is false if the search did not read all concerns.
    """

    concerns: Sequence[Concern]
    count: Count
    is_whole: bool = True

    @property
    def last(self) -> Count:
        """The number of the last page."""
        return Count(max(1, -(-self.count // PAGE)), self.count.is_more)


@queue.get("/concerns")
@signed_in
def listing() -> AnyResponse | str:
    """The list under the filter of its address; a typed reference leads to its concern."""
    here = deployment()
    if typed := request.args.get("reference", "").strip():
        if reference := read_reference(typed):
            return redirect(url_for("queue.concern", reference=reference))
        flash(_("Cette référence est mal écrite : elle est de la forme CCS-7K4R-M3XY."))
    address = read_address(here)
    with here.database.read() as transaction:
        page = _page(here, transaction, address)
        heard = communes_heard(transaction, g.access)
        silent = undelivered_among(transaction, [concern.id for concern in page.concerns])
    with here.database.write() as transaction:
        _note(here, transaction, address, len(page.concerns))
    given: dict[str, Any] = dict(address.given)
    return render_template(
        "queue/listing.html",
        rows=[concern_row(here, concern, silent, given) for concern in page.concerns],
        page=page,
        address=address,
        given=given,
        heard=sorted(here.pack.areas[code].name for code in heard if code in here.pack.areas),
        choices=_choices(here),
    )


def _page(here: Deployment, transaction: Transaction, address: ListAddress) -> ListPage:
    if not address.words:
        listed = concerns_page(transaction, g.access, address.filter)
        return ListPage(listed.concerns, listed.count)
    found = search(transaction, here.vault, g.access, address.filter, address.words)
    rows = rows_of(transaction, g.access, found.ids, address.filter.page)
    return ListPage(rows, Count(len(found.ids)), found.is_whole)


def _note(here: Deployment, transaction: Transaction, address: ListAddress, shown: int) -> None:
    """Writes the line of audit: the filter that somebody used, never the words that they searched for."""
    narrowed = address.filter
    write_line(
        transaction, here.now(), g.administrator.email, "concerns_listed", shown=shown, page=narrowed.page,
        commune=narrowed.commune, category=narrowed.category, searched=bool(address.words),
    )  # fmt: skip


def _choices(here: Deployment) -> dict[str, list[tuple[str, str]]]:
    """The options of the filters for language and period: codes with their labels."""
    languages = [(code, language.name) for code, language in here.pack.languages.items()]
    return {"language": languages, "period": list(PERIOD_LABELS.items())}
