"""What a stranger, or a homeserver gone bad, can put before the bot; and the bot, one sync at a time.

Strangers are bare vodozemac (`tests.lib.crowd`): they may encrypt whatever they like. What a homeserver would refuse
to pass on is added below sync.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import vodozemac

from bots.encryption import Batch, EncryptedClient, OpenDevice, Received, open_device
from bots.encryption.cross_signing import unpadded
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId
from tests.lib.crowd import CrowdDevice, OlmAddress

Json = dict[str, Any]
OLM, MEGOLM = "m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"


class TappedApi(ClientApi):
    """The homeserver's answers, with events added to the next sync; what came by itself is noted in ``seen``."""

    def __init__(self, http: HomeserverClient) -> None:
        super().__init__(http)
        self.to_device: list[Any] = []
        self.timeline: list[tuple[str, Any]] = []
        self.seen_to_device: list[Json] = []
        self.seen_timeline: list[tuple[str, Json]] = []

    async def sync(self, *, since: str | None, full_state: bool, filter_json: str, patience: float) -> Json:
        """Return what is new, at once, and what was added."""
        del patience
        answer = await super().sync(since=since, full_state=full_state, filter_json=filter_json, patience=0)
        to_device = answer.setdefault("to_device", {}).setdefault("events", [])
        self.seen_to_device += to_device
        to_device += _over_the_wire(self.to_device)
        joined = answer.setdefault("rooms", {}).setdefault("join", {})
        for room_id, room in joined.items():
            self.seen_timeline += [(room_id, e) for e in room["timeline"]["events"] if "state_key" not in e]
        for room_id, event in self.timeline:
            room = joined.setdefault(room_id, {})
            room.setdefault("timeline", {}).setdefault("events", []).extend(_over_the_wire([event]))
        self.to_device, self.timeline = [], []
        return answer


def _over_the_wire(events: Sequence[Any]) -> list[Any]:
    return list(json.loads(json.dumps(events)))


@dataclass
class SteppedBot:
    """A bot whose syncs the test makes, one by one; a sync that fails fails the test."""

    client: EncryptedClient
    api: TappedApi
    device: OpenDevice
    _batches: AsyncIterator[Batch]

    @property
    def address(self) -> OlmAddress:
        """Where Olm messages for it go."""
        keys = self.device.machine.own.identity_keys
        return OlmAddress(self.client.user_id, self.client.device_id, keys["ed25519"], keys["curve25519"])

    async def step(
        self, to_device: Sequence[Any] = (), timeline: Sequence[tuple[str, Any]] = ()
    ) -> list[Received]:
        """Make one sync with these events added, and deal with it; return what was read."""
        self.api.to_device += to_device
        self.api.timeline += timeline
        async with asyncio.timeout(60):
            batch = await anext(self._batches)
            await self.client.confirm(batch)
        return list(batch.messages)

    async def hears(self, body: str) -> None:
        """Sync until something is heard; it is this."""
        async with asyncio.timeout(30):
            while not (heard := await self.step()):
                await asyncio.sleep(0.1)
        assert [message.content["body"] for message in heard] == [body]

    async def knows(self, room_id: RoomId, *, members: int) -> None:
        """Sync until the room's members are known."""
        async with asyncio.timeout(30):
            while room_id not in self.client.rooms or len(self.client.rooms[room_id].joined) != members:
                await self.step()

    async def say(self, room_id: RoomId, body: str) -> str:
        """Say something; return its event id."""
        return await self.client.send(room_id, {"msgtype": "m.notice", "body": body}, uuid.uuid4().hex)


@asynccontextmanager
async def stepped_bot(url: str, data: DataFolder) -> AsyncIterator[SteppedBot]:
    """Start the bot of a data folder, past its first sync."""
    async with HomeserverClient(url) as http:
        device = await open_device(http, data)
        try:
            api = TappedApi(http)
            client = EncryptedClient(api, device)
            async with aclosing(client.batches(asyncio.Event())) as batches:  # type: ignore[type-var]
                bot = SteppedBot(client, api, device, batches)
                await bot.step()
                yield bot
        finally:
            await device.close()


