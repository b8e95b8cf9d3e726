"""The backup of room keys: only ours is read back, and its version is signed by our identity."""

from __future__ import annotations

import json
from typing import Any

import pytest
import vodozemac
from hypothesis import given
from hypothesis import strategies as st

from bots.encryption.cross_signing import decoded, unpadded
from bots.encryption.key_backup.backup_key import ALGORITHM, BackupSecret, is_version_of
from bots.encryption.protocol import Refused
from tests.lib.machines import identity_of

USER = "@palabre:example.org"
KEY = BackupSecret(USER, b"k" * 32)
SESSION: dict[str, Any] = {
    "algorithm": "m.megolm.v1.aes-sha2",
    "session_key": "AQ…",
    "sender_claimed_keys": {},
}


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=5))
def test_what_is_put_there_is_read_back(session: dict[str, str]) -> None:
    assert KEY.opened(KEY.writer.sealed(session)) == session


def test_any_client_can_open_it_with_the_private_key() -> None:
    """Ours is a client like any other: that its codes are there does not change the format."""
    data = KEY.writer.sealed(SESSION)
    message = vodozemac.Message.from_base64(data["ciphertext"], data["mac"], data["ephemeral"])
    secret = vodozemac.Curve25519SecretKey.from_bytes(KEY.private)
    assert json.loads(vodozemac.PkDecryption.from_key(secret).decrypt(message)) == SESSION


def test_what_the_homeserver_encrypts_with_the_public_key_is_refused() -> None:
    writer = KEY.writer
    forged = BackupSecret(USER, b"f" * 32).writer
    theirs = type(forged)(USER, writer.public, forged.mac_key).sealed(SESSION)
    without = {k: v for k, v in writer.sealed(SESSION).items() if k != "signatures"}
    for data in (theirs, without, {**without, "signatures": {USER: {"x": "y"}}}):
        with pytest.raises(Refused):
            KEY.opened(data)


@pytest.mark.parametrize("part", ["ciphertext", "mac", "ephemeral"])
def test_what_was_changed_is_refused(part: str) -> None:
    data = KEY.writer.sealed(SESSION)
    changed = bytes((decoded(data[part])[0] ^ 1,)) + decoded(data[part])[1:]
    with pytest.raises(Refused):
        KEY.opened({**data, part: unpadded(changed)})
    with pytest.raises(Refused):
        KEY.opened({**data, "more": 1})


@pytest.mark.parametrize(
    "data", [None, [], "x", {}, {"signatures": []}, {"ciphertext": 1, "signatures": {USER: 5}}]
)
def test_what_is_malformed_is_refused(data: object) -> None:
    with pytest.raises(Refused):
        KEY.opened(data)


def test_a_version_is_ours_only_with_our_key_and_our_signature() -> None:
    identity, other = identity_of(USER), identity_of(USER, 1)
    writer, master = KEY.writer, identity.master.public

    def ours(version: dict[str, Any] | None) -> bool:
        return is_version_of(version, writer.public, user_id=USER, master=master)

    data = writer.auth_data(identity)
    assert ours({"algorithm": ALGORITHM, "auth_data": data, "version": "1"})
    assert not ours(None)
    assert not ours({"algorithm": "another", "auth_data": data})
    assert not ours({"algorithm": ALGORITHM, "auth_data": writer.auth_data(other)})
    assert not ours({"algorithm": ALGORITHM, "auth_data": {"public_key": writer.public}})
    theirs = BackupSecret(USER, b"f" * 32).writer.auth_data(identity)
    assert not ours({"algorithm": ALGORITHM, "auth_data": theirs})
    assert not ours({"algorithm": ALGORITHM, "auth_data": {**data, "public_key": theirs["public_key"]}})


def test_nothing_of_the_keys_is_shown() -> None:
    shown = f"{KEY!r} {KEY.writer!r}"
    assert "k" * 8 not in shown
    assert unpadded(KEY.writer.mac_key) not in shown
