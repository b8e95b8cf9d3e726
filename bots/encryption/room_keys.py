"""Encrypts for rooms, and gives room keys to the devices entitled to them (spec, "m.megolm.v1.aes-sha2")."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nio.crypto import InboundGroupSession, OutboundGroupSession

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_records import KeyShare, OutboundGroup
from bots.encryption.devices import Device
from bots.encryption.known_devices import KnownDevices
from bots.encryption.olm_sessions import OlmSessions
from bots.encryption.own_keys import OwnKeys
from bots.encryption.protocol import MEGOLM, Rotation
from bots.encryption.room_session import SHARED_HISTORY, RoomSession
from bots.encryption.store import CryptoStore

NO_OLM = "m.no_olm"
UNVERIFIED = "m.unverified"
UNAUTHORISED = "m.unauthorised"
WITHHELD_REASONS = {
    NO_OLM: "Unable to establish a secure channel.",
    UNVERIFIED: "The device has not been verified by its owner.",
    UNAUTHORISED: "No moderator has invited you to this room.",
}
ASK_AGAIN = timedelta(minutes=1)
"""How long after a device had no one-time key, or a user's homeserver did not answer, these are asked again.

A device that has begun a session itself is asked sooner.
"""
_NIO_LIMIT = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class UnknownDevices:
    """Encrypting must wait: the devices of these users have to be asked for first."""

    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnsharedDevices:
    """Encrypting must wait: ``devices`` need the room's key first; ``unsigned`` are told why they get none."""

    devices: tuple[Device, ...]
    unsigned: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class EncryptedContent:
    """The content of an ``m.room.encrypted`` event. The session's state is on the disk."""

    content: Json


@dataclass(frozen=True, slots=True)
class RoomKeys:
    """To-device contents, user → device → content: ``keys``, and ``withheld`` for devices that cannot be given one.

    ``told``: devices, by user and id, that still cannot be given one and were told so before. ``key``: the key in
    ``keys``, as the session was then.
    """

    keys: Mapping[str, Mapping[str, Json]]
    withheld: Mapping[str, Mapping[str, Json]]
    told: tuple[tuple[str, str], ...]
    session_id: str
    key: str = field(default="", repr=False)


