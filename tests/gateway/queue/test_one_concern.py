"""One concern: corrected in one step, answered with a preview, asked about, annotated, undone; nothing typed is lost."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from storage.committees.registry import change_committee
from storage.enumerations import Role
from storage.tables.committees import AgendaItem, Committee
from storage.tables.concerns import Concern, ConcernNote
from storage.tables.messages import Message
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import PASSWORD, Gateway

ADMIN, CITIZEN, SECRETARY = "admin@example.org", "+22370001001", "+22370009001"
COMMUNE_IV = "ml-bamako-commune-iv"
THEFT = "on a volé ma moto à Lafiabougou hier"
ANSWER = "Une patrouille passe désormais chaque soir."
QUESTION = "Dans quelle rue ?"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    gateway.phone(CITIZEN).write(THEFT)
    gateway.work()
    return sign_in(gateway, ADMIN)


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def page_of(gateway: Gateway, number: int = 0) -> str:
    return f"/queue/concerns/{concerns(gateway)[number].reference}"


def undo(desk: Desk) -> str:
    address = re.search(r'action="[^"]*/(undo/\w+)', desk.get("/queue/"))
    assert address
    return desk.send("/queue/", address[1])


def writes(gateway: Gateway, text: str, minutes: int = 2) -> str:
    gateway.clock.forward(minutes=minutes)
    gateway.phone(CITIZEN).write(text)
    gateway.work()
    return gateway.inbox(CITIZEN)[-1]


def test_commune_place_category_urgency_and_kind_are_corrected_in_one_step(gateway: Gateway, desk: Desk) -> None:
    fields = {"commune": "Banconi", "place": "devant la mosquée", "category": "lighting", "urgency": "routine"}
    assert "Corrigé." in desk.send(page_of(gateway), "correct", kind="proposal", **fields)
    (after,) = concerns(gateway)
    assert (after.commune, after.place, after.category) == ("ml-bamako-commune-i", "devant la mosquée", "lighting")
    assert (after.urgency, after.urgency_rank, after.kind) == ("routine", 2, "proposal")
    assert "Annulé." in undo(desk)
    (undone,) = concerns(gateway)
    assert (undone.commune, undone.category, undone.urgency) == (COMMUNE_IV, "theft", "priority")
    assert undone.committee == COMMUNE_IV
    with gateway.deployment.database.read() as transaction:
        items = transaction.scalars(select(AgendaItem).where(AgendaItem.is_open)).all()
    assert [item.category for item in items] == ["theft"]


@pytest.mark.parametrize(
    ("fields", "commune", "place"),
    [
        ({"commune": "Banconi", "place": ""}, "ml-bamako-commune-i", "Banconi"),
        ({"commune": "Banconi", "place": "Lafiabougou"}, "ml-bamako-commune-i", "Banconi"),
        ({"commune": "Banconi", "place": "devant la mosquée"}, "ml-bamako-commune-i", "devant la mosquée"),
        ({"commune": "Commune I", "place": "Lafiabougou"}, "ml-bamako-commune-i", None),
        ({"commune": "Commune IV", "place": ""}, COMMUNE_IV, None),
    ],
)
def test_a_quartier_typed_as_the_commune_is_the_place_too(
    gateway: Gateway, desk: Desk, fields: dict[str, str], commune: str, place: str | None
) -> None:
    page = desk.send(page_of(gateway), "correct", category="theft", **fields)
    (after,) = concerns(gateway)
    assert (after.commune, after.place) == (commune, place)
    assert f"Corrigé. Lieu : {place + ', ' if place else ''}Commune I" in page
    assert "corrigée à la main" in page


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"commune": "Atlantide"}, "Commune inconnue"),
        ({"place": "chez Moussa 76 00 12 34"}, "Le lieu contient un numéro"),
        ({"category": "nonsense"}, "Choisissez une catégorie"),
        ({"kind": "nonsense"}, "Choisissez un genre"),
    ],
)
def test_a_refused_correction_comes_back_filled(
    gateway: Gateway, desk: Desk, fields: dict[str, str], message: str
) -> None:
    page = desk.http.get(page_of(gateway)).text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|version)" value="([^"]*)"', page))
    typed = {"commune": "Commune IV", "place": "rue 12", "category": "theft"} | fields
    answer = desk.http.post(f"{page_of(gateway)}/correct", data=hidden | typed)
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert message in text
    assert f'value="{typed["commune"]}"' in text
    assert f'value="{typed["place"]}"' in text
    assert concerns(gateway)[0].category == "theft"


def test_an_urgency_raised_by_hand_alerts_and_the_alert_is_not_undone(gateway: Gateway, desk: Desk) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    desk.send(page_of(gateway), "correct", commune="Commune IV", category="theft", urgency="emergency")
    gateway.work()
    assert "CCS URGENT" in gateway.inbox(SECRETARY)[-1]
    assert "L'alerte, elle, est partie : elle ne s'annule pas." in undo(desk)
    assert concerns(gateway)[0].urgency == "priority"


def previewed(gateway: Gateway, desk: Desk, **fields: str) -> str:
    """The page with the preview of what was typed; nothing is done."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.http.get(page_of(gateway)).text)
    assert token
    return unescape(desk.http.post(f"{page_of(gateway)}/preview", data=fields | {"csrf_token": token[1]}).text)


