"""Many devices on a homeserver: accounts with cross-signed devices and their keys, put into its database.

Signing in and uploading each by the API would take a quarter of a second for each account. What the devices say and
read is bare vodozemac, no code of ours.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vodozemac

from bots.encryption.cross_signing import Identity, SigningKey, canonical_json, decoded, unpadded
from community.description.settings import Settings
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId
from provisioning.topology import own_accounts

ONE_EACH = 200
"""Accounts with a single device."""
MANY = 20
"""Devices of each of the other accounts."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Crowd:
    """Accounts with their number of devices, in the order in which rooms take them in."""

    devices: dict[str, int]

    def of(self, size: int) -> list[str]:
        """Return accounts who have ``size`` devices together."""
        chosen, left = [], size
        for user, count in self.devices.items():
            if 0 < count <= left:
                chosen.append(user)
                left -= count
        if left:
            raise ValueError(f"no {size} devices in this crowd")
        return chosen


def crowd_for(largest: int, server: str) -> Crowd:
    """Return the accounts for rooms of up to ``largest`` devices (a multiple of `MANY` beyond `ONE_EACH`)."""
    single = {f"@one{i}:{server}": 1 for i in range(min(ONE_EACH, largest))}
    many = {f"@many{i}:{server}": MANY for i in range(max(0, largest - ONE_EACH) // MANY)}
    return Crowd(single | many)


@dataclass
class CrowdDevice:
    """One of the devices: what its owner's client would know."""

    user_id: str
    device_id: str
    account: vodozemac.Account
    token: str
    known_keys: dict[str, vodozemac.InboundGroupSession] = field(default_factory=dict)
    withheld: list[Json] = field(default_factory=list)
    _sessions: dict[str, vodozemac.Session] = field(default_factory=dict)
    _since: str | None = None

    async def take_in(self, url: str) -> None:
        """Sync, and take in room keys and notices."""
        async with HomeserverClient(url, AccessToken(self.token)) as http:
            answer = await ClientApi(http).sync(
                since=self._since, full_state=False, filter_json=_NOTHING_BUT_TO_DEVICE, patience=0
            )
        self._since = answer["next_batch"]
        self.take_to_device(answer.get("to_device", {}).get("events", ()))

    def take_to_device(self, events: Sequence[Json]) -> None:
        """Take in room keys and notices."""
        for event in events:
            if event["type"] == "m.room_key.withheld":
                self.withheld.append(event["content"])
            elif event["type"] == "m.room.encrypted":
                self._take_olm(event["content"])

    async def join(self, url: str, room_id: RoomId) -> None:
        """Join a room."""
        async with HomeserverClient(url, AccessToken(self.token)) as http:
            await ClientApi(http).join(room_id)

    async def leave(self, url: str, room_id: RoomId) -> None:
        """Leave a room."""
        async with HomeserverClient(url, AccessToken(self.token)) as http:
            await ClientApi(http).leave(room_id)

    def _take_olm(self, content: Json) -> None:
        sender_key, message = content["sender_key"], next(iter(content["ciphertext"].values()))
        if message["type"] == 0:
            pre_key = vodozemac.PreKeyMessage.from_base64(message["body"])
            session = self._sessions.get(sender_key)
            if session is not None and session.session_matches(pre_key):
                text = session.decrypt(pre_key.to_any())
            else:
                key = vodozemac.Curve25519PublicKey.from_base64(sender_key)
                self._sessions[sender_key], text = self.account.create_inbound_session(key, pre_key)
        else:
            text = self._sessions[sender_key].decrypt(
                vodozemac.AnyOlmMessage.normal(decoded(message["body"]))
            )
        payload = json.loads(text)
        if payload["type"] == "m.room_key":
            given = payload["content"]
            session_key = vodozemac.SessionKey(given["session_key"])
            self.known_keys[given["session_id"]] = vodozemac.InboundGroupSession(session_key)

    def read(self, event: Json) -> str:
        """Return the body of a room message. Raises ``KeyError`` where its key has not come."""
        content = event["content"]
        session = self.known_keys[content["session_id"]]
        plain = json.loads(
            session.decrypt(vodozemac.MegolmMessage.from_base64(content["ciphertext"])).plaintext
        )
        return str(plain["content"]["body"])

    async def claim(self, url: str, bot: OlmAddress) -> Json:
        """Claim a one-time key of the bot's; return the signed key by its id."""
        async with HomeserverClient(url, AccessToken(self.token)) as http:
            claimed = await ClientApi(http).claim_keys({bot.user_id: {bot.device_id: "signed_curve25519"}})
        return dict(claimed["one_time_keys"][bot.user_id][bot.device_id])

    def olm_session(self, bot: OlmAddress, claimed: Json) -> vodozemac.Session:
        """Return a new Olm session with the bot, which may speak in it too."""
        (one_time_key,) = claimed.values()
        olm = self._sessions[bot.curve25519] = self.account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(bot.curve25519),
            vodozemac.Curve25519PublicKey.from_base64(one_time_key["key"]),
        )
        return olm

    async def say(self, url: str, room_id: RoomId, bot: OlmAddress, claimed: Json, body: str) -> str:
        """Give the bot the key of a new Megolm session over a new Olm session, and say something; return its id."""
        olm = self.olm_session(bot, claimed)
        group = vodozemac.GroupSession()
        content: Json = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": room_id,
            "session_id": group.session_id,
            "session_key": group.session_key.to_base64(),
        }
        plain = {"type": "m.room.message", "room_id": room_id, "content": {"msgtype": "m.text", "body": body}}
        async with HomeserverClient(url, AccessToken(self.token)) as http:
            client = ClientApi(http)
            room_key = self.olm_message(olm, bot, "m.room_key", content)
            await client.send_to_device(
                "m.room.encrypted", {bot.user_id: {bot.device_id: room_key}}, uuid.uuid4().hex
            )
            encrypted = {
                "algorithm": "m.megolm.v1.aes-sha2",
                "session_id": group.session_id,
                "ciphertext": group.encrypt(json.dumps(plain).encode()).to_base64(),
            }
            return await client.send_event(room_id, "m.room.encrypted", encrypted, uuid.uuid4().hex)

    def olm_message(self, olm: vodozemac.Session, bot: OlmAddress, event_type: str, content: Json) -> Json:
        """Return the content of an ``m.room.encrypted`` to-device event for the bot."""
        payload = {
            "sender": self.user_id,
            "sender_device": self.device_id,
            "keys": {"ed25519": self.account.ed25519_key.to_base64()},
            "recipient": bot.user_id,
            "recipient_keys": {"ed25519": bot.ed25519},
            "type": event_type,
            "content": content,
        }
        kind, body = olm.encrypt(json.dumps(payload).encode()).to_parts()
        return {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": self.account.curve25519_key.to_base64(),
            "ciphertext": {bot.curve25519: {"type": kind, "body": unpadded(body)}},
        }


