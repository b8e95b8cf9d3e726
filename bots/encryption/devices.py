"""Reads other people's devices from ``/keys/query``, and verifies whose identity vouches for them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bots.encryption.cross_signing import at, is_signed, public_key

MOST_VOUCHED = 4
"""The most master keys kept in `Device.vouched` while none of them is pinned."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device of a user.

    ``signed``: its owner's self-signing key has signed it. ``gone``: the server does not show it any more; its keys are
    kept, so that no other device can use its id. ``vouched``: the master keys under which it was seen signed, oldest
    first. They are kept when the server shows another identity: that does not undo a signature under the pinned one.
    """

    user_id: str
    device_id: str
    ed25519: str
    curve25519: str
    signed: bool
    gone: bool = False
    vouched: tuple[str, ...] = ()

    def without_trust(self) -> Device:
        """Return the device as gone and not signed."""
        return Device(self.user_id, self.device_id, self.ed25519, self.curve25519, signed=False, gone=True)

    def with_vouched_before(self, before: Device, pinned: str | None) -> Device:
        """Return it with the master keys in ``before.vouched`` added: all of them, or only the pinned one."""
        kept = (key for key in before.vouched if pinned in (None, key))
        return replace(self, vouched=tuple(dict.fromkeys((*kept, *self.vouched)))[-MOST_VOUCHED:])

    def has_keys_of(self, other: Device) -> bool:
        """Whether the two have the same identity keys."""
        return (self.ed25519, self.curve25519) == (other.ed25519, other.curve25519)


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user's devices by id. ``current``: the server has not reported a change since they were asked for.

    ``master``: the master key that the server shows, None where there is none or its chain of signatures is invalid.
    """

    user_id: str
    devices: Mapping[str, Device]
    current: bool
    master: str | None = None


@dataclass(frozen=True, slots=True)
class ShownDevices:
    """One user's devices in an answer. ``refused``: how many were malformed or not signed by themselves."""

    devices: tuple[Device, ...]
    refused: int
    master: str | None = None


def devices_of(answer: Mapping[str, Any], user_id: str) -> ShownDevices:
    """Return the devices that the answer of ``/keys/query`` shows of a user.

    Each has signed its own keys, so that nobody's device can be passed off as another's; the chain from the
    owner's master key to the device is verified (spec, "Cross-signing").
    """
    listed = at(answer, "device_keys", user_id)
    if not isinstance(listed, Mapping):
        return ShownDevices((), 0)
    master, signing = chain(answer, user_id) or (None, None)
    devices = tuple(_devices(listed, user_id, master, signing))
    return ShownDevices(devices, len(listed) - len(devices), master)


def _devices(
    listed: Mapping[str, Any], user_id: str, master: str | None, signing: str | None
) -> Iterator[Device]:
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
            vouched = (master,) if owned and master is not None else ()
            yield Device(user_id, device_id, ed25519, curve25519, signed=owned, vouched=vouched)


def chain(answer: Mapping[str, Any], user_id: str) -> tuple[str, str] | None:
    """Return the user's master key and the self-signing key that it has signed; None where either is not valid."""
    master = public_key(at(answer, "master_keys", user_id), user_id=user_id, usage="master")
    key = at(answer, "self_signing_keys", user_id)
    signing = public_key(key, user_id=user_id, usage="self_signing")
    if master is None or signing is None or not is_signed(key, user_id=user_id, key_id=master, public=master):
        return None
    return master, signing
