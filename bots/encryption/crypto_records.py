"""The records of the crypto store, and those that have changed since the last write. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nio.crypto import OutboundGroupSession, Session

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device, KnownUser
from bots.encryption.room_session import RoomSession
from bots.encryption.verification_events import VerificationId


@dataclass(frozen=True, slots=True)
class KeyShare:
    """What a device was sent at ``at``: a room's key (``key``), or why it gets none.

    ``withheld`` is a code of ``m.room_key.withheld`` (spec, "Reporting that decryption keys are withheld"), None where
    the key was sent. It was sent ``repeated`` times more, the last time at ``sent`` (`bots.encryption.repeated_keys`).
    """

    withheld: str | None
    at: datetime
    sent: datetime
    key: str = field(default="", repr=False)
    repeated: int = 0


@dataclass(slots=True)
class OutboundGroup:
    """A room's outbound Megolm session. ``given`` has what was sent of it to each device, by (user, device).

    It is kept in memory only, so that each process begins new ones: a crypto store that was put back from a copy would
    use message keys a second time. ``shared_history``: see `RoomSession`; with another value there is another session.
    """

    room_id: str
    session: OutboundGroupSession
    created: datetime
    messages: int
    given: dict[tuple[str, str], KeyShare]
    shared_history: bool = False


@dataclass(slots=True)
class OlmSessionEntry:
    """An Olm session, and when it was made and last used.

    ``is_stale``: it may be older than what we have sent with it, so nothing is encrypted with it. ``is_doubtful``: its
    device has begun it since the start of this process, with a message that it may have sent long before: no key of it
    was used, but the device may not be able to decrypt what is encrypted with it.
    """

    session: Session
    created: datetime
    used: datetime
    is_stale: bool = False
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An encrypted event whose Megolm session has not arrived yet."""

    room_id: str
    sender: str
    session_id: str
    event: Json


@dataclass(frozen=True, slots=True)
class RestoredSession:
    """An inbound session that came from the key backup, or from another device of ours.

    ``user_id``: whose device had made it, None where that was not known. ``direct_from``: the message index from which
    on that device has given us the session itself, None where it has not.
    """

    user_id: str | None
    direct_from: int | None

    def given_from(self, index: int) -> RestoredSession:
        """Return it as it is once its device has given it from a message index on."""
        known = () if self.direct_from is None else (self.direct_from,)
        return RestoredSession(self.user_id, min((index, *known)))


@dataclass(slots=True)
class PendingWrites:
    """The records that have changed since the last commit, by primary key."""

    account: bool = False
    olm: dict[tuple[str, str], OlmSessionEntry] = field(default_factory=dict)
    olm_removed: set[tuple[str, str]] = field(default_factory=set)
    inbound: dict[tuple[str, str, str], RoomSession] = field(default_factory=dict)
    sent: dict[str, tuple[str, int]] = field(default_factory=dict)
    unreadable: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    users: dict[str, KnownUser] = field(default_factory=dict)
    indexes: dict[tuple[str, str, int], tuple[str, int]] = field(default_factory=dict)
    waiting: dict[str, WaitingEvent | None] = field(default_factory=dict)
    unhandled: dict[str, tuple[str, Json] | None] = field(default_factory=dict)
    invitations: dict[str, Json | None] = field(default_factory=dict)
    backed_up: dict[tuple[str, str], str] = field(default_factory=dict)
    to_back_up: set[tuple[str, str]] = field(default_factory=set)
    restored: dict[tuple[str, str, str], RestoredSession] = field(default_factory=dict)
    verifications: dict[VerificationId, str | None] = field(default_factory=dict)

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
            self.sent,
            self.unreadable,
            self.users,
            self.indexes,
            self.waiting,
            self.unhandled,
            self.invitations,
            self.backed_up,
            self.to_back_up,
            self.restored,
            self.verifications,
        )


def devices_json(user: KnownUser) -> str:
    """Return a user's devices as JSON, as the file stores them."""
    devices = [
        [d.device_id, d.ed25519, d.curve25519, d.signed, d.gone, d.vouched] for d in user.devices.values()
    ]
    return json.dumps({"master": user.master, "devices": devices}, separators=(",", ":"))


def known_user(user_id: str, kept: Any, *, current: bool) -> KnownUser:
    """Return the user whose devices `devices_json` has written.

    A list was written by an older version, without the identities that vouch for devices: these are asked for again.
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
    """Return a time that the file stores in seconds since 1970, as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
