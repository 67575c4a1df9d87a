"""Every form of the web queue that is refused comes back filled: by table, over all routes that take a form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from gateway.committees.agenda_items import lock_item, refer
from gateway.committees.recommendations import recommend
from gateway.queue.forms.entries import SECRETS
from gateway.queue.forms.kept import LABELS
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from storage.tables.people import Administrator, Contact
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import told
from tests.support.gateway import PASSWORD, Gateway

ADMIN, COMMUNE_IV, KALABANCORO = "admin@example.org", "ml-bamako-commune-iv", "ml-koulikoro-kati-kalabancoro"
SECRETARY = "+22370009001"
WITH_NUMBER = "Appelez le 76 00 12 34."


@dataclass(frozen=True)
class Form:
    """A form: its page, the route and last part of its address, and fields that its act refuses."""

    page: str
    route: str
    act: str
    typed: dict[str, str] = field(default_factory=dict)
    is_versioned: bool = False
    status: int = 422
    """Of the refusal. 200: the page answers for itself; 302: the act refuses nothing that a person can type."""


FORMS = (
    Form("/queue/concerns/{reference}", "act", "close", {"answer": WITH_NUMBER}, True),
    Form("/queue/concerns/{reference}", "act", "ask", {"question": WITH_NUMBER * 9}, True),
    Form("/queue/concerns/{reference}", "act", "note", {"note": "a" * 2001}, True),
    Form("/queue/concerns/{reference}", "act", "correct", {"commune": "Atlantide", "place": "rue 12"}, True),
    Form("/queue/concerns", "batch", "concerns", {"answer": WITH_NUMBER, "act": "close", "pick": "{reference} {version}"}),
    Form("/queue/items/{item}", "item_act", "decide", {"said": "a" * 401}, True),
    Form("/queue/items/{item}", "item_act", "recommend", {"said": "a" * 2001}, True),
    Form("/queue/items/{item}", "item_act", "refer", {"to": "police", "until": "2020-01-01"}, True),
    Form("/queue/items/{item}", "item_act", "close", {"said": WITH_NUMBER}, True),
    Form("/queue/items/{item}", "item_act", "describe", {"title": WITH_NUMBER, "summary": "Rue sombre."}, True),
    Form("/queue/items/{item}", "item_act", "score", {"score": "douze", "reason": "Le maire le demande."}, True),
    Form("/queue/items/{referred}", "item_act", "reply", {"said": WITH_NUMBER}, True),
    Form("/queue/committees/{code}/meetings/{meeting}", "meeting_act", "held",
         {"present": "Awa Diarra\nBakary Keita", "excused": "Oumou Traoré", "chaired_by": "Awa Diarra"}),
    Form("/queue/committees/{code}/meetings/{meeting}", "meeting_act", "move", {"to": "2020-01-01T09:00"}),
    Form("/queue/recommendations/{number}", "recommendation_act", "answer", {"said": "a" * 401}, True),
    Form("/queue/recommendations/{number}", "recommendation_act", "decline", {"said": "a" * 401}, True),
    Form("/queue/committees/{expected}", "committee_act", "install", {"on": "demain", "meets": "chaque jeudi"}),
    Form("/queue/committees/{code}", "committee_act", "change",
         {"chair": "Awa Diarra", "meets": "quand on veut", "venue": "Mairie", "digest_weekday": "tuesday"}),
    Form("/queue/committees/{code}/services", "service_contact", "services",
         {"service": "police", "addressee": "", "address": "Rue 12", "phone": "20 22 00 00"}, status=302),
    Form("/queue/people", "people_invite", "invite", {"email": "awa", "role": "observer", "area": "Commune IV"}),
    Form("/queue/people/{person}", "person_act", "role", {"role": "observer", "area": "Atlantide"}),
    Form("/queue/people/secretaries/{code}", "secretary_add", "add", {"number": "12"}),
    Form("/queue/people/secretaries/{code}", "secretary_act", "{secretary}/replace", {"number": "12"}),
    Form("/queue/people/secretaries/{code}", "secretary_act", "{secretary}/invite", {"email": "awa"}),
    Form("/queue/broadcasts", "broadcasts", "broadcasts", {"area": "Commune IV", "text": WITH_NUMBER}),
)  # fmt: skip
"""A field of `typed` that is not in LABELS is a choice or a mark of the form."""
NOTHING_TYPED = {
    "concern_preview", "undo_act", "send_act_now", "plan_meeting", "broadcast_act", "message_again", "account_act",
    "registry_preview", "registry_apply",
}  # fmt: skip
"""Routes whose forms hold nothing that is refused (a preview shows what was typed), or only passwords and codes,
or a file, which a browser sends once."""


@pytest.fixture
def known(gateway: Gateway) -> dict[str, str]:
    """The values for the placeholders of `FORMS`."""
    gateway.administrator(ADMIN)
    gateway.administrator("other@example.org")
    gateway.secretary(COMMUNE_IV, SECRETARY)
    here, (item, referred, recommended) = gateway.deployment, [
        told(gateway, text, f"+2237000100{number}") for number, text in enumerate((
            "on a volé ma moto à Lafiabougou", "aucun lampadaire ne marche à Lassa", "une bagarre au marché de Hamdallaye",
        ))
    ]  # fmt: skip
    with here.database.write() as transaction:
        refer(here, transaction, lock_item(transaction, referred), ADMIN, "mairie", None)
        made = recommend(here, transaction, lock_item(transaction, recommended), ADMIN, "Plus de patrouilles.")
        concern = transaction.scalars(select(Concern).where(Concern.item_id == item)).one()
        secretary = transaction.scalars(select(Contact).order_by(Contact.id)).first()
        person = transaction.scalars(select(Administrator).where(Administrator.email == "other@example.org")).one()
        assert secretary
        return {
            "reference": concern.reference, "version": str(concern.version), "code": COMMUNE_IV, "expected": KALABANCORO,
            "item": str(item), "referred": str(referred), "number": made.number, "secretary": str(secretary.id),
            "meeting": str(transaction.get_one(AgendaItem, item).meeting_id), "person": str(person.id),
        }  # fmt: skip


@pytest.fixture
def desk(gateway: Gateway, known: dict[str, str]) -> Desk:
    return sign_in(gateway, ADMIN)


def sent(desk: Desk, form: Form, known: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The address of a form on its page, and its fields: the hidden ones as the page has them, and what is typed."""
    act = form.act.format(**known)
    root = html.document_fromstring(desk.http.get(form.page.format(**known)).text)
    wanted = [each for each in root.iter("form") if re.search(rf"/{act}$", each.get("action", "").partition("?")[0])
              and each.get("method") == "post"]  # fmt: skip
    assert wanted, (form, "has no such form on its page")
    hidden = {each.get("name"): each.get("value") for each in wanted[-1].xpath(".//input[@type='hidden']")}
    return wanted[-1].get("action"), hidden | {name: value.format(**known) for name, value in form.typed.items()}


