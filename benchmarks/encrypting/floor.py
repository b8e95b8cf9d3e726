"""The least that sending an encrypted message takes: the requests, bare vodozemac, one transaction. No checks of
anything but signatures, no memory of anything but keys.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import vodozemac

from bots.encryption.cross_signing import canonical_json, unpadded
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId

A_REQUEST = 250
Json = dict[str, Any]


class Floor:
    """A device that was never uploaded: nobody can read it, but everything is done that must be."""

    def __init__(self, client: ClientApi, user: UserId, device: str, room: RoomId, path: Path) -> None:
        self._client, self._user, self._device, self._room = client, user, device, room
        self._account = vodozemac.Account()
        self._sessions: dict[tuple[str, str], tuple[vodozemac.Session, str, str]] = {}
        self._group = vodozemac.GroupSession()
        self._key = os.urandom(32)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, pickle TEXT)")

    async def first(self, members: Sequence[UserId]) -> None:
        """Send the first message to members' devices."""
        devices: list[tuple[str, str, str, str]] = []
        for users in _parts(members):
            answer = await self._client.query_keys(users)
            for user in users:
                devices += _verified(answer, user)
        for part in _parts(devices):
            wanted: dict[str, dict[str, str]] = {}
            for user, device, _, _ in part:
                wanted.setdefault(user, {})[device] = "signed_curve25519"
            claimed = (await self._client.claim_keys(wanted))["one_time_keys"]
            for user, device, ed25519, curve25519 in part:
                key = next(iter(claimed[user][device].values()))
                _verify(key, user, device, ed25519)
                session = self._account.create_outbound_session(
                    vodozemac.Curve25519PublicKey.from_base64(curve25519),
                    vodozemac.Curve25519PublicKey.from_base64(key["key"]),
                )
                self._sessions[user, device] = (session, ed25519, curve25519)
        await self._share_and_send()

    async def rotated(self) -> None:
        """Send a message under a new session."""
        self._group = vodozemac.GroupSession()
        await self._share_and_send()

    async def _share_and_send(self) -> None:
        messages = [(who, self._encrypted(*entry)) for who, entry in self._sessions.items()]
        ciphertext = self._group.encrypt(b'{"type":"m.room.message","content":{"body":"x"}}').to_base64()
        kept = [(f"{u}/{d}", entry[0].pickle(self._key)) for (u, d), entry in self._sessions.items()]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(
            "REPLACE INTO kept VALUES (?, ?)",
            [*kept, ("group", self._group.pickle(self._key)), ("account", self._account.pickle(self._key))],
        )
        self._database.execute("COMMIT")
        for part in _parts(messages):
            by_user: dict[str, Json] = {}
            for (user, device), content in part:
                by_user.setdefault(user, {})[device] = content
            await self._client.send_to_device("m.room.encrypted", by_user, uuid.uuid4().hex)
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": ciphertext,
            "session_id": self._group.session_id,
        }
        await self._client.send_event(self._room, "m.room.encrypted", content, uuid.uuid4().hex)

    def _encrypted(self, session: vodozemac.Session, ed25519: str, curve25519: str) -> Json:
        payload = {
            "sender": self._user,
            "keys": {"ed25519": self._account.ed25519_key.to_base64()},
            "recipient_keys": {"ed25519": ed25519},
            "type": "m.room_key",
            "content": {
                "algorithm": "m.megolm.v1.aes-sha2",
                "room_id": self._room,
                "session_id": self._group.session_id,
                "session_key": self._group.session_key.to_base64(),
            },
        }
        kind, body = session.encrypt(json.dumps(payload).encode()).to_parts()
        return {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": self._account.curve25519_key.to_base64(),
            "ciphertext": {curve25519: {"type": kind, "body": unpadded(body)}},
        }


def _verified(answer: Mapping[str, Any], user: str) -> Iterator[tuple[str, str, str, str]]:
    """Give the user's devices after verifying each signature from the master key down."""
    (master,) = answer["master_keys"][user]["keys"].values()
    signing = answer["self_signing_keys"][user]
    _verify(signing, user, master, master)
    (self_signing,) = signing["keys"].values()
    for device, keys in answer["device_keys"][user].items():
        ed25519, curve25519 = keys["keys"][f"ed25519:{device}"], keys["keys"][f"curve25519:{device}"]
        _verify(keys, user, device, ed25519)
        _verify(keys, user, self_signing, self_signing)
        yield user, device, ed25519, curve25519


def _verify(value: Json, user: str, key_id: str, public: str) -> None:
    signature = vodozemac.Ed25519Signature.from_base64(value["signatures"][user][f"ed25519:{key_id}"])
    bare = {k: v for k, v in value.items() if k not in ("signatures", "unsigned")}
    vodozemac.Ed25519PublicKey.from_base64(public).verify_signature(canonical_json(bare), signature)


def _parts(items: Sequence[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while part := list(islice(iterator, A_REQUEST)):
        yield part
