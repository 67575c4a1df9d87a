"""Quiet hours: at night only emergencies, codes and answers to what somebody has just sent go out."""

from __future__ import annotations

import re

from sqlalchemy import select

from gateway.queue.sms_labels import MESSAGE_KINDS
from gateway.sms.unfinished_reports import ask_about_drafts
from storage.tables.messages import Message
from tests.support.browsing import Desk
from tests.support.commands import Run, run_at_its_time
from tests.support.cut_off_reports import cut_off, known
from tests.support.gateway import Gateway
from tests.support.nights import (
    CITIZEN,
    COMMUNE_IV,
    MORNING,
    NIGHT,
    QUESTION,
    SECRETARY,
    answers,
    at,
    by_page,
    desk,
    page_of,
    writes,
)
from tests.support.phones import code_in
from tests.support.servers import ROOT

__all__ = ["desk", "run_at_its_time"]


def test_emergencies_codes_and_answers_to_what_was_just_sent_go_at_night(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    assert "EN DANGER, APPELEZ" in writes(gateway, "au secours incendie au marché de Lafiabougou maintenant")
    assert "CCS URGENT" in gateway.inbox(SECRETARY)[-1]
    assert "message recu" in writes(gateway, "aucun lampadaire ne marche à Lafiabougou")
    assert "écrivez ce qui se passe" in writes(gateway, "AIDE")
    assert code_in(writes(gateway, "EFFACER"))
    assert writes(gateway, "PIN 4711", SECRETARY).startswith("CCS : code reconnu.")
    assert writes(gateway, "AGENDA", SECRETARY).startswith("CCS de Commune IV")
    phone = known(gateway)
    gateway.clock.moment = NIGHT.replace(day=25)
    cut_off(gateway, phone)
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    gateway.work()
    assert "OUI" in gateway.inbox(CITIZEN)[-1]


def test_a_question_waits_and_what_is_written_before_it_is_no_reply(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    page = desk.send(page_of(gateway), "ask", question=QUESTION)
    assert "Le SMS part le 25/11/2026 06:00." in page
    assert "En attente, part le 25/11/2026 06:00" in page
    at(gateway, NIGHT.replace(hour=23))
    assert "message recu" in writes(gateway, "on a cassé la porte de ma boutique à Banconi")
    at(gateway, MORNING)
    assert QUESTION in gateway.inbox(CITIZEN)[-1]
    assert "votre réponse est ajoutée" in writes(gateway, "rue 12 près du puits")
    assert "2 messages." in desk.get("/queue/concerns")


def test_a_question_that_the_answer_has_overtaken_is_not_asked(gateway: Gateway, desk: Desk) -> None:
    gateway.clock.moment = NIGHT
    desk.send(page_of(gateway), "ask", question=QUESTION)
    by_page(gateway, desk)
    at(gateway, MORNING)
    assert answers(gateway) == 1
    assert not any(QUESTION in text for text in gateway.inbox(CITIZEN))
    assert "message clos avant l'envoi de la question" in desk.get(page_of(gateway))


def test_the_documentation_has_the_rule_of_every_kind_of_sms() -> None:
    page = (ROOT / "docs" / "committees.md").read_text()
    table = page.partition("## Which SMS goes at night")[2].partition("\n## ")[0]
    listed = {kind for row in re.findall(r"^\| (`[^|]*)\|", table, re.M) for kind in re.findall(r"`([^`]+)`", row)}
    assert listed == set(MESSAGE_KINDS)


def test_a_reply_made_a_concern_of_its_own_tells_its_reference_in_the_morning(gateway: Gateway, desk: Desk) -> None:
    desk.send(page_of(gateway), "ask", question=QUESTION)
    gateway.undo_is_over()
    writes(gateway, "aussi, aucun lampadaire ne marche ici")
    gateway.clock.moment = NIGHT
    desk.send(page_of(gateway), "own")
    at(gateway, NIGHT.replace(minute=5))
    assert "votre réponse est ajoutée" in gateway.inbox(CITIZEN)[-1]
    at(gateway, MORNING)
    assert "message recu" in gateway.inbox(CITIZEN)[-1]


def test_a_failed_sms_that_is_sent_again_at_night_waits(gateway: Gateway, desk: Desk) -> None:
    with gateway.deployment.database.write() as transaction:
        message = transaction.scalars(select(Message).where(Message.key.startswith("sms.received:"))).one()
        message.state = "failed"  # type: ignore[assignment]
    before = len(gateway.inbox(CITIZEN))
    gateway.clock.moment = NIGHT
    assert "il repart le 25/11/2026 06:00" in desk.send("/queue/messages", f"{message.id}/again")
    at(gateway, NIGHT.replace(minute=5))
    assert len(gateway.inbox(CITIZEN)) == before
    at(gateway, MORNING)
    assert len(gateway.inbox(CITIZEN)) == before + 1


def test_a_digest_that_a_command_asks_for_at_night_says_when_it_goes(
    gateway: Gateway, desk: Desk, run_at_its_time: Run
) -> None:
    before = len(gateway.inbox(SECRETARY))
    gateway.clock.moment = NIGHT
    sent = run_at_its_time("digest", "send", "--committee", "Commune IV")
    assert sent.exit_code == 0, sent.output
    assert f"1 digests queued; quiet hours: {COMMUNE_IV} until 2026-11-25 06:00" in sent.output
    at(gateway, NIGHT.replace(minute=5))
    assert len(gateway.inbox(SECRETARY)) == before
    at(gateway, MORNING)
    assert len(gateway.inbox(SECRETARY)) == before + 1
