"""A new version of the pack lacks a category, a commune, a service, a language: nobody becomes unheard for it."""

import re

import pytest
from sqlalchemy import select, update
from werkzeug.routing import Rule

from flows.references import read_reference
from gateway.data_protection.retention import purge_now
from gateway.local.demo import fill
from gateway.outbound.digests import send_due_digests
from gateway.outbound.provider_routing import provider_routing
from gateway.outbound.surge_alerts import send_surge_alerts
from gateway.worker.dispatcher import sweep_all
from storage.concerns.concerns import by_reference
from storage.enumerations import Role
from storage.tables.alerts import DutyNumber
from storage.tables.committees import AgendaItem, Meeting
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.commands import Run, rows
from tests.support.gateway import Gateway
from tests.support.phones import Phone, reference_in
from tests.support.smaller_pack import restarted_with, without

COMMUNE_IV, NATIONAL = "ml-bamako-commune-iv", "cnrss"
CITIZEN, SECRETARY = "+22370001001", "+22370009001"
IN_DANGER = ("1", "1", "1", "1", "1", "lafiabougou", "1", "ils tirent sur nous", "1", "1")
"""A newcomer's inputs: French, a report, in danger, go on, the first category, a place and a yes, words, and so on."""
GONE = ("theft", "gbv", COMMUNE_IV, "police", "gendarmerie", "bm")
SHOWN = ("theft", "gbv", "misconduct", "drugs")
"""Categories of the pages that are opened: two that left, one that goes past the commune, and one that stays."""
ADMIN = "pays@example.org"
NO_PAGE = re.compile("/simulator|/queue/login|/logout|/readyz|<token>")


def without_some(gateway: Gateway, *codes: str) -> Gateway:
    """The gateway after a restart with a pack that lacks these codes."""
    return restarted_with(gateway, without(gateway.deployment.pack, *codes))


def dialled(gateway: Gateway, *typed: str) -> Phone:
    phone = gateway.phone(CITIZEN)
    phone.dial()
    phone.type(*typed)
    return phone


