"""A refused form comes back on its own page, as the page is now, with the reason and everything that was typed.

`came_back` works for every form of every page: it renders the page, finds the form that the request sent and fills it
in. A template needs nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app, flash, render_template
from lxml import html
from lxml.html import HtmlElement
from werkzeug.wrappers import Response

from gateway.committees.refusal_texts import for_page
from gateway.queue.forms.kept import KeptForm, kept_form
from storage.refusals import Refusal, Why

STALE = (Why.STALE, Why.ITEM_GONE, Why.RECOMMENDATION_GONE)
"""The reasons that say: somebody else acted since the page was shown. They get a 409, all others a 422."""
NOT_TYPED = ("hidden", "password", "file", "submit", "button")
"""The types of `<input>` that are left as the page has them."""


def came_back(endpoint: str, *whys: Refusal | str, **arguments: Any) -> Response:
    """The page of `endpoint`, with the reasons and with the sent form filled in. The act was not done.

    Without a reason nothing was refused: the person turned back on a page that asked for a confirmation.
    If the page has this form no longer, because somebody else acted meanwhile, the page shows the typed texts to copy.
    """
    for why in whys:
        flash(why if isinstance(why, str) else for_page(why))
    is_stale = any(isinstance(why, Refusal) and why.why in STALE for why in whys)
    status = 409 if is_stale else 422 if whys else 200
    page = current_app.view_functions[endpoint](**arguments)
    if not isinstance(page, str):
        return cast(Response, page)  # a redirect, or a refusal of the page itself
    kept = kept_form()
    return Response(filled(page, kept) if kept else page, status, content_type="text/html; charset=utf-8")


def filled(page: str, kept: KeptForm) -> str:
    """The HTML of a page with the fields of `kept` in its form, or as texts to copy if it has no such form."""
    root = html.document_fromstring(page)
    typed: dict[str, list[str]] = {}
    for name, value in kept.fields:
        typed.setdefault(name, []).append(value)
    forms = [form for form in root.iter("form") if _is_sent_by(form, kept, typed)]
    for form in forms[:1]:
        for control in _controls(root, form):
            _fill(control, typed.get(control.get("name", ""), []))
    if not forms and kept.written:
        texts = html.fragment_fromstring(render_template("queue/left_over.html", kept=kept))
        root.find(".//main").insert(0, texts)
    return str(html.tostring(root, encoding="unicode", doctype="<!doctype html>"))


def _is_sent_by(form: HtmlElement, kept: KeptForm, typed: dict[str, list[str]]) -> bool:
    """Whether a form leads to the address of `kept`, with the same hidden fields (such as the service of a contact)."""
    buttons = [button.get("formaction") for button in form.iter("button")]
    addresses = [address for address in (form.get("action"), *buttons) if address]
    if form.get("method") != "post" or urlsplit(kept.to).path not in [urlsplit(address).path for address in addresses]:
        return False
    hidden = [field for field in form.iter("input") if field.get("type") == "hidden"]
    ids = [field for field in hidden if field.get("name") not in ("csrf_token", "version")]
    return all(field.get("value", "") in typed.get(field.get("name"), []) for field in ids)


def _controls(root: HtmlElement, form: HtmlElement) -> Iterator[HtmlElement]:
    """The fields of a form, those included that stand outside it and name it."""
    yield from form.iter("input", "textarea", "select")
    if form.get("id"):
        yield from root.xpath("//*[@form=$id]", id=form.get("id"))


def _fill(control: HtmlElement, values: list[str]) -> None:
    kind = control.get("type", "text")
    if control.tag == "select":
        options = list(control.iter("option"))
        if any(option.get("value") in values for option in options):
            for option in options:
                _mark(option, "selected", option.get("value") in values)
    elif kind in ("checkbox", "radio"):
        _mark(control, "checked", control.get("value", "on") in values)
    elif control.tag == "textarea" and values:
        control.text = "\n" + values[0] if values[0].startswith("\n") else values[0]
    elif control.tag == "input" and kind not in NOT_TYPED and values:
        control.set("value", values[0])


def _mark(control: HtmlElement, mark: str, on: bool) -> None:
    control.attrib.pop(mark, None)
    if on:
        control.set(mark, mark)
