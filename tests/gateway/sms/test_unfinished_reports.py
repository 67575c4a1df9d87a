"""A session that is cut off: dialling again continues it, otherwise the citizen is asked for it once by SMS."""

from sqlalchemy import func, select

from gateway.sms.unfinished_reports import ask_about_drafts
from storage.concerns.concerns import TEXT
from storage.tables.concerns import Concern, Draft
from storage.tables.people import Contact
from tests.support.cut_off_reports import CITIZEN, cut_off, known
from tests.support.gateway import Gateway
from tests.support.phones import Phone

WORDS = "on a volé ma moto hier"


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def drafts(gateway: Gateway) -> int:
    gateway.catch_up()
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).select_from(Draft)) or 0


def test_dialling_again_goes_on_where_it_was_even_with_the_session_store_emptied(gateway: Gateway) -> None:
    phone = known(gateway)
    cut_off(gateway, phone)
    where = phone.screen
    gateway.deployment.redis.flushall()
    gateway.clock.forward(minutes=20)
    assert phone.dial().startswith("Vous aviez commencé : Lieu sans lumière, Commune I, Banconi.\n1 Continuer")
    assert phone.type("1") == where
    gateway.deployment.redis.flushall()
    assert phone.request() == where
    phone.type("1")
    assert phone.ended
    assert (concerns(gateway)[-1].category, concerns(gateway)[-1].place) == ("lighting", "Banconi")
    assert gateway.deployment.vault.open(TEXT, concerns(gateway)[-1].text_sealed or b"") == "lampes cassées"
    assert drafts(gateway) == 0
    phone.dial()
    assert phone.screen.startswith("Comité de sécurité")


def test_with_redis_down_it_goes_on_all_the_same(gateway_without_redis: Gateway) -> None:
    phone = known(gateway_without_redis)
    cut_off(gateway_without_redis, phone)
    phone.dial()
    phone.type("1", "1")
    assert phone.ended
    assert concerns(gateway_without_redis)[-1].category == "lighting"


def test_starting_again_starts_again_and_after_half_an_hour_nothing_is_offered(gateway: Gateway) -> None:
    phone = known(gateway)
    cut_off(gateway, phone)
    phone.dial()
    assert phone.type("2").startswith("Comité de sécurité")
    assert drafts(gateway) == 0
    cut_off(gateway, phone)
    gateway.clock.forward(minutes=31)
    assert phone.dial().startswith("Comité de sécurité")


def test_cancelling_leaves_no_draft_and_neither_does_a_report_without_a_number(gateway: Gateway) -> None:
    phone = known(gateway)
    cut_off(gateway, phone)
    phone.type("3")
    assert phone.ended
    assert drafts(gateway) == 0
    newcomer = gateway.phone("+22370001009")
    newcomer.dial()
    newcomer.type("1", "1", "2", "1", "banconi", "1", WORDS)
    assert drafts(gateway) == 1
    newcomer.type("2")  # "no, keep my number out of it"
    assert drafts(gateway) == 0


def test_one_sms_asks_whether_to_send_it_and_oui_sends_it(gateway: Gateway) -> None:
    phone = known(gateway)
    gateway.work()
    cut_off(gateway, phone)
    assert ask_about_drafts(gateway.deployment) == 0
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    assert ask_about_drafts(gateway.deployment) == 0
    gateway.work()
    assert gateway.inbox(CITIZEN)[-1] == (
        "CCS : votre message (Lieu sans lumière, Commune I, Banconi) n'est pas parti. "
        "Répondez OUI pour l'envoyer tel quel."
    )
    phone.write("oui")
    gateway.work()
    last = concerns(gateway)[-1]
    assert (last.category, last.commune, last.committee) == ("lighting", "ml-bamako-commune-i", "ml-bamako-commune-i")
    assert last.reference in gateway.inbox(CITIZEN)[-1]
    count = len(concerns(gateway))
    phone.write("OUI !")
    gateway.work()
    assert len(concerns(gateway)) == count  # without a question it gets a word of help
    assert gateway.inbox(CITIZEN)[-1].startswith("CCS : aucune question")


def test_non_drops_what_was_not_sent(gateway: Gateway) -> None:
    phone = known(gateway)
    gateway.work()
    cut_off(gateway, phone)
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    count = len(concerns(gateway))
    phone.write("Non merci")
    gateway.work()
    assert drafts(gateway) == 0
    assert len(concerns(gateway)) == count
    assert "n'est pas envoyé" in gateway.inbox(CITIZEN)[-1]