def test_an_answer_is_seen_before_it_goes_with_its_parts_its_price_and_its_day(gateway: Gateway, desk: Desk) -> None:
    page = previewed(gateway, desk, answer=ANSWER)
    assert f" : {ANSWER} Satisfait ?" in page
    assert "1 SMS, environ" in page
    assert "cinq minutes après l'envoi" in page
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        change_committee(transaction, gateway.deployment.pack, committee, {"monthly_budget": "1"}, gateway.clock())
    page = previewed(gateway, desk, answer=ANSWER)
    assert "la réponse attendrait le 1/12/2026" in page
    ready = previewed(gateway, desk, answer="", ready="ready.patrol")
    assert ">Une patrouille passe désormais dans ce quartier.</textarea>" in ready
    assert concerns(gateway)[0].state == "received"


def test_the_answer_waits_five_minutes_and_undoing_keeps_it_back(gateway: Gateway, desk: Desk) -> None:
    before = gateway.inbox(CITIZEN)
    assert "dans cinq minutes" in desk.send(page_of(gateway), "close", answer=ANSWER)
    gateway.clock.forward(minutes=4)
    assert "Annulé." in undo(desk)
    gateway.undo_is_over()
    assert gateway.inbox(CITIZEN) == before
    (after,) = concerns(gateway)
    assert (after.state, after.answer_sealed) == ("received", None)