class GroupSessions:
    """Our outbound Megolm session of each room, and which devices have its key."""

    def __init__(self, store: CryptoStore, own: OwnKeys, devices: KnownDevices, olm: OlmSessions) -> None:
        self.store = store
        self.own = own
        self.devices = devices
        self.olm = olm

    def encrypt(
        self,
        room_id: str,
        members: Sequence[str],
        event_type: str,
        content: Mapping[str, Any],
        *,
        rotation: Rotation,
        shared_history: bool,
        now: datetime,
    ) -> UnknownDevices | UnsharedDevices | EncryptedContent:
        """Encrypt an event for ``members``, or return what must be done first.

        A new session is begun where the current one has reached its limit (``rotation``), where somebody who has its
        key is no longer a member, and where its flag is another: ``shared_history`` says whether the room's history is
        open to people who come later.
        """
        unknown = self.devices.not_current(members)
        if unknown:
            return UnknownDevices(tuple(unknown))
        wanted = {(d.user_id, d.device_id): d for user in members for d in self.devices.of(user)}
        group = self._group(room_id, wanted, rotation, shared_history, now)
        unshared = self._unshared(group, wanted, now)
        if unshared is not None:
            return unshared
        payload = {"type": event_type, "content": dict(content), "room_id": room_id}
        ciphertext = group.session.encrypt(json.dumps(payload))
        group.messages += 1
        self.store.put_outbound(group)
        self.store.commit(now)
        return EncryptedContent(
            {
                "algorithm": MEGOLM,
                "sender_key": self.own.identity_keys["curve25519"],
                "ciphertext": ciphertext,
                "session_id": group.session.id,
                "device_id": self.own.device_id,
            }
        )

    def forget(self, room_id: str) -> None:
        """Forget the room's session: the next event is encrypted under a new one."""
        self.store.drop_outbound(room_id)

    def _group(
        self,
        room_id: str,
        wanted: Mapping[tuple[str, str], Device],
        rotation: Rotation,
        shared_history: bool,
        now: datetime,
    ) -> OutboundGroup:
        group = self.store.outbound(room_id)
        is_same = group is not None and group.shared_history == shared_history
        if group is not None and is_same and not self._is_over(group, wanted, rotation, now):
            return group
        session = OutboundGroupSession()
        group = OutboundGroup(room_id, _of_no_age(session), now, 0, {}, shared_history)
        self.store.put_outbound(group)
        # Also kept as inbound session, so that our own messages can be read again and shared.
        keys = self.own.identity_keys
        own = InboundGroupSession(session.session_key, keys["ed25519"], keys["curve25519"], room_id)
        self.store.put_inbound(RoomSession(own, shared_history))
        return group

    def _is_over(
        self,
        group: OutboundGroup,
        wanted: Mapping[tuple[str, str], Device],
        rotation: Rotation,
        now: datetime,
    ) -> bool:
        _of_no_age(group.session)
        if group.messages >= rotation.messages or now - group.created >= rotation.age:
            return True
        return any(
            given.withheld is None and (who not in wanted or not self.devices.is_believed(wanted[who]))
            for who, given in group.given.items()
        )

    def _unshared(
        self, group: OutboundGroup, wanted: Mapping[tuple[str, str], Device], now: datetime
    ) -> UnsharedDevices | None:
        devices, unsigned = [], []
        for who, device in wanted.items():
            given = group.given.get(who)
            if not self.devices.is_believed(device):
                if given is None:
                    unsigned.append(device)
            elif given is None or (given.withheld is not None and self._ask_again(device, given, now)):
                devices.append(device)
        return UnsharedDevices(tuple(devices), tuple(unsigned)) if devices or unsigned else None

    def _ask_again(self, device: Device, given: KeyShare, now: datetime) -> bool:
        if given.withheld in (UNVERIFIED, UNAUTHORISED) or now - given.at >= ASK_AGAIN:
            return True
        return self.olm.best(device) is not None

    def room_keys(
        self,
        room_id: str,
        devices: Sequence[Device],
        unsigned: Sequence[Device],
        now: datetime,
    ) -> RoomKeys | None:
        """Return the messages that give ``devices`` the room's key, or tell them and ``unsigned`` why they get none.

        None where the session has been forgotten meanwhile. All state behind the messages is on the disk.
        """
        group = self.store.outbound(room_id)
        if group is None:
            return None
        key = group.session.session_key
        content = room_key(group, key)
        keys: dict[str, dict[str, Json]] = {}
        withheld: dict[str, dict[str, Json]] = {}
        told: list[tuple[str, str]] = []
        for device in devices:
            who = (device.user_id, device.device_id)
            message = self.olm.encrypt(device, "m.room_key", content, now)
            before = group.given.get(who)
            if message is None and before is not None and before.withheld == NO_OLM:
                told.append(who)
            elif message is None:
                withheld.setdefault(device.user_id, {})[device.device_id] = self._withheld(group, NO_OLM)
            else:
                keys.setdefault(device.user_id, {})[device.device_id] = message
        for device in unsigned:
            withheld.setdefault(device.user_id, {})[device.device_id] = self._withheld(group, UNVERIFIED)
        self.store.commit(now)
        return RoomKeys(keys, withheld, tuple(told), group.session.id, key)

    def refusals(self, room_id: str, users: Iterable[str]) -> RoomKeys | None:
        """Return the messages that tell the devices of ``users`` that they get no key, without those told before.

        None where there is no such device.
        """
        group = self.store.outbound(room_id)
        if group is None:
            return None
        withheld: dict[str, dict[str, Json]] = {}
        for device in (device for user in users for device in self.devices.of(user)):
            if (device.user_id, device.device_id) not in group.given:
                about = self._withheld(group, UNAUTHORISED)
                withheld.setdefault(device.user_id, {})[device.device_id] = about
        return RoomKeys({}, withheld, (), group.session.id) if withheld else None

    def keys_given(self, room_id: str, sent: RoomKeys, now: datetime) -> None:
        """Note that the messages of `room_keys` have been sent."""
        group = self.store.outbound(room_id)
        if group is None or group.session.id != sent.session_id:
            return
        for user_id, by_device in sent.keys.items():
            for device_id in by_device:
                group.given[user_id, device_id] = KeyShare(None, now, now, sent.key)
        for user_id, by_device in sent.withheld.items():
            for device_id, content in by_device.items():
                group.given[user_id, device_id] = KeyShare(str(content["code"]), now, now)
        for user_id, device_id in sent.told:
            group.given[user_id, device_id] = KeyShare(NO_OLM, now, now)

    def _withheld(self, group: OutboundGroup, code: str) -> Json:
        """Return the content that says why a device gets no key (spec, "m.room_key.withheld")."""
        about = {} if code == NO_OLM else {"room_id": group.room_id, "session_id": group.session.id}
        return {
            "algorithm": MEGOLM,
            "code": code,
            "reason": WITHHELD_REASONS[code],
            "sender_key": self.own.identity_keys["curve25519"],
            **about,
        }


def room_key(group: OutboundGroup, key: str) -> Json:
    """Return the content of ``m.room_key`` for a room's session, ``key`` being its key at some message index."""
    return {
        "algorithm": MEGOLM,
        "room_id": group.room_id,
        "session_id": group.session.id,
        "session_key": key,
        SHARED_HISTORY: group.shared_history,
    }


def _of_no_age(session: OutboundGroupSession) -> OutboundGroupSession:
    """Remove nio's own limits from a session: `GroupSessions` decides when it is replaced."""
    session.max_messages, session.max_age = 2**62, _NIO_LIMIT
    session.mark_as_shared()
    return session