@dataclass(frozen=True)
class OlmAddress:
    """A device to which Olm messages go."""

    user_id: str
    device_id: str
    ed25519: str
    curve25519: str


_NOTHING_BUT_TO_DEVICE = json.dumps(
    {"room": {"rooms": []}, "presence": {"not_types": ["*"]}, "account_data": {"not_types": ["*"]}}
)


def populate(
    database: Path,
    devices: Mapping[str, int],
    *,
    one_time_keys: int,
    others: Collection[str] = (),
    keyless: Callable[[str, str], bool] = lambda _user, _device: False,
) -> list[CrowdDevice]:
    """Write accounts with so many cross-signed devices into Synapse's database, and return the devices.

    ``others`` are accounts without devices that sign in with the bot's password. ``keyless`` says which
    devices have no one-time keys.
    """
    connection = sqlite3.connect(database, timeout=60)
    with connection:
        ((password,),) = connection.execute(
            "SELECT password_hash FROM users WHERE name = ?", (own_accounts(Settings()).bot,)
        ).fetchall()
        _write_accounts(connection, [*((u, None) for u in devices), *((u, password) for u in others)])
        written = [
            device
            for user, count in devices.items()
            for device in _write_user(connection, user, count, one_time_keys, keyless)
        ]
    connection.close()
    return written


def _write_accounts(connection: sqlite3.Connection, people: Sequence[tuple[str, str | None]]) -> None:
    now = int(time.time())
    connection.executemany(
        "INSERT INTO users (name, password_hash, creation_ts, approved) VALUES (?, ?, ?, 1)",
        [(user, hashed, now) for user, hashed in people],
    )
    connection.executemany(
        "INSERT INTO profiles (user_id, displayname, full_user_id) VALUES (?, ?, ?)",
        [(user[1:].partition(":")[0], user[1:].partition(":")[0], user) for user, _ in people],
    )
    # Nobody is held back: what is tried is not the homeserver's patience.
    connection.executemany(
        "INSERT INTO ratelimit_override (user_id, messages_per_second, burst_count) VALUES (?, 0, 0)",
        [(user,) for user, _ in people],
    )