def test_what_has_gone_out_cannot_be_undone(gateway: Gateway, desk: Desk) -> None:
    desk.send(page_of(gateway), "close", answer=ANSWER)
    address = re.search(r'action="([^"]*/undo/\w+)', desk.get("/queue/"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.http.get("/queue/").text)
    assert address
    assert token
    gateway.undo_is_over()
    assert ANSWER in gateway.inbox(CITIZEN)[-1]
    assert "/undo/" not in desk.get("/queue/")
    page = desk.http.post(address[1], data={"csrf_token": token[1]}, follow_redirects=True).text
    assert "ce qui est parti ne s'annule plus" in unescape(page)
    assert concerns(gateway)[0].state == "closed"


def test_what_waits_can_be_sent_at_once(gateway: Gateway, desk: Desk) -> None:
    desk.send(page_of(gateway), "close", answer=ANSWER)
    page = desk.http.get("/queue/").text
    address = re.search(r'formaction="([^"]*/now)"', page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert address
    assert token
    told = desk.http.post(address[1], data={"csrf_token": token[1]}, follow_redirects=True).text
    assert "Le SMS part maintenant." in told
    gateway.work()
    assert ANSWER in gateway.inbox(CITIZEN)[-1]


def test_nobody_undoes_somebody_else_s_act_nor_one_that_was_acted_on_since(gateway: Gateway, desk: Desk) -> None:
    desk.send(page_of(gateway), "agenda")
    address = re.search(r'action="([^"]*/undo/\w+)', desk.get("/queue/"))
    assert address
    gateway.administrator("other@example.org")
    other_desk = sign_in(gateway, "other@example.org")
    token = re.search(r'name="csrf_token" value="([^"]+)"', other_desk.http.get("/queue/").text)
    assert token
    page = other_desk.http.post(address[1], data={"csrf_token": token[1]}, follow_redirects=True).text
    assert "Trop tard" in page
    other_desk.send(page_of(gateway), "correct", commune="Commune IV", category="fraud")
    assert "Quelqu'un a agi depuis" in undo(desk)
    assert concerns(gateway)[0].category == "fraud"


def test_a_question_is_one_sms_and_its_reply_stands_in_the_thread(gateway: Gateway, desk: Desk) -> None:
    page = desk.send(page_of(gateway), "ask", question=QUESTION)
    assert "Question posée." in page
    assert "Réponse attendue" in page
    gateway.work()
    assert QUESTION not in gateway.inbox(CITIZEN)[-1]
    gateway.clock.forward(minutes=5)
    gateway.work()
    reference = concerns(gateway)[0].reference
    assert gateway.inbox(CITIZEN)[-1] == f"CCS {reference} : {QUESTION} Répondez par SMS."
    assert reference in desk.get("/queue/").partition("Réponses attendues")[2]
    assert writes(gateway, "rue 12 près du puits") == f"CCS : merci, votre réponse est ajoutée à {reference}."
    page = desk.get(page_of(gateway))
    assert "rue 12 près du puits" in page
    assert "le citoyen a répondu" in page
    assert "Réponse attendue" not in page
    assert "1 message." in desk.get("/queue/concerns")
    assert writes(gateway, "la rue derrière l'école").endswith(f"ajoutée à {reference}.")
    writes(gateway, "on a cassé la porte de ma boutique à Banconi", minutes=60)
    assert "2 messages." in desk.get("/queue/concerns")


@pytest.mark.parametrize("reply", ["oui", "1", "NON"])
def test_a_bare_word_replies_where_no_other_question_is_open(gateway: Gateway, desk: Desk, reply: str) -> None:
    desk.send(page_of(gateway), "ask", question="Est-ce que cela continue ?")
    gateway.undo_is_over()
    assert "votre réponse est ajoutée" in writes(gateway, reply)
    assert f">{reply}</p>" in desk.get(page_of(gateway))


def test_an_emergency_in_a_reply_alerts_and_a_keyword_stays_a_keyword(gateway: Gateway, desk: Desk) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    desk.send(page_of(gateway), "ask", question=QUESTION)
    gateway.undo_is_over()
    assert "écrivez ce qui se passe" in writes(gateway, "AIDE")
    assert "EN DANGER, APPELEZ" in writes(gateway, "au secours incendie au marché de Lafiabougou maintenant")
    assert "CCS URGENT" in gateway.inbox(SECRETARY)[-1]
    assert "2 messages." in desk.get("/queue/concerns")
    assert concerns(gateway)[1].is_reply is False


def test_one_click_makes_a_reply_a_concern_of_its_own(gateway: Gateway, desk: Desk) -> None:
    desk.send(page_of(gateway), "ask", question=QUESTION)
    gateway.undo_is_over()
    writes(gateway, "aussi, aucun lampadaire ne marche ici")
    page = desk.send(page_of(gateway), "own")
    own = concerns(gateway)[1]
    assert f"{own.reference} est maintenant un message à part." in page
    assert (own.is_reply, own.state, own.commune, own.category) == (False, "received", COMMUNE_IV, "lighting")
    assert own.item_id
    gateway.work()
    assert own.reference in gateway.inbox(CITIZEN)[-1]
    assert "2 messages." in desk.get("/queue/concerns")


def test_an_undone_question_is_never_asked(gateway: Gateway, desk: Desk) -> None:
    desk.send(page_of(gateway), "ask", question=QUESTION)
    assert "Annulé." in undo(desk)
    gateway.undo_is_over()
    assert not [text for text in gateway.inbox(CITIZEN) if QUESTION in text]
    assert concerns(gateway)[0].asked_at is None
    writes(gateway, "on a cassé la porte de ma boutique à Banconi")
    assert "2 messages." in desk.get("/queue/concerns")


@pytest.mark.parametrize(
    ("question", "message"),
    [("", "Écrivez la réponse"), ("Appelez le 76 00 12 34", "contient un numéro"), ("x" * 150, "trop longue")],
)
def test_a_question_that_must_not_go_comes_back(gateway: Gateway, desk: Desk, question: str, message: str) -> None:
    page = desk.http.get(page_of(gateway)).text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|version)" value="([^"]*)"', page))
    answer = desk.http.post(f"{page_of(gateway)}/ask", data=hidden | {"question": question})
    assert (answer.status_code, message in unescape(answer.text)) == (422, True)
    assert question in answer.text


def test_notes_are_for_colleagues_sealed_and_gone_with_the_person(gateway: Gateway, desk: Desk) -> None:
    assert "Vu avec le commissariat." in desk.send(page_of(gateway), "note", note="Vu avec le commissariat.")
    with gateway.deployment.database.read() as transaction:
        note = transaction.scalars(select(ConcernNote)).one()
    assert b"commissariat" not in note.text_sealed
    gateway.phone(CITIZEN).erase()
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(ConcernNote)).all() == []


def test_a_concern_leaves_its_item_and_joins_it_again(gateway: Gateway, desk: Desk) -> None:
    gateway.phone("+22370001002").write("on m'a volé ma moto à Lafiabougou ce matin")
    gateway.work()
    first, second = concerns(gateway)
    assert first.item_id == second.item_id
    assert "Séparé" in desk.send(page_of(gateway, 1), "split")
    first, second = concerns(gateway)
    assert first.item_id != second.item_id
    items = f"{page_of(gateway, 1)}/items"
    assert "Joint à ce point." in desk.send(items, "merge")
    first, second = concerns(gateway)
    assert first.item_id == second.item_id
    assert "seul dans son point" not in desk.get(page_of(gateway))


def test_a_stale_form_comes_back_filled_with_the_newer_page(gateway: Gateway, desk: Desk) -> None:
    page = desk.http.get(page_of(gateway)).text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|version)" value="([^"]*)"', page))
    gateway.administrator("other@example.org")
    sign_in(gateway, "other@example.org").send(page_of(gateway), "agenda")
    answer = desk.http.post(f"{page_of(gateway)}/close", data=hidden | {"answer": ANSWER})
    assert answer.status_code == 409
    text = unescape(answer.text)
    assert "Quelqu'un d'autre vient de modifier" in text
    assert f">{ANSWER}</textarea>" in text
    newer = re.findall(r'type="hidden" name="version" value="(\d+)"', text)
    assert int(newer[0]) > int(hidden["version"])


def test_what_was_typed_survives_an_expired_token_and_signing_in_again(gateway: Gateway, desk: Desk) -> None:
    version = str(concerns(gateway)[0].version)
    answer = desk.http.post(
        f"{page_of(gateway)}/close", data={"csrf_token": "old", "version": version, "answer": ANSWER}
    )
    assert answer.status_code == 400
    assert f">{ANSWER}</textarea>" in answer.text
    desk.http.delete_cookie("ccs")
    gone = desk.http.post(f"{page_of(gateway)}/close", data={"version": version, "answer": ANSWER})
    assert (gone.status_code, 'name="password"' in gone.text, ANSWER in gone.text) == (400, True, True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.http.get("/queue/login").text)
    assert token
    form = {"csrf_token": token[1], "version": version, "answer": ANSWER}
    asked = desk.http.post(f"{page_of(gateway)}/close", data=form)
    assert asked.status_code == 401
    assert "ce que vous aviez écrit est gardé" in asked.text
    kept = dict(re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', asked.text))
    assert "kept.csrf_token" not in kept
    form = {**kept, "email": ADMIN, "password": "wrong password"}
    wrong = desk.http.post("/queue/login", data={name: unescape(value) for name, value in form.items()})
    kept = dict(re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', wrong.text))
    form = {**kept, "email": ADMIN, "password": PASSWORD}
    back = desk.http.post("/queue/login", data={name: unescape(value) for name, value in form.items()})
    text = unescape(back.text)
    assert f">{ANSWER}</textarea>" in text
    again = dict(re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', text)) | {"answer": ANSWER}
    assert "Clos." in unescape(desk.http.post(f"{page_of(gateway)}/close", data=again, follow_redirects=True).text)
    assert concerns(gateway)[0].state == "closed"


def test_another_site_s_form_is_not_shown_as_one_s_own(gateway: Gateway, desk: Desk) -> None:
    answer = desk.http.post(
        f"{page_of(gateway)}/close", data={"answer": ANSWER}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 400
    assert ANSWER not in answer.text


def test_the_thread_says_how_far_each_sms_came(gateway: Gateway, desk: Desk) -> None:
    with gateway.deployment.database.write() as transaction:
        transaction.scalars(select(Message).order_by(Message.id)).first().state = "delivered"  # type: ignore[union-attr]
    thread = desk.get(page_of(gateway)).partition("Échanges avec le citoyen")[2]
    assert thread.index(THEFT) < thread.index("Accusé de réception · Remis, 1 SMS")


def test_a_reader_without_the_right_to_act_sees_no_form_and_does_nothing(gateway: Gateway, desk: Desk) -> None:
    gateway.administrator("observer@example.org", Role.OBSERVER)
    observer = sign_in(gateway, "observer@example.org")
    page = observer.get(page_of(gateway))
    assert "/correct" not in page
    assert concerns(gateway)[0].taken_up_at is None
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    for path in ("", "/undo/x", "/undo/x/now"):
        address = f"/queue{path}" if path else "/queue/concerns"
        assert observer.http.post(address, data={"csrf_token": token[1]}).status_code == 403