def administrator(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    return sign_in(gateway, ADMIN)


def stored(gateway: Gateway, reference: str) -> Concern:
    with gateway.deployment.database.read() as transaction:
        concern = by_reference(transaction, read_reference(reference) or "")
    assert concern is not None
    return concern


@pytest.mark.parametrize(("words", "reads"), [("ils tirent sur nous", "armed_group"), ("1", "other")])
def test_an_emergency_of_a_category_that_left_is_read_alerted_and_marked(
    gateway: Gateway, words: str, reads: str
) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    reference = reference_in(dialled(gateway, *IN_DANGER[:7], words, *IN_DANGER[8:]).screen)
    today = without_some(gateway, "theft")
    today.work()
    concern = stored(today, reference)
    assert (concern.category, concern.urgency, concern.committee) == (reads, "emergency", COMMUNE_IV)
    assert "category_left_pack" in concern.reasons
    assert [text for text in today.inbox(SECRETARY) if reference in text]
    desk = administrator(today)
    assert reference in desk.get("/queue/")
    assert "la catégorie choisie n'existe plus" in desk.get(f"/queue/concerns/{reference}")


def test_an_emergency_of_a_commune_that_left_is_alerted_by_the_committee_at_the_top(gateway: Gateway) -> None:
    gateway.secretary(NATIONAL, SECRETARY)
    reference = reference_in(dialled(gateway, *IN_DANGER).screen)
    today = without_some(gateway, COMMUNE_IV)
    today.work()
    concern = stored(today, reference)
    assert (concern.commune, concern.committee, concern.urgency) == (COMMUNE_IV, NATIONAL, "emergency")
    assert [text for text in today.inbox(SECRETARY) if reference in text]
    desk = administrator(today)
    assert COMMUNE_IV in desk.get("/queue/concerns")
    assert "la commune choisie n'existe plus" in desk.get(f"/queue/concerns/{reference}")
    page = desk.send(f"/queue/concerns/{reference}", "correct", commune="Commune V", category="armed_group")
    assert "Corrigé" in page
    assert stored(today, reference).committee == "ml-bamako-commune-v"


def test_a_session_that_began_before_the_restart_is_filed_after_it(gateway: Gateway) -> None:
    phone = dialled(gateway, *IN_DANGER[:-1])
    today = without_some(gateway, "theft")
    after = today.phone(CITIZEN)
    after.session_id, after.text = phone.session_id, phone.text
    after.type(IN_DANGER[-1])
    assert after.ended
    today.work()
    assert stored(today, reference_in(after.screen)).urgency == "emergency"


def test_a_session_whose_commune_left_asks_for_the_place_again(gateway: Gateway) -> None:
    phone = dialled(gateway, *IN_DANGER[:-1])
    today = without_some(gateway, COMMUNE_IV)
    after = today.phone(CITIZEN)
    after.session_id, after.text = phone.session_id, phone.text
    after.type(IN_DANGER[-1], "missira", "1", "1", "1", "1")
    assert after.ended, after.screen
    today.work()
    assert stored(today, reference_in(after.screen)).commune == "ml-bamako-commune-ii"


def test_citizens_and_secretaries_of_what_left_go_on_by_phone(gateway: Gateway) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    dialled(gateway, "2", "5", "1", "2")  # Bamanankan, which leaves too
    gateway.phone(CITIZEN).write("on a volé ma moto à Lafiabougou hier soir")
    gateway.phone("+22370001002").write("des bandits ont volé deux motos à Lafiabougou")
    gateway.work()
    references = [reference_in(gateway.inbox(number)[0]) for number in (CITIZEN, "+22370001002")]
    today = without_some(gateway, *GONE)
    first, second = references

    def says(number: str, text: str) -> str:
        before = len(today.inbox(number))
        today.phone(number).write(text)
        today.work()
        return today.inbox(number)[before]

    says(SECRETARY, "PIN 4711")
    agenda = says(SECRETARY, "AGENDA")
    assert first.removeprefix("CCS-") in agenda or "sensible" in agenda
    assert first in says(SECRETARY, f"VOIR {first}")
    assert "à l'ordre du jour" in says(SECRETARY, f"OK {first}")
    assert first in says(CITIZEN, f"SUIVI {first}")
    assert "1 24/11 à l'ordre du jour" in dialled(today, "2").screen
    assert first in dialled(today, "2", first).screen
    assert first in says(SECRETARY, f"CLORE {first} Une patrouille passe.")
    today.undo_is_over()
    assert "Une patrouille passe." in today.inbox(CITIZEN)[-1]
    assert second in says("+22370001002", f"SUIVI {second}")


def test_what_may_have_been_sensitive_is_kept_from_who_may_not_see_that(gateway: Gateway) -> None:
    gateway.phone(CITIZEN).write("mon mari me frappe à Lafiabougou")
    gateway.work()
    reference = reference_in(gateway.inbox(CITIZEN)[0])
    assert stored(gateway, reference).category == "gbv"
    today = without_some(gateway, "gbv")
    today.administrator("coordination@example.org", Role.COORDINATOR)
    today.administrator(ADMIN)
    for email, sees in (("coordination@example.org", False), (ADMIN, True)):
        desk = sign_in(today, email)
        assert (reference in desk.get("/queue/concerns")) is sees
        assert desk.http.get(f"/queue/concerns/{reference}").status_code == (200 if sees else 404)
        assert (reference in desk.http.get("/queue/concerns.csv").text) is sees
    assert "gbv" in sign_in(today, ADMIN).get("/queue/concerns")


def test_the_words_of_a_category_that_left_are_erased_in_time(gateway: Gateway) -> None:
    gateway.phone(CITIZEN).write("on a volé ma moto à Lafiabougou hier soir")
    gateway.work()
    today = without_some(gateway, "theft")
    gateway.clock.forward(days=400)
    assert purge_now(today.deployment, "tests").texts == 1


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)  # it is long; the queries have tests on both
def test_the_worker_and_every_page_go_on_with_half_a_year_of_what_left(gateway: Gateway) -> None:
    fill(gateway.deployment)
    today = without_some(gateway, *GONE)
    routing = provider_routing(today.deployment.settings)
    today.work()
    for days in (1, 6, 7):
        today.clock.forward(days=days)
        sweep_all(today.deployment, routing)
        send_due_digests(today.deployment)
        send_surge_alerts(today.deployment)
    for role, area in ((Role.ADMINISTRATOR, "ml"), (Role.COORDINATOR, "ml-bamako"), (Role.SECRETARY, COMMUNE_IV)):
        email = f"{role.value}.{area}@example.org"
        today.administrator(email, role, area)
        http, opened = sign_in(today, email).http, set()
        for rule in today.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or re.search(
                "/simulator|/queue/login|/logout|/readyz|<token>", str(rule)
            ):
                continue
            today.deployment.redis.flushall()  # who opens much in vain is slowed down, which is tested elsewhere
            for path in paths_of(today, rule):
                answer = http.get(path)
                assert answer.status_code < 500, (email, path)
                opened |= {rule.endpoint} if answer.status_code == 200 else set()
        if (role, area) == (Role.ADMINISTRATOR, "ml"):
            assert {"queue.committee", "queue.item", "queue.concern", "queue.meeting", "queue.paper"} <= opened
        if role is Role.SECRETARY:
            assert {"queue.item", "queue.concern"} <= opened


