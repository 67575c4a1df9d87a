"""Accounts by page and by command: invited, changed, disabled, helped back in; all at once in force."""

import pytest
from sqlalchemy import select

from storage.enumerations import Role
from storage.tables.people import AccountInvitation, Administrator
from tests.support.accounts import NEW, audited, is_in, join, link_in
from tests.support.browsing import Desk, sign_in
from tests.support.commands import Run, rows
from tests.support.gateway import PASSWORD, Gateway
from tests.support.queue_pages import ADMIN, token_in

OTHER = "other@example.org"
COMMUNE_IV = "ml-bamako-commune-iv"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    return sign_in(gateway, ADMIN)


def invited(desk: Desk, email: str = OTHER, role: str = "coordinator", area: str = "") -> str:
    return link_in(desk.send("/queue/people", "invite", email=email, role=role, area=area))


def page_of(gateway: Gateway, email: str) -> str:
    with gateway.deployment.database.read() as transaction:
        id = transaction.scalars(select(Administrator.id).where(Administrator.email == email)).one()
    return f"/queue/people/{id}"


def test_a_link_lets_somebody_in_once_with_a_password_of_their_own(gateway: Gateway, desk: Desk) -> None:
    link = invited(desk, area="Commune IV")
    assert not is_in(sign_in(gateway, OTHER, NEW))
    assert "10 caractères" in join(gateway, link, "short")[1]
    assert "diffèrent" in join(gateway, link, NEW, "another one")[1]
    assert join(gateway, link)[0] == 302
    theirs = sign_in(gateway, OTHER, NEW)
    assert is_in(theirs)
    assert theirs.http.get("/queue/people").status_code == 403
    used, unknown = (join(gateway, each, "a third password") for each in (link, "/queue/join/unknown"))
    assert (used[0], used[1].partition("</main>")[0]) == (404, unknown[1].partition("</main>")[0])
    assert audited(gateway) == [(ADMIN, "administrator_invited"), (OTHER, "password_chosen")]
    page = desk.get("/queue/people")
    assert "Commune IV" in page
    assert link not in page
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(AccountInvitation)).all() == []


def test_a_link_ends_after_two_days_with_a_newer_one_and_with_the_account(gateway: Gateway, desk: Desk) -> None:
    old = invited(desk)
    newer = link_in(desk.send(page_of(gateway, OTHER), "password"))
    assert join(gateway, old)[0] == 404
    gateway.clock.forward(hours=47, minutes=59)
    assert gateway.app.test_client().get(newer).status_code == 200
    gateway.clock.forward(minutes=2)
    assert join(gateway, newer)[0] == 404
    desk = sign_in(gateway, ADMIN)
    newest = link_in(desk.send(page_of(gateway, OTHER), "password"))
    desk.send(page_of(gateway, OTHER), "disable")
    assert join(gateway, newest)[0] == 404


def test_what_is_changed_holds_at_once_for_who_is_signed_in(gateway: Gateway, desk: Desk) -> None:
    gateway.administrator(OTHER, Role.ADMINISTRATOR)
    page = page_of(gateway, OTHER)
    theirs = sign_in(gateway, OTHER)
    desk.send(page, "role", role="observer", area=COMMUNE_IV)
    assert not is_in(theirs)
    theirs = sign_in(gateway, OTHER)
    assert theirs.http.get("/queue/people").status_code == 403
    link = link_in(desk.send(page, "password"))
    assert not is_in(theirs)
    assert not is_in(sign_in(gateway, OTHER))
    join(gateway, link)
    theirs = sign_in(gateway, OTHER, NEW)
    assert is_in(theirs)
    desk.send(page, "disable")
    assert not is_in(theirs)
    assert not is_in(sign_in(gateway, OTHER, NEW))
    again = link_in(desk.send(page, "invite"))
    assert not is_in(sign_in(gateway, OTHER, NEW))
    join(gateway, again)
    assert is_in(sign_in(gateway, OTHER, NEW))
    acts = [what for actor, what in audited(gateway) if actor == ADMIN]
    assert acts == ["administrator_changed", "password_reset", "administrator_disabled", "administrator_invited"]