def test_who_may_not_be_answered_is_not_asked_and_nothing_is_kept(gateway: Gateway) -> None:
    newcomer = gateway.phone("+22370001009")
    newcomer.dial()
    newcomer.type("1", "1", "2", "1", "banconi", "1", WORDS)
    gateway.catch_up()
    muted = known(gateway)
    cut_off(gateway, muted)
    muted.write("STOP")
    gateway.work()
    count = len(gateway.inbox(CITIZEN))
    gateway.clock.forward(hours=1)
    assert ask_about_drafts(gateway.deployment) == 0
    assert drafts(gateway) == 0
    assert len(gateway.inbox(CITIZEN)) == count


def test_a_draft_is_sealed_and_forgotten_with_its_number(gateway: Gateway) -> None:
    phone = known(gateway)
    cut_off(gateway, phone)
    with gateway.deployment.database.read() as transaction:
        kept = transaction.scalars(select(Draft)).one()
        assert b"lampes" not in kept.talk_sealed
    phone.dial()
    phone.type("2", "5", "2", "1")
    assert "effacé" in phone.screen
    assert drafts(gateway) == 0


def test_a_secretary_answers_the_question_about_a_draft_of_their_own(gateway: Gateway) -> None:
    phone = known(gateway)
    cut_off(gateway, phone)
    gateway.secretary("ml-bamako-commune-iv", CITIZEN)
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    phone.write("OUI")
    gateway.work()
    assert concerns(gateway)[-1].category == "lighting"


def test_a_question_that_nobody_answers_leaves_nothing_a_day_later(gateway: Gateway) -> None:
    cut_off(gateway, known(gateway))
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    gateway.clock.forward(hours=23)
    ask_about_drafts(gateway.deployment)
    assert drafts(gateway) == 1
    gateway.clock.forward(hours=1)
    assert ask_about_drafts(gateway.deployment) == 0
    assert drafts(gateway) == 0


NEWCOMER = "+22370001009"


def agreed(gateway: Gateway) -> Phone:
    """A newcomer who is cut off at the summary, after agreeing to be answered."""
    phone = gateway.phone(NEWCOMER)
    if "Bamanankan" in phone.dial():
        phone.type("1")
    phone.type("1", "2", "1", "banconi", "1", WORDS, "1")
    assert phone.screen.startswith("Vol, cambriolage")
    assert numbers_kept(gateway) == 1
    return phone


def numbers_kept(gateway: Gateway) -> int:
    gateway.catch_up()
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).where(Contact.msisdn_sealed.is_not(None))) or 0


def test_a_newcomer_who_said_that_we_may_answer_is_asked_too(gateway: Gateway) -> None:
    phone = agreed(gateway)
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    gateway.work()
    assert "n'est pas parti" in gateway.inbox(NEWCOMER)[-1]
    phone.write("OUI")
    gateway.work()
    (filed,) = concerns(gateway)
    assert (filed.category, filed.place) == ("theft", "Banconi")
    assert filed.reference in gateway.inbox(NEWCOMER)[-1]
    assert phone.dial().startswith("Comité de sécurité")
    assert "Banconi" in phone.type("1", "2", "1")  # from now on known as anybody who reported


def test_a_number_kept_for_a_draft_goes_with_it(gateway: Gateway) -> None:
    phone = agreed(gateway)
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    gateway.clock.forward(days=1)
    ask_about_drafts(gateway.deployment)
    assert (drafts(gateway), numbers_kept(gateway)) == (0, 0)
    agreed(gateway)
    phone.dial()
    phone.type("2")  # "start again"
    assert (drafts(gateway), numbers_kept(gateway)) == (0, 0)
    phone = agreed(gateway)
    phone.type("2")  # cancelled
    assert phone.ended
    assert (drafts(gateway), numbers_kept(gateway)) == (0, 0)


def test_a_number_that_is_kept_for_more_than_a_draft_stays(gateway: Gateway) -> None:
    phone = agreed(gateway)
    phone.write("INFO")
    gateway.work()
    gateway.clock.forward(minutes=31)
    assert ask_about_drafts(gateway.deployment) == 1
    gateway.clock.forward(days=1)
    ask_about_drafts(gateway.deployment)
    assert (drafts(gateway), numbers_kept(gateway)) == (0, 1)