def paths_of(gateway: Gateway, rule: Rule) -> list[str]:
    """The addresses of a route for what left the pack: an item and a concern in each state, and of each category."""
    with gateway.deployment.database.read() as transaction:
        items: dict[str, int] = {}
        concerns: dict[str, str] = {}
        for item in transaction.scalars(select(AgendaItem).where(AgendaItem.commune == COMMUNE_IV)):
            items |= {item.category: item.id, item.state: item.id} if item.category in SHOWN else {}
        for concern in transaction.scalars(select(Concern).where(Concern.commune == COMMUNE_IV)):
            reference = concern.reference
            concerns |= {concern.category: reference, concern.state: reference} if concern.category in SHOWN else {}
        meetings = dict(
            transaction.execute(select(Meeting.state, Meeting.id).where(Meeting.committee == COMMUNE_IV)).all()
        )
    known: dict[str, list[str]] = {
        "/items/<id:id>": [f"/items/{id}" for id in set(items.values())],
        "<code>/meetings/<id:id>": [f"{COMMUNE_IV}/meetings/{id}" for id in meetings.values()],
        "<reference>": sorted(set(concerns.values())),
        "<code>": [COMMUNE_IV],
        "<paper>": ["ordre-du-jour", "proces-verbal"],
        "<form>": ["pdf", "docx", "json", "csv"],
        "<id:id>": ["1"],
        "<id>": ["1"],
    }
    paths = [str(rule)]
    for part, values in known.items():
        paths = [path.replace(part, value) for path in paths for value in (values if part in path else [""])]
    return paths


def test_the_commands_go_on_with_what_left(gateway: Gateway, run: Run) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.phone(CITIZEN).write("on a volé ma moto à Lafiabougou hier soir")
    gateway.work()
    reference = reference_in(gateway.inbox(CITIZEN)[0])
    assert run("duty", "set", "+22370009008", "--region", "Bamako").exit_code == 0
    with gateway.deployment.database.write() as transaction:
        left = {"category": "cattle_raid", "commune": "ml-gone"}
        transaction.execute(update(Concern).values(**left))
        transaction.execute(update(AgendaItem).values(**left))
        transaction.execute(update(DutyNumber).values(area="ml-gone"))
    (listed,) = rows(run("concerns", "list", "--json"))
    assert (listed["reference"], listed["category"]) == (reference, "cattle_raid")
    assert run("concerns", "show", reference).exit_code == 0
    (item,) = rows(run("agenda", "show", "--committee", COMMUNE_IV, "--json"))
    assert item["category"] == "cattle_raid"
    assert run("digest", "send", "--committee", COMMUNE_IV, "--dry-run").exit_code == 0
    assert [number["area"] for number in rows(run("duty", "list", "--json"))] == ["ml-gone"]
    assert run("duty", "remove", "--region", "ml-gone").exit_code == 0
    for command in (("export", CITIZEN), ("people", "list"), ("messages", "list"), ("committees", "list")):
        assert run(*command).exit_code == 0
