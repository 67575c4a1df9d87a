"""A keyword counts only if it is the whole message, for citizens and for secretaries."""

import pytest
from sqlalchemy import select

from storage.concerns.concerns import TEXT
from storage.tables.committees import Meeting
from storage.tables.concerns import Concern
from storage.tables.people import Contact
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway
from tests.support.phones import reference_in

CITIZEN = "+22370001001"
SECRETARY = "+22370009001"
COMMUNE_IV = "ml-bamako-commune-iv"


def filed(gateway: Gateway) -> list[str]:
    """The texts of all concerns, oldest first."""
    with gateway.deployment.database.read() as transaction:
        sealed = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
    return [gateway.deployment.vault.open(TEXT, text or b"") for text in sealed]


def is_muted(gateway: Gateway) -> bool:
    with gateway.deployment.database.read() as transaction:
        return any(contact.muted_at for contact in transaction.scalars(select(Contact)))


@pytest.mark.parametrize(
    "text", ["Stop drogue", "Jo tɛ", "Srequest vol", "Help me", "Aidez nous", "Dɛmɛ an", "Kan dimi"]
)
def test_a_cry_that_begins_with_a_keyword_is_filed_and_answered_and_mutes_nobody(gateway: Gateway, text: str) -> None:
    gateway.phone().write(text)
    gateway.work()
    assert filed(gateway) == [text]
    assert not is_muted(gateway)
    assert any("CCS-" in answer for answer in gateway.inbox(CITIZEN))


def test_star_is_no_start_where_a_word_stands_behind(gateway: Gateway) -> None:
    gateway.phone().write("STOP")
    gateway.phone().write("Star club")
    gateway.work()
    assert is_muted(gateway)
    assert filed(gateway) == ["Star club"]


@pytest.mark.parametrize("text", ["STOPALL", "desabonner", "ne m'envoyez plus rien", "STOP SMS", "Stop svp 36223"])
def test_who_wants_no_more_is_muted(gateway: Gateway, text: str) -> None:
    gateway.phone().write(text)
    gateway.work()
    assert is_muted(gateway)
    assert filed(gateway) == []
    assert len(gateway.inbox(CITIZEN)) == 1


def test_a_wish_for_silence_with_other_words_is_shown_to_a_person(gateway: Gateway) -> None:
    gateway.phone().write("ne m'envoyez plus rien, venez plutôt à Banconi où l'on vole chaque nuit")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern)).one()
    assert concern.needs_review
    assert "wants_silence" in concern.reasons
    gateway.administrator("admin@example.org")
    page = sign_in(gateway, "admin@example.org").get(f"/queue/concerns/{concern.reference}")
    assert "ne plus recevoir de SMS" in page
    assert not is_muted(gateway)


@pytest.mark.parametrize("text", ["OUI", "Non", "1", "2."])
def test_an_answer_without_its_question_gets_a_word_of_help_and_is_no_concern(gateway: Gateway, text: str) -> None:
    gateway.phone().write(text)
    gateway.work()
    assert filed(gateway) == []
    (answer,) = gateway.inbox(CITIZEN)
    assert answer.startswith("CCS : aucune question n'attend votre réponse.")


def test_yes_with_words_behind_it_is_a_concern(gateway: Gateway) -> None:
    gateway.phone().write("Oui il y a encore eu un vol à Banconi")
    gateway.work()
    assert filed(gateway) == ["Oui il y a encore eu un vol à Banconi"]


@pytest.fixture
def reference(gateway: Gateway) -> str:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    gateway.phone().write("on a volé ma moto à Lafiabougou hier soir")
    gateway.work()
    return reference_in(gateway.inbox(CITIZEN)[0])


def says(gateway: Gateway, text: str) -> str:
    """The first answer to a secretary's SMS."""
    before = len(gateway.inbox(SECRETARY))
    gateway.phone(SECRETARY).write(text)
    gateway.work()
    return gateway.inbox(SECRETARY)[before]


@pytest.mark.parametrize("form", ["ok{}", "OK : CCS-{}", '"OK {}"', "OK {}.", "ok {} svp"])
def test_a_secretarys_command_is_understood_as_it_is_written(gateway: Gateway, reference: str, form: str) -> None:
    says(gateway, "PIN 4711.")
    answer = says(gateway, form.format(reference.removeprefix("CCS-")))
    assert answer == f"{reference} est à l'ordre du jour du 03/12."
    assert len(filed(gateway)) == 1


def test_a_meetings_hour_behind_its_day_is_taken_and_an_impossible_one_is_refused(
    gateway: Gateway, reference: str
) -> None:
    says(gateway, "PIN 4711")
    assert says(gateway, "REUNION 12/12 à 10h") == "La réunion est fixée au 12/12."
    assert "10:00" in next(line for line in meeting_lines(gateway) if "12/12" in line)
    for text in ("REUNION 14/12 25h", "REUNION 14/12 à 10:75"):
        assert says(gateway, text).startswith("CCS : écrivez REUNION et un jour")
    assert not any("14/12" in line for line in meeting_lines(gateway))
    assert len(filed(gateway)) == 1


def meeting_lines(gateway: Gateway) -> list[str]:
    zone = gateway.deployment.pack.time_zone
    with gateway.deployment.database.read() as transaction:
        return [f"{moment.astimezone(zone):%d/%m %H:%M}" for moment in transaction.scalars(select(Meeting.starts_at))]


def test_a_sentence_that_begins_with_a_command_is_filed_and_the_form_goes_out_too(
    gateway: Gateway, reference: str
) -> None:
    says(gateway, "PIN 4711")
    text = "OK on nous attaque au marché de Lafiabougou"
    says(gateway, text)
    # The numbers to call leave before the form.
    assert any(texts.startswith("CCS : écrivez OK et la référence") for texts in gateway.inbox(SECRETARY))
    assert filed(gateway)[1:] == [text]
    with gateway.deployment.database.read() as transaction:
        newest = transaction.scalars(select(Concern).order_by(Concern.id.desc())).first()
    assert newest
    assert newest.urgency == "emergency"


@pytest.mark.parametrize("text", ["VOIR ZZZZ", "OK CCS-2222", "CLORE 2222A Une patrouille passe."])
def test_a_reference_that_does_not_exist_is_said_to_be_unknown(gateway: Gateway, reference: str, text: str) -> None:
    says(gateway, "PIN 4711")
    assert says(gateway, text) == "Référence inconnue de votre comité."
    assert len(filed(gateway)) == 1
