import pytest

from storage.administrators import LOCKED_FOR, MOST_TRIES, add_administrator, log_in
from storage.states import Role
from tests.conftest import Gateway

PASSWORD = "a password of the tests"


def add(gateway: Gateway, email: str = "Admin@Example.org", password: str = PASSWORD) -> None:
    with gateway.deployment.database.write() as open_:
        add_administrator(open_, email, password, Role.ADMINISTRATOR, "ml", gateway.clock())


def enter(gateway: Gateway, password: str, email: str = "admin@example.org") -> bool:
    with gateway.deployment.database.write() as open_:
        return log_in(open_, email, password, gateway.clock(), lambda _: True) is not None


def test_five_wrong_passwords_lock_the_account_for_a_while(gateway: Gateway) -> None:
    add(gateway)
    assert enter(gateway, PASSWORD)
    assert [enter(gateway, "wrong") for _ in range(MOST_TRIES)] == [False] * MOST_TRIES
    assert not enter(gateway, PASSWORD)
    gateway.clock.forward(seconds=LOCKED_FOR.total_seconds() + 1)
    assert enter(gateway, PASSWORD)
    assert not enter(gateway, PASSWORD, "nobody@example.org")


def test_a_password_is_kept_as_an_argon2_hash_alone(gateway: Gateway) -> None:
    add(gateway)
    with gateway.deployment.database.read() as open_:
        kept = open_.connection().exec_driver_sql("SELECT password_hash FROM administrators").scalar()
    assert str(kept).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("email", "password"), [("admin", PASSWORD), ("a b@c", PASSWORD), ("admin@example.org", "short")]
)
def test_a_malformed_address_or_a_short_password_is_refused(gateway: Gateway, email: str, password: str) -> None:
    with pytest.raises(ValueError, match=r"must"):
        add(gateway, email, password)


def test_an_address_is_one_administrators(gateway: Gateway) -> None:
    add(gateway)
    with pytest.raises(ValueError, match="is an administrator already"):
        add(gateway, " ADMIN@example.org ")