def held(page: str) -> set[str]:
    """All that stands in the fields of a page."""
    root = html.document_fromstring(page)
    chosen = root.xpath("//input/@value | //option[@selected]/@value")
    return {value.replace("\r\n", "\n") for value in (*chosen, *(each.text or "" for each in root.iter("textarea")))}


def typed_in(form: Form, fields: dict[str, str]) -> set[str]:
    return {fields[name] for name in form.typed if fields[name] and (name in LABELS or name == "role")}


def test_every_route_that_takes_a_form_is_in_the_table(gateway: Gateway) -> None:
    rules = [rule for rule in gateway.app.url_map.iter_rules() if rule.endpoint.startswith("queue.")]
    posts = {rule.endpoint.removeprefix("queue.") for rule in rules if "POST" in (rule.methods or set())}
    assert posts == {form.route for form in FORMS} | NOTHING_TYPED


def test_every_field_in_which_somebody_writes_has_a_label_on_the_page_that_sends_it_again(
    desk: Desk, known: dict[str, str]
) -> None:
    missing: set[str] = set()
    for page in {form.page.format(**known) for form in FORMS}:
        root = html.document_fromstring(desk.http.get(page).text)
        for field_ in root.xpath("//form[@method='post']//input[not(@type) or @type!='hidden'] | //textarea"):
            if field_.get("type") not in ("checkbox", "password", "file", "datetime-local"):
                missing.add(field_.get("name"))
    assert not {name for name in missing - set(LABELS) - set(SECRETS) if not name.startswith("place-")}


