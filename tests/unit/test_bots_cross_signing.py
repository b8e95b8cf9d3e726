"""Who vouches for which device: a true chain is believed, anything else is not."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.encryption.cross_signing import (
    USAGES,
    Identity,
    SigningKey,
    canonical_json,
    is_signed,
    public_key,
)
from bots.encryption.devices import devices_of

USER = "@awa:example.org"
OTHER = "@mallory:example.org"
DEVICE = SigningKey(b"d" * 32)
FOREIGN = SigningKey(b"f" * 32)
Answer = dict[str, Any]


def identity(user: str = USER) -> Identity:
    return Identity(user, *(SigningKey(usage.encode().ljust(32, b".")) for usage in USAGES))


def device_keys(user: str = USER) -> Answer:
    keys: Answer = {
        "user_id": user,
        "device_id": "PHONE",
        "algorithms": ["m.olm.v1.curve25519-aes-sha2"],
        "keys": {"ed25519:PHONE": DEVICE.public, "curve25519:PHONE": "c"},
    }
    return {**keys, "signatures": {user: {"ed25519:PHONE": DEVICE.sign(keys)}}}


def answer(user: str = USER) -> Answer:
    """Return what /keys/query says of somebody whose one device is signed."""
    own, keys = identity(user), device_keys(user)
    body = own.upload_body()
    signed = own.signed_device(keys)["signatures"][user]
    keys["signatures"][user] |= signed
    return {
        "master_keys": {user: body["master_key"]},
        "self_signing_keys": {user: body["self_signing_key"]},
        "device_keys": {user: {"PHONE": {**keys, "unsigned": {"device_display_name": "Phone"}}}},
    }


def believed(shown: Answer, user: str) -> list[str]:
    return [device.device_id for device in devices_of(shown, user).devices if device.signed]


def test_a_key_from_its_seed_is_that_of_rfc_8032() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    key = SigningKey(seed)
    assert base64.b64decode(key.public + "=") == public
    assert seed.hex() not in repr(key)
    assert str(seed) not in repr(key)


def test_canonical_json_is_the_specs() -> None:
    assert (
        canonical_json({"b": {"日": 1, "a": None}, "a": "é\n"})
        == '{"a":"é\\n","b":{"a":null,"日":1}}'.encode()
    )


def test_what_is_uploaded_is_signed_by_the_master_key() -> None:
    body, own = identity().upload_body(), identity()
    for usage in USAGES:
        key = body[f"{usage}_key"]
        assert public_key(key, user_id=USER, usage=usage)
        assert public_key(key, user_id=OTHER, usage=usage) is None
        if usage != "master":
            assert is_signed(key, user_id=USER, key_id=own.master.public, public=own.master.public)


def test_a_device_with_the_whole_chain_is_believed() -> None:
    assert believed(answer(), USER) == ["PHONE"]
    assert believed(answer(), OTHER) == []


def _unsigned(a: Answer) -> None:
    del a["device_keys"][USER]["PHONE"]["signatures"][USER][f"ed25519:{identity().self_signing.public}"]


def _changed_key(a: Answer) -> None:
    a["device_keys"][USER]["PHONE"]["keys"]["curve25519:PHONE"] = "another"


def _other_identity_key(a: Answer) -> None:
    a["device_keys"][USER]["PHONE"]["keys"]["ed25519:PHONE"] = FOREIGN.public


def _self_signing_replaced(a: Answer) -> None:
    own = identity()
    forged = Identity(USER, own.master, FOREIGN, own.user_signing)
    a["self_signing_keys"][USER]["keys"] = {f"ed25519:{FOREIGN.public}": FOREIGN.public}
    a["device_keys"][USER]["PHONE"]["signatures"][USER] |= forged.signed_device(device_keys())["signatures"][
        USER
    ]


def _under_another_name(a: Answer) -> None:
    a["device_keys"][USER]["TABLET"] = a["device_keys"][USER].pop("PHONE")


def _of_another_user(a: Answer) -> None:
    a["device_keys"][USER]["PHONE"] = answer(OTHER)["device_keys"][OTHER]["PHONE"]


def _usage_is_text(a: Answer) -> None:
    a["self_signing_keys"][USER]["usage"] = "self_signing"


def _usage_is_a_number(a: Answer) -> None:
    a["master_keys"][USER]["usage"] = 5


def _no_master(a: Answer) -> None:
    a["master_keys"] = {}


def _own_signature_missing(a: Answer) -> None:
    # Signed by the owner, but the device itself has not said that these keys are its own.
    del a["device_keys"][USER]["PHONE"]["signatures"][USER]["ed25519:PHONE"]


@pytest.mark.parametrize(
    "spoil",
    [
        _unsigned,
        _changed_key,
        _other_identity_key,
        _self_signing_replaced,
        _under_another_name,
        _of_another_user,
        _usage_is_text,
        _usage_is_a_number,
        _no_master,
        _own_signature_missing,
    ],
    ids=lambda spoil: spoil.__name__.strip("_"),
)
def test_a_device_is_not_believed(spoil: Callable[[Answer], None]) -> None:
    spoilt = answer()
    spoil(spoilt)
    assert believed(spoilt, USER) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return []
    return [found for k, v in value.items() for found in ((*path, k), *_paths(v, (*path, k)))]


SIGNED = answer()


@given(st.sampled_from(_paths(SIGNED)), JSON)
def test_anything_may_stand_anywhere_and_only_the_true_chain_is_believed(
    path: tuple[str, ...], value: Any
) -> None:
    mutated = copy.deepcopy(SIGNED)
    at: Any = mutated
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    for device in devices_of(mutated, USER).devices:
        assert (device.user_id, device.device_id) == (USER, "PHONE")
        assert (device.ed25519, device.curve25519) == (DEVICE.public, "c")
