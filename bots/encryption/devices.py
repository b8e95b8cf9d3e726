"""Whose device is it: what ``/keys/query`` says, believed only as far as its signatures carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bots.encryption.cross_signing import at, is_signed, public_key


@dataclass(frozen=True, slots=True)
class Device:
    """A device of somebody. ``signed`` says whether its owner's self-signing key vouches for it, ``gone`` whether
    the server shows it no more; its keys are remembered, so that nobody comes back under its id with others.
    """

    user_id: str
    device_id: str
    ed25519: str
    curve25519: str
    signed: bool
    gone: bool = False

    def without_trust(self) -> Device:
        """Return it as one that is no more."""
        return Device(self.user_id, self.device_id, self.ed25519, self.curve25519, signed=False, gone=True)

    def has_keys_of(self, other: Device) -> bool:
        """Whether the two have the same identity keys."""
        return (self.ed25519, self.curve25519) == (other.ed25519, other.curve25519)


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user's devices by id, ``current`` as long as the server has not said that they have changed."""

    user_id: str
    devices: Mapping[str, Device]
    current: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer shows of one user: the devices, and how many were malformed or not signed by themselves."""

    devices: tuple[Device, ...]
    refused: int


def devices_of(answer: Mapping[str, Any], user_id: str) -> Shown:
    """Return the devices that the answer of ``/keys/query`` shows of a user.

    Each has signed its own keys, so that nobody's device can be passed off as another's; the chain from the
    owner's master key to the device is verified (spec, "Cross-signing").
    """
    listed = at(answer, "device_keys", user_id)
    if not isinstance(listed, Mapping):
        return Shown((), 0)
    signing = self_signing_key(answer, user_id)
    devices = tuple(_devices(listed, user_id, signing))
    return Shown(devices, len(listed) - len(devices))


def _devices(listed: Mapping[str, Any], user_id: str, signing: str | None) -> Iterator[Device]:
    for device_id, keys in listed.items():
        ed25519, curve25519 = (
            at(keys, "keys", f"ed25519:{device_id}"),
            at(keys, "keys", f"curve25519:{device_id}"),
        )
        if not isinstance(ed25519, str) or not isinstance(curve25519, str):
            continue
        if (keys.get("user_id"), keys.get("device_id")) != (user_id, device_id):
            continue
        if is_signed(keys, user_id=user_id, key_id=device_id, public=ed25519):
            owned = signing is not None and is_signed(keys, user_id=user_id, key_id=signing, public=signing)
            yield Device(user_id, device_id, ed25519, curve25519, signed=owned)


def self_signing_key(answer: Mapping[str, Any], user_id: str) -> str | None:
    """Return the user's self-signing key, None where there is none that their master key vouches for."""
    master = public_key(at(answer, "master_keys", user_id), user_id=user_id, usage="master")
    key = at(answer, "self_signing_keys", user_id)
    signing = public_key(key, user_id=user_id, usage="self_signing")
    if master is None or signing is None or not is_signed(key, user_id=user_id, key_id=master, public=master):
        return None
    return signing
