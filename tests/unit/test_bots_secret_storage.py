"""Secret storage and the recovery key: their forms are the specification's, and a slip is noticed."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.encryption.key_backup.recovery_key import read, written
from bots.encryption.key_backup.secret_storage import ALGORITHM, SecretStorageKey
from bots.errors import RecoveryKeyMistyped, SecretUnreadable

KEYS = st.binary(min_size=32, max_size=32)
TEXT = "EsTj 3yST y93F SLpB jJsz eAXc 2XzA ygD3 w69H fGaN TKBj jXEd"
DESCRIPTION = {
    "algorithm": ALGORITHM,
    "iv": "xv5b6/p3ExEw++wTyfSHEg==",
    "mac": "ujBBbXahnTAMkmPUX2/0+VTfUh63pGyVRuBcDMgmJC8=",
}
"""A key and its description that matrix-rust-sdk reads (crates/matrix-sdk-crypto/src/secret_storage.rs)."""


def test_a_key_and_its_check_of_another_implementation_are_read() -> None:
    key = SecretStorageKey(read(TEXT))
    assert key.fits(DESCRIPTION)
    assert written(key.key) == TEXT
    assert not SecretStorageKey(bytes(32)).fits(DESCRIPTION)


@pytest.mark.parametrize("spaced", [TEXT.replace(" ", ""), f"  {TEXT}\n", TEXT.replace(" ", "\n\t")])
def test_spaces_and_line_ends_do_not_matter(spaced: str) -> None:
    assert read(spaced) == read(TEXT)


@given(KEYS)
def test_each_key_is_read_as_it_was_written(key: bytes) -> None:
    assert read(written(key)) == key
    assert {len(group) for group in written(key).split()} == {4}


@given(KEYS, st.integers(0, 47), st.integers(1, 57))
def test_one_wrong_character_is_noticed_or_is_no_key_of_ours(key: bytes, at: int, by: int) -> None:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    text = written(key).replace(" ", "")
    wrong = text[:at] + alphabet[(alphabet.index(text[at]) + by) % 58] + text[at + 1 :]
    # The check has eight bits: one slip of 256 passes it, and is another key then.
    with suppress(RecoveryKeyMistyped):
        assert read(wrong) != key


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " ",
        TEXT[:-1],
        TEXT[1:],
        f"{TEXT}1",
        TEXT[:-1] + "e",
        TEXT.replace("j", "0"),
        TEXT.lower(),
        "é" * 48,
        "1" * 48,
        "z" * 201,
        "1" * 100_000,
    ],
)
def test_what_is_no_key_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(RecoveryKeyMistyped):
        read(wrong)


@given(KEYS, st.text(max_size=60), st.text(max_size=200))
def test_a_secret_is_opened_with_its_key_and_under_its_name_alone(key: bytes, name: str, secret: str) -> None:
    storage = SecretStorageKey(key)
    sealed = storage.sealed(name, secret)
    assert storage.opened(name, sealed) == secret
    with pytest.raises(SecretUnreadable):
        storage.opened(f"{name}.", sealed)
    with pytest.raises(SecretUnreadable):
        SecretStorageKey(bytes((key[0] ^ 1,)) + key[1:]).opened(name, sealed)


@pytest.mark.parametrize(
    "sealed",
    [None, {}, [], "text", {"iv": 1, "ciphertext": 2, "mac": 3}, {"iv": "AA", "ciphertext": "", "mac": ""}],
)
def test_a_malformed_secret_is_unreadable(sealed: object) -> None:
    with pytest.raises(SecretUnreadable):
        SecretStorageKey(bytes(32)).opened("m.cross_signing.master", sealed)


def test_a_changed_secret_is_unreadable() -> None:
    storage = SecretStorageKey.drawn()
    sealed = storage.sealed("name", "secret")
    for part in ("ciphertext", "mac"):
        first = "B" if sealed[part].startswith("A") else "A"
        with pytest.raises(SecretUnreadable):
            storage.opened("name", {**sealed, part: first + sealed[part][1:]})


@given(KEYS)
def test_its_own_description_fits_and_says_nothing_of_it(key: bytes) -> None:
    storage = SecretStorageKey(key)
    description = storage.description()
    assert storage.fits(description)
    assert repr(storage) == "SecretStorageKey(…)"
    assert not storage.fits({**description, "algorithm": "another"})
    assert not storage.fits({**description, "iv": "AAAA"})
    assert not storage.fits({**description, "mac": 7})
    assert storage.fits({"algorithm": ALGORITHM})