@dataclass
class Writer:
    """A device of somebody who encrypts what the test says: anything at all."""

    device: CrowdDevice
    bot: OlmAddress
    room_id: RoomId
    _olm: vodozemac.Session
    group: vodozemac.GroupSession = field(default_factory=vodozemac.GroupSession)

    @classmethod
    async def meet(cls, url: str, device: CrowdDevice, bot: OlmAddress, room_id: RoomId) -> Writer:
        """Make an Olm session with the bot."""
        (key,) = (await device.claim(url, bot)).values()
        olm = device.account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(bot.curve25519),
            vodozemac.Curve25519PublicKey.from_base64(key["key"]),
        )
        # What the bot answers comes over the same session.
        device._sessions[bot.curve25519] = olm
        return cls(device, bot, room_id, olm)

    @property
    def user_id(self) -> str:
        return self.device.user_id

    def payload(self, **changed: Any) -> Json:
        """Return what the Olm message says that carries the key of ``group``; ``changed`` says otherwise."""
        return {
            "sender": self.user_id,
            "sender_device": self.device.device_id,
            "keys": {"ed25519": self.device.account.ed25519_key.to_base64()},
            "recipient": self.bot.user_id,
            "recipient_keys": {"ed25519": self.bot.ed25519},
            "type": "m.room_key",
            "content": self.room_key(),
        } | changed

    def room_key(self, **changed: Any) -> Json:
        """Return the key of ``group`` as ``m.room_key`` has it."""
        return {
            "algorithm": MEGOLM,
            "room_id": self.room_id,
            "session_id": self.group.session_id,
            "session_key": self.group.session_key.to_base64(),
        } | changed

    def olm(self, payload: Json | bytes | None = None, **outside: Any) -> Json:
        """Return a to-device event with this in it: the room key, where nothing is said."""
        text = payload if isinstance(payload, bytes) else json.dumps(payload or self.payload()).encode()
        kind, body = self._olm.encrypt(text).to_parts()
        content = {
            "algorithm": OLM,
            "sender_key": self.device.account.curve25519_key.to_base64(),
            "ciphertext": {self.bot.curve25519: {"type": kind, "body": unpadded(body)}},
        }
        return {"type": "m.room.encrypted", "sender": self.user_id, "content": content} | outside

    def plain(self, body: str) -> Json:
        """Return what a Megolm message says."""
        content = {"msgtype": "m.text", "body": body}
        return {"type": "m.room.message", "room_id": self.room_id, "content": content}

    def megolm(self, plain: Json | bytes, **outside: Any) -> tuple[str, Json]:
        """Return the room and a timeline event with this in it."""
        text = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
        content = {
            "algorithm": MEGOLM,
            "session_id": self.group.session_id,
            "ciphertext": self.group.encrypt(text).to_base64(),
        }
        event = {
            "type": "m.room.encrypted",
            "sender": self.user_id,
            "event_id": f"${uuid.uuid4().hex}",
            "origin_server_ts": 1_700_000_000_000,
            "content": content,
        }
        return self.room_id, event | outside

    def says(self, body: str, **outside: Any) -> tuple[str, Json]:
        """Return the room and a message that is as it should be, but for ``outside``."""
        return self.megolm(self.plain(body), **outside)


# --- mutation -----------------------------------------------------------------------------------------------------

VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 2**53, 2**63, -(2**70), 10**400, float("nan")),
    *("", "x", "\ud800", "\0", "@nobody", "@nobody:nowhere:1", "!room", "A" * 200_000, "é" * 5_000),
    *([], [[]], ["m.room.message"], {}, {"": {}}, {"\ud800": "\udfff"}),
)
"""What no one should send."""
TEXTS: tuple[bytes, ...] = (
    *(b"", b"null", b"5", b'"x"', b"[]", b"{}", b"{", b"\xff\xfe", b"[" * 40_000, b'{"a":' * 8_000),
    *(b'{"type": "m.room_key"}', b"9" * 5_000, b"\0" * 100, b"x" * 1_000_000),
)
"""What an encrypted message may say where there ought to be an object."""


def mutated(draw: random.Random, event: Any) -> Any:
    """Return a copy with one to three parts changed, removed, renamed, damaged or swapped."""
    event = copy.deepcopy(event)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        places = list(_places(event))
        if not places:
            return copy.deepcopy(draw.choice(VALUES))
        _change(draw, *draw.choice(places), places)
    return copy.deepcopy(draw.choice(VALUES)) if draw.random() < 0.01 else event


def _places(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


def _change(draw: random.Random, parent: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
    value = parent[key]
    match draw.randrange(5):
        case 0 if isinstance(parent, dict):
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[draw.choice(("x", "\ud800", "type", "A" * 1_000))] = parent.pop(key)
        case 2 if isinstance(value, str):
            parent[key] = _damaged(draw, value)
        case 3:
            other, other_key = draw.choice(places)
            if not isinstance(value, dict | list):
                parent[key] = copy.deepcopy(other[other_key])
        case _:
            parent[key] = copy.deepcopy(draw.choice(VALUES))


def _damaged(draw: random.Random, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    match draw.randrange(4):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + draw.choice("AQ/+=é\ud800 \0") + text[at + 1 :]
        case 2:
            return text[:at] + text[at:] * 2
        case _:
            return text[:at] + draw.choice("Bgw9=%") + text[at:]