def test_a_refused_form_comes_back_filled(desk: Desk, known: dict[str, str]) -> None:
    for form in FORMS:
        address, fields = sent(desk, form, known)
        answer = desk.http.post(address, data=fields)
        assert answer.status_code == form.status, (form, answer.status_code)
        if form.status != 302:
            assert typed_in(form, fields) <= held(answer.text), form
            assert "told" in answer.text, (form, "says why")


def test_a_form_on_an_older_page_comes_back_filled(desk: Desk, known: dict[str, str]) -> None:
    for form in FORMS:
        if form.is_versioned:
            address, fields = sent(desk, form, known)
            answer = desk.http.post(address, data=fields | {"version": "0"})
            assert answer.status_code == 409, (form, answer.status_code)
            assert typed_in(form, fields) <= held(answer.text), form


def test_a_form_with_an_expired_token_comes_back_filled(desk: Desk, known: dict[str, str]) -> None:
    for form in FORMS:
        address, fields = sent(desk, form, known)
        answer = desk.http.post(address, data=fields | {"csrf_token": "old"})
        assert answer.status_code == 400
        assert typed_in(form, fields) <= held(answer.text), form


def test_a_form_comes_back_filled_after_signing_in_again(gateway: Gateway, desk: Desk, known: dict[str, str]) -> None:
    def hidden(page: str) -> dict[str, str]:
        return {
            name: unescape(value) for name, value in re.findall(r'type="hidden" name="([\w.-]+)" value="([^"]*)"', page)
        }

    for form in FORMS:
        address, fields = sent(desk, form, known)
        gateway.deployment.redis.flushall()  # the number of sign-ins is limited, which is tested elsewhere
        http = gateway.app.test_client()
        token = hidden(http.get("/queue/login").text)["csrf_token"]
        asked = http.post(address, data=fields | {"csrf_token": token})
        assert asked.status_code == 401
        back = http.post("/queue/login", data=hidden(asked.text) | {"email": ADMIN, "password": PASSWORD})
        assert typed_in(form, fields) <= held(back.text), form


def test_what_was_typed_for_an_item_that_is_closed_meanwhile_stands_on_its_page_to_copy(
    gateway: Gateway, desk: Desk, known: dict[str, str]
) -> None:
    address, fields = sent(desk, FORMS[5], known)
    sign_in(gateway, "other@example.org").send(f"/queue/items/{known['item']}", "close", said="Une patrouille passe.")
    answer = desk.http.post(address, data=fields | {"said": "Éclairer la rue."})
    assert answer.status_code == 409
    assert "Éclairer la rue." in held(answer.text)
    assert "copiez ce qui sert encore" in answer.text


def test_an_announcement_whose_preview_is_too_old_is_previewed_again(gateway: Gateway, desk: Desk) -> None:
    citizen = gateway.phone("+22370003001")
    citizen.report()
    citizen.dial()
    citizen.type("5", "4")  # agrees to announcements
    shown = desk.send("/queue/broadcasts", "broadcasts", area="Commune IV", text="Réunion jeudi à la mairie.")
    fields: dict[str, Any] = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.partition("Proposer")[0])
    )
    gateway.clock.forward(seconds=timedelta(hours=2).total_seconds())
    answer = desk.http.post("/queue/broadcasts", data=fields)
    assert "Réunion jeudi à la mairie." in held(answer.text)
    assert "aperçu était trop ancien" in answer.text
    assert "Proposer cette annonce" in answer.text