def _write_user(
    connection: sqlite3.Connection,
    user: str,
    count: int,
    one_time_keys: int,
    keyless: Callable[[str, str], bool],
) -> Iterator[CrowdDevice]:
    identity = Identity(user, *(SigningKey(f"{user}{i}".encode().ljust(32, b".")[:32]) for i in range(3)))
    body = identity.upload_body()
    # Below all that the running homeserver will count up to.
    (stream,) = connection.execute("SELECT min(0, min(stream_id)) FROM e2e_cross_signing_keys").fetchone()
    connection.executemany(
        "INSERT INTO e2e_cross_signing_keys (user_id, keytype, keydata, stream_id, instance_name)"
        " VALUES (?, ?, ?, ?, 'master')",
        [
            (user, usage, json.dumps(body[f"{usage}_key"]), (stream or 0) - 1 - i)
            for i, usage in enumerate(("master", "self_signing", "user_signing"))
        ],
    )
    for number in range(count):
        device = CrowdDevice(user, f"DEVICE{number}", vodozemac.Account(), secrets.token_hex(16))
        keys = 0 if keyless(user, device.device_id) else one_time_keys
        _write_device(connection, device, identity, keys)
        yield device


def _write_device(
    connection: sqlite3.Connection, device: CrowdDevice, identity: Identity, one_time_keys: int
) -> None:
    now = int(time.time() * 1000)
    who = (device.user_id, device.device_id)
    keys = _device_keys(device.account, *who)
    connection.execute("INSERT INTO devices (user_id, device_id) VALUES (?, ?)", who)
    connection.execute(
        "INSERT INTO access_tokens (id, user_id, device_id, token)"
        " VALUES ((SELECT min(0, min(id)) - 1 FROM access_tokens), ?, ?, ?)",
        (*who, device.token),
    )
    connection.execute("INSERT INTO e2e_device_keys_json VALUES (?, ?, ?, ?)", (*who, now, json.dumps(keys)))
    ((key_id, signature),) = identity.signed_device(keys)["signatures"][device.user_id].items()
    connection.execute(
        "INSERT INTO e2e_cross_signing_signatures VALUES (?, ?, ?, ?, ?)",
        (device.user_id, key_id, *who, signature),
    )
    connection.executemany(
        "INSERT INTO e2e_one_time_keys_json VALUES (?, ?, 'signed_curve25519', ?, ?, ?)",
        [(*who, key, now, value) for key, value in _one_time_keys(device.account, *who, one_time_keys)],
    )


def device_keys_of(device: CrowdDevice) -> Json:
    """Return a device's keys as it uploads them."""
    return _device_keys(device.account, device.user_id, device.device_id)


def upload_body_of(device: CrowdDevice, *, one_time_keys: int) -> Json:
    """Return what a device uploads of itself (``/keys/upload``), with that many one-time keys."""
    keys = _one_time_keys(device.account, device.user_id, device.device_id, one_time_keys)
    named = {f"signed_curve25519:{key}": json.loads(value) for key, value in keys}
    return {"device_keys": device_keys_of(device), "one_time_keys": named}


def _device_keys(account: vodozemac.Account, user: str, device: str) -> Json:
    keys: Json = {
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "device_id": device,
        "user_id": user,
        "keys": {
            f"curve25519:{device}": account.curve25519_key.to_base64(),
            f"ed25519:{device}": account.ed25519_key.to_base64(),
        },
    }
    return _signed(account, keys, user, device)


def _one_time_keys(
    account: vodozemac.Account, user: str, device: str, count: int
) -> Iterator[tuple[str, str]]:
    account.generate_one_time_keys(count)
    for key_id, key in account.one_time_keys.items():
        yield key_id, json.dumps(_signed(account, {"key": key.to_base64()}, user, device))


def _signed(account: vodozemac.Account, value: Json, user: str, device: str) -> Json:
    signature = account.sign(canonical_json(value)).to_base64()
    return {**value, "signatures": {user: {f"ed25519:{device}": signature}}}