def test_nobody_reaches_further_than_their_own_area_or_changes_their_own_account(gateway: Gateway) -> None:
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    gateway.administrator("colleague@example.org", Role.OBSERVER, COMMUNE_IV)
    gateway.administrator("auditor@example.org", Role.AUDITOR, COMMUNE_IV)
    gateway.administrator(OTHER, Role.OBSERVER)
    desk = sign_in(gateway, "iv@example.org")
    page = desk.get("/queue/people")
    assert "colleague@example.org" in page
    assert OTHER not in page
    assert "auditor@example.org" not in page
    token = token_in(page)
    for email in (OTHER, "auditor@example.org"):
        assert desk.http.get(page_of(gateway, email)).status_code == 404
        assert desk.http.post(f"{page_of(gateway, email)}/disable", data={"csrf_token": token}).status_code == 404
    assert (
        desk.http.post(f"{page_of(gateway, 'iv@example.org')}/disable", data={"csrf_token": token}).status_code == 403
    )
    assert "n'est pas une zone" in desk.send(
        "/queue/people", "invite", email="x@example.org", role="observer", area="ml"
    )
    own = page_of(gateway, "colleague@example.org")
    assert "n'est pas une zone" in desk.send(own, "role", role="administrator", area="ml-kayes")
    for role in ("auditor", "secretary", "king", ""):
        form = {"csrf_token": token, "email": "x@example.org", "role": role}
        assert desk.http.post("/queue/people/invite", data=form).status_code == 403, role


def test_an_address_that_is_taken_or_malformed_is_told(gateway: Gateway, desk: Desk) -> None:
    assert "a déjà un compte" in desk.send("/queue/people", "invite", email=f" {ADMIN.upper()} ", role="observer")
    assert "s'écrit comme" in desk.send("/queue/people", "invite", email="nobody", role="observer")
    several = desk.send("/queue/people", "invite", email="x@example.org", role="observer", area="Kayes")
    assert "`Kayes` n'est pas une zone, ou plusieurs" in several
    assert audited(gateway) == []


def test_the_commands_do_the_same(gateway: Gateway, run_at_its_time: Run) -> None:
    run = run_at_its_time
    result = run("people", "invite", OTHER, "--role", "administrator", "--area", "Commune IV")
    link = link_in(result.stdout)
    assert "48 hours" in result.stdout
    assert join(gateway, link)[0] == 302
    desk = sign_in(gateway, OTHER, NEW)
    assert run("people", "set-role", OTHER, "--role", "observer").stdout == f"{OTHER} is observer of Mali\n"
    assert not is_in(desk)
    desk = sign_in(gateway, OTHER, NEW)
    assert is_in(desk)
    join(gateway, link_in(run("people", "reset-password", OTHER).stdout), PASSWORD)
    assert not is_in(desk)
    desk = sign_in(gateway, OTHER)
    assert is_in(desk)
    assert run("people", "disable", OTHER).stdout == f"{OTHER} signs in no more\n"
    assert not is_in(desk)
    listed = rows(run("people", "list", "--json"))
    assert [(row["who"], row["role"], row["area"], row["state"]) for row in listed] == [
        (OTHER, "observer", "ml", "disabled")
    ]
    refused = run("people", "reset-password", OTHER)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("this account is disabled")
    for command in (["disable"], ["reset-password"], ["set-role", "--role", "observer"]):
        assert run("people", command[0], "nobody@example.org", *command[1:]).stderr == "nobody has that address\n"
    assert "give its number" in run("people", "invite", "s@example.org", "--role", "secretary").stderr
    assert [what for actor, what in audited(gateway) if actor == "command"] == [
        "administrator_invited", "administrator_changed", "password_reset", "administrator_disabled",
    ]  # fmt: skip
