"""What the crypto store keeps, and what of it has changed since it was last written. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nio.crypto import InboundGroupSession, OutboundGroupSession, Session

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device, KnownUser


@dataclass(frozen=True, slots=True)
class KeyShare:
    """What a device was sent of a room's outbound session at a time: its key, or why not (``withheld``: the code)."""

    withheld: str | None
    at: datetime


@dataclass(slots=True)
class OutboundGroup:
    """A room's outbound Megolm session and to whom its key was given: (user, device) → what."""

    room_id: str
    session: OutboundGroupSession
    created: datetime
    messages: int
    given: dict[tuple[str, str], KeyShare]


@dataclass(slots=True)
class OlmSessionEntry:
    """An Olm session with the device of a Curve25519 key."""

    session: Session
    created: datetime
    used: datetime


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event whose key has not come."""

    room_id: str
    sender: str
    session_id: str
    event: Json


@dataclass(slots=True)
class PendingWrites:
    """What has changed since the last commit, by primary key."""

    account: bool = False
    olm: dict[tuple[str, str], OlmSessionEntry] = field(default_factory=dict)
    olm_removed: set[tuple[str, str]] = field(default_factory=set)
    inbound: dict[tuple[str, str, str], InboundGroupSession] = field(default_factory=dict)
    outbound: dict[str, OutboundGroup | None] = field(default_factory=dict)
    given: dict[tuple[str, str, str], tuple[str, KeyShare]] = field(default_factory=dict)
    users: dict[str, KnownUser] = field(default_factory=dict)
    indexes: dict[tuple[str, str, int], tuple[str, int]] = field(default_factory=dict)
    waiting: dict[str, WaitingEvent | None] = field(default_factory=dict)
    unhandled: dict[str, tuple[str, Json] | None] = field(default_factory=dict)
    invitations: dict[str, Json | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.account or any(self._parts())

    def clear(self) -> None:
        """Note that all of it is written."""
        self.account = False
        for part in self._parts():
            part.clear()

    def _parts(self) -> tuple[dict[Any, Any] | set[Any], ...]:
        return (
            self.olm,
            self.olm_removed,
            self.inbound,
            self.outbound,
            self.given,
            self.users,
            self.indexes,
            self.waiting,
            self.unhandled,
            self.invitations,
        )


def devices_json(user: KnownUser) -> str:
    """Return what is known of a user as the file keeps it."""
    devices = [
        [d.device_id, d.ed25519, d.curve25519, d.signed, d.gone, d.vouched] for d in user.devices.values()
    ]
    return json.dumps({"master": user.master, "devices": devices}, separators=(",", ":"))


def known_user(user_id: str, kept: Any, *, current: bool) -> KnownUser:
    """Return what `devices_json` has kept.

    What an older Palabre has kept does not say which identity vouches: it is asked for anew.
    """
    if isinstance(kept, list):
        devices = {values[0]: Device(user_id, *values) for values in kept}
        return KnownUser(user_id, devices, current=False)
    devices = {values[0]: _device(user_id, *values) for values in kept["devices"]}
    return KnownUser(user_id, devices, current, kept["master"])


def _device(
    user_id: str,
    device_id: str,
    ed25519: str,
    curve25519: str,
    signed: bool,
    gone: bool,
    vouched: Sequence[str],
) -> Device:
    return Device(user_id, device_id, ed25519, curve25519, signed, gone, tuple(vouched))


def time_of(seconds: float) -> datetime:
    """Return a time as the file keeps it, in seconds since 1970, as an aware one."""
    return datetime.fromtimestamp(seconds, UTC)
