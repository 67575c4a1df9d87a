import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.safety.vault import Vault, VaultError


@given(st.text(max_size=300))
def test_what_is_sealed_opens_again_and_never_looks_the_same(text: str) -> None:
    vault = Vault(("one",))
    sealed = vault.seal("column", text)
    assert vault.open("column", sealed) == text
    assert vault.seal("column", text) != sealed
    if len(text) > 3:
        assert text.encode("utf-8", "replace") not in sealed


def test_a_newer_key_seals_and_the_older_one_still_opens() -> None:
    old, both, new = Vault(("old",)), Vault(("new", "old")), Vault(("new",))
    sealed = old.seal("column", "secret")
    assert both.open("column", sealed) == "secret"
    assert new.open("column", both.seal("column", "secret")) == "secret"
    assert old.hash("msisdn", "+22376000001") in both.hashes("msisdn", "+22376000001")
    with pytest.raises(VaultError, match="SECRET_KEYS does not hold"):
        new.open("column", sealed)


def test_a_seal_that_was_changed_or_moved_does_not_open() -> None:
    vault = Vault(("one",))
    sealed = vault.seal("column", "secret")
    for wrong in (
        ("other", sealed),
        ("column", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("column", b""),
        ("column", sealed[:10]),
    ):
        with pytest.raises(VaultError):
            vault.open(*wrong)
