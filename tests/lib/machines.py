"""Two or more Olm machines that know each other, without a homeserver."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.encryption.cross_signing import Identity, SigningKey
from bots.encryption.machine import Machine
from bots.encryption.protocol import ONE_TIME_KEY, Rotation
from bots.encryption.recipients import Recipients
from bots.encryption.room_keys import EncryptedContent, UnsharedDevices
from bots.encryption.store import CryptoStore
from matrix.ids import DeviceId, UserId

TO_VERSION_3 = """
ALTER TABLE inbound_group_session DROP COLUMN shared_history;
DROP TABLE history_share;
DROP TABLE session_backup;
DROP TABLE restored_session;
DROP TABLE open_verification;
PRAGMA user_version = 3;
"""
"""Makes of a crypto store one of the version before."""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOM = "!room"
KEY = "pickle key"


def open_machine(folder: Path, user: str, device: str, *, signed_only: bool = True) -> Machine:
    """Open a device of ``user`` with its store in ``folder``."""
    store = CryptoStore.open(folder / f"{device}.sqlite", user, device, KEY, NOW)
    machine = Machine(store, UserId(user), DeviceId(device), signed_only)
    machine.own.master = identity_of(user).master.public
    return machine


def identity_of(user: str, number: int = 0) -> Identity:
    """Return a user's cross-signing keys, always the same; with another ``number`` those after a reset."""
    seeds = (f"{number or ''}{user}{i}".encode().ljust(32, b".")[:32] for i in range(3))
    return Identity(user, *map(SigningKey, seeds))


class Directory:
    """What a homeserver would know of everybody's keys."""

    def __init__(self) -> None:
        self.uploads: dict[tuple[str, str], dict[str, Any]] = {}
        self.signed: set[tuple[str, str]] = set()
        self.reset: dict[str, int] = {}
        """How often a user's identity was made anew; who was ``signed`` then is signed by it."""

    def publish(self, machine: Machine, *, signed: bool = True) -> dict[str, Any]:
        """Upload a device's keys; its owner signs it."""
        body = machine.own.to_upload(0, fallback=True, now=NOW)
        assert body is not None
        machine.own.uploaded(NOW)
        self.uploads[machine.own.user_id, machine.own.device_id] = body
        if signed:
            self.signed.add((machine.own.user_id, machine.own.device_id))
        return body

    def query(self, users: Iterable[str]) -> dict[str, Any]:
        """Answer ``/keys/query``."""
        answer: dict[str, Any] = {"device_keys": {}, "master_keys": {}, "self_signing_keys": {}}
        for user in users:
            own = identity_of(user, self.reset.get(user, 0))
            body = own.upload_body()
            answer["master_keys"][user] = body["master_key"]
            answer["self_signing_keys"][user] = body["self_signing_key"]
            answer["device_keys"][user] = {
                device: self._shown(own, upload["device_keys"], signed=(user, device) in self.signed)
                for (owner, device), upload in self.uploads.items()
                if owner == user
            }
        return answer

    @staticmethod
    def _shown(own: Identity, keys: dict[str, Any], *, signed: bool) -> dict[str, Any]:
        user = own.user_id
        more = own.signed_device(keys)["signatures"][user] if signed else {}
        return {**keys, "signatures": {user: {**keys["signatures"][user], **more}}}

    def claim(self, machine: Machine) -> dict[str, Any]:
        """Answer ``/keys/claim`` for one device: a one-time key, the fallback key where there is none left."""
        upload = self.uploads[machine.own.user_id, machine.own.device_id]
        keys = upload["one_time_keys"] or upload["fallback_keys"]
        key_id = next(iter(keys))
        key = keys[key_id] if keys is upload["fallback_keys"] else keys.pop(key_id)
        assert key_id.startswith(ONE_TIME_KEY)
        return {machine.own.user_id: {machine.own.device_id: {key_id: key}}}


def introduce(directory: Directory, *machines: Machine) -> None:
    """Let each know the devices of all."""
    users = sorted({machine.own.user_id for machine in machines})
    for machine in machines:
        machine.devices.learn(directory.query(users), users)


def say(machine: Machine, members: list[str], body: str, **more: Any) -> Any:
    """Return the machine's next step towards saying something."""
    content = {"msgtype": "m.text", "body": body}
    return machine.group_sessions.encrypt(
        ROOM,
        Recipients(tuple(map(UserId, members))),
        "m.room.message",
        content,
        **{"rotation": Rotation(), "shared_history": True, "now": NOW, **more},
    )


def keys_for(machine: Machine, step: Any, claimed: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what ``machine`` sends to the devices of a step, by (user, device), and note it as sent."""
    assert isinstance(step, UnsharedDevices), step
    machine.olm.begin(step.devices, claimed, NOW)
    sent = machine.group_sessions.room_keys(ROOM, step.devices, step.unsigned, NOW)
    assert sent is not None
    machine.group_sessions.keys_given(ROOM, sent, NOW)
    return {
        (user, device): dict(content)
        for by_user in (sent.keys, sent.withheld)
        for user, by_device in by_user.items()
        for device, content in by_device.items()
    }


def event_of(machine: Machine, step: Any, event_id: str = "$1", at: int = 1) -> dict[str, Any]:
    """Return the timeline event of something said."""
    assert isinstance(step, EncryptedContent), step
    return {
        "type": "m.room.encrypted",
        "sender": machine.own.user_id,
        "event_id": event_id,
        "origin_server_ts": at,
        "content": step.content,
    }


def to_device(sender: Machine, content: Any) -> dict[str, Any]:
    """Return a to-device event."""
    return {"type": "m.room.encrypted", "sender": sender.own.user_id, "content": content}
