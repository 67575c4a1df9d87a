import subprocess
import sys

import pytest

from storage.enumerations import Role
from storage.people.administrators import (
    LOCKED_FOR,
    MOST_TRIES,
    add_administrator,
    change_password,
    hash_password,
    kept_password,
    let_in,
    password_is_right,
)
from storage.refusals import AccountRefused, Why
from storage.tables.people import Administrator
from tests.support.gateway import Gateway
from tests.support.servers import ROOT

PASSWORD = "a password of the tests"


def add(gateway: Gateway, email: str = "Admin@Example.org", password: str = PASSWORD) -> None:
    password_hash = hash_password(password)
    with gateway.deployment.database.write() as transaction:
        add_administrator(transaction, email, password_hash, Role.ADMINISTRATOR, "ml", gateway.clock())


def enter(gateway: Gateway, password: str, email: str = "admin@example.org", code: bool = True) -> bool:
    with gateway.deployment.database.read() as transaction:
        kept = kept_password(transaction, email)
    if not password_is_right(kept, password):
        return False
    with gateway.deployment.database.write() as transaction:
        return let_in(transaction, kept, gateway.clock(), lambda _: code) is not None


def test_five_wrong_codes_lock_the_account_for_a_while_and_wrong_passwords_do_not(gateway: Gateway) -> None:
    add(gateway)
    assert enter(gateway, PASSWORD)
    assert not any(enter(gateway, "wrong") for _ in range(2 * MOST_TRIES))
    assert enter(gateway, PASSWORD)
    assert not any(enter(gateway, PASSWORD, code=False) for _ in range(MOST_TRIES))
    assert not enter(gateway, PASSWORD)
    gateway.clock.forward(seconds=LOCKED_FOR.total_seconds() + 1)
    assert enter(gateway, PASSWORD)
    assert not enter(gateway, PASSWORD, "nobody@example.org")
    assert not enter(gateway, "nobody has this password", "nobody@example.org")


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(gateway: Gateway) -> None:
    add(gateway)
    with gateway.deployment.database.read() as transaction:
        kept = kept_password(transaction, "admin@example.org")
    for new, changed in (("another password", True), ("a third password", False)):
        new_hash = hash_password(new)
        with gateway.deployment.database.write() as transaction:
            administrator = transaction.get_one(Administrator, kept.administrator)
            assert change_password(transaction, administrator, kept.password_hash, new_hash) is changed
    with gateway.deployment.database.write() as transaction:
        assert let_in(transaction, kept, gateway.clock(), lambda _: True) is None


def test_a_password_is_kept_as_an_argon2_hash_alone(gateway: Gateway) -> None:
    add(gateway)
    with gateway.deployment.database.read() as transaction:
        kept = transaction.connection().exec_driver_sql("SELECT password_hash FROM administrators").scalar()
    assert str(kept).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("email", "password"), [("admin", PASSWORD), ("a b@c", PASSWORD), ("admin@example.org", "short")]
)
def test_a_malformed_address_or_a_short_password_is_refused(gateway: Gateway, email: str, password: str) -> None:
    with pytest.raises((AccountRefused, ValueError), match=r"must|address_malformed"):
        add(gateway, email, password)


def test_an_address_is_one_administrators(gateway: Gateway) -> None:
    add(gateway)
    with pytest.raises(AccountRefused, match=Why.ADDRESS_TAKEN):
        add(gateway, " ADMIN@example.org ")


def test_an_address_that_is_nobodys_takes_as_long_as_one_that_is() -> None:
    """In a process of its own: in this one hashes are cheap."""
    compared = (
        "from storage.people.administrators import _NOBODY, PASSWORD; print(PASSWORD.check_needs_rehash(_NOBODY))"
    )
    assert subprocess.check_output([sys.executable, "-c", compared], cwd=ROOT, text=True) == "False\n"
