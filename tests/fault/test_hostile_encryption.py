"""Whatever members, strangers or the homeserver itself may send: the bot goes on, believes nothing wrong, and counts.

What the homeserver would refuse is put in below it: into the answers that the bot gets.
"""

from __future__ import annotations

import base64
import copy
import json
import random
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import vodozemac

from bots.encryption.cross_signing import unpadded
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from tests.lib.bot import Bot, running_bot
from tests.lib.crowd import CrowdDevice, Json, populate
from tests.lib.peer_client import until
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(180)]

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
OLM, MEGOLM = "m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"


class HostileApi(ClientApi):
    """The real homeserver, with things put into its answers."""

    def __init__(self, http: HomeserverClient) -> None:
        super().__init__(http)
        self.to_device: list[Any] = []
        self.timeline: dict[RoomId, list[Any]] = {}
        self.change_keys: Callable[[Json], None] | None = None

    def put(self, event: Any) -> None:
        """Put a to-device event into the next answer."""
        self.to_device.append(event)

    async def sync(self, **options: Any) -> Json:
        # Short, so that what is put in does not wait for something honest to happen.
        options["patience"] = min(options["patience"], 0.1)
        answer = dict(await super().sync(**options))
        to_device, self.to_device = self.to_device, []
        timeline, self.timeline = self.timeline, {}
        kept = answer.get("to_device", {}).get("events", [])
        answer["to_device"] = {"events": [*kept, *to_device]}
        for room_id, events in timeline.items():
            joined = answer.setdefault("rooms", {}).setdefault("join", {})
            room = joined.setdefault(room_id, {"timeline": {"events": []}})
            room["timeline"]["events"] = [*room["timeline"]["events"], *events]
        return answer

    async def query_keys(self, users: Iterable[UserId]) -> Json:
        answer = copy.deepcopy(dict(await super().query_keys(users)))
        if self.change_keys is not None:
            self.change_keys(answer)
        return answer


@dataclass
class Scene:
    """The bot in a room with two members' devices (bare vodozemac), and who stands between it and the server."""

    bot: Bot
    api: HostileApi
    room_id: RoomId
    awa: CrowdDevice
    mallory: CrowdDevice
    server: SynapseServer
    said: list[str] = field(default_factory=list)

    async def heard(self, body: str) -> None:
        async def look() -> bool:
            return any(message.content["body"] == body for message in self.bot.heard)

        await until(look, 30, f"the bot to hear {body!r}")

    async def says(self, device: CrowdDevice, body: str) -> Json:
        """Let a device say something honestly, in the usual way; return the event as the homeserver has it."""
        url = self.server.url
        claimed = await device.claim(url, self.bot.address)
        event_id = await device.say(url, self.room_id, self.bot.address, claimed, body)
        page = await self.bot.api.messages(self.room_id, limit=10)
        return dict(next(event for event in page["chunk"] if event["event_id"] == event_id))

    async def goes_on(self) -> None:
        """See that an honest message is still heard."""
        body = f"honest {uuid.uuid4().hex[:6]}"
        await self.says(self.awa, body)
        await self.heard(body)
        self.said.append(body)

    async def counted(self, name: str, at_least: int = 1) -> None:
        async def look() -> bool:
            return self.bot.client.counts[name] >= at_least

        await until(look, 20, f"{name} to rise")

    def only_honest(self, *more: str) -> None:
        bodies = sorted(message.content["body"] for message in self.bot.heard)
        assert bodies == sorted([*self.said, *more])

    async def olm(self, sender: CrowdDevice, event_type: str, content: Any, /, **payload: Any) -> Json:
        """Return a to-device event under a new Olm session, its payload changed as told."""
        claimed = await sender.claim(self.server.url, self.bot.address)
        (key,) = claimed.values()
        session = sender.account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(self.bot.address.curve25519),
            vodozemac.Curve25519PublicKey.from_base64(key["key"]),
        )
        return self._olm_event(sender, session, {**self.payload(sender, event_type, content), **payload})

    def payload(self, sender: CrowdDevice, event_type: str, content: Any) -> Json:
        return {
            "sender": sender.user_id,
            "sender_device": sender.device_id,
            "keys": {"ed25519": sender.account.ed25519_key.to_base64()},
            "recipient": self.bot.address.user_id,
            "recipient_keys": {"ed25519": self.bot.address.ed25519},
            "type": event_type,
            "content": content,
        }

    def _olm_event(self, sender: CrowdDevice, session: vodozemac.Session, payload: Any) -> Json:
        kind, body = session.encrypt(json.dumps(payload).encode()).to_parts()
        return {
            "type": "m.room.encrypted",
            "sender": sender.user_id,
            "content": {
                "algorithm": OLM,
                "sender_key": sender.account.curve25519_key.to_base64(),
                "ciphertext": {self.bot.address.curve25519: {"type": kind, "body": unpadded(body)}},
            },
        }

    def room_key(self, group: vodozemac.GroupSession, **changed: Any) -> Json:
        return {
            "algorithm": MEGOLM,
            "room_id": self.room_id,
            "session_id": group.session_id,
            "session_key": group.session_key.to_base64(),
            **changed,
        }

    def event(self, sender: str, group: vodozemac.GroupSession, body: str, **content: Any) -> Json:
        plain = {
            "type": "m.room.message",
            "room_id": self.room_id,
            "content": {"msgtype": "m.text", "body": body},
        }
        return {
            "type": "m.room.encrypted",
            "sender": sender,
            "event_id": f"${uuid.uuid4().hex}",
            "origin_server_ts": 1,
            "content": {
                "algorithm": MEGOLM,
                "session_id": group.session_id,
                "ciphertext": group.encrypt(json.dumps(plain).encode()).to_base64(),
                **content,
            },
        }


@asynccontextmanager
async def scene(server: SynapseServer) -> AsyncIterator[Scene]:
    tag = uuid.uuid4().hex[:8]
    domain = server.settings.homeserver.server_name
    names = {f"@awa-{tag}:{domain}": 1, f"@mallory-{tag}:{domain}": 1}
    awa, mallory = populate(server.data.synapse / "homeserver.db", names, one_time_keys=3)
    async with running_bot(server.url, server.data, api_of=HostileApi) as bot:
        assert isinstance(bot.api, HostileApi)
        body = {"preset": "private_chat", "initial_state": [ENCRYPTION], "invite": list(names)}
        room_id = await bot.api.create_room(body)
        for device in (awa, mallory):
            await device.join(server.url, room_id)
        await bot.knows(room_id, members=3)
        yield Scene(bot, bot.api, room_id, awa, mallory, server)


# --- to-device events ---------------------------------------------------------------------------------------------


async def test_a_pre_key_message_for_an_unknown_one_time_key_is_refused(
    synapse_server: SynapseServer,
) -> None:
    """Any user could end nio's `sync_forever` with one."""
    async with scene(synapse_server) as stage:
        other = vodozemac.Account()
        other.generate_one_time_keys(1)
        (key,) = other.one_time_keys.values()
        address = vodozemac.Curve25519PublicKey.from_base64(stage.bot.address.curve25519)
        session = stage.mallory.account.create_outbound_session(address, key)
        group = vodozemac.GroupSession()
        payload = stage.payload(stage.mallory, "m.room_key", stage.room_key(group))
        stage.api.put(stage._olm_event(stage.mallory, session, payload))
        await stage.counted("to_device_refused")
        await stage.goes_on()
        stage.only_honest()


async def test_payloads_that_pretend_are_refused(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        group = vodozemac.GroupSession()
        key, bot = stage.room_key(group), stage.bot.address
        pretending: list[Json] = [
            {"sender": stage.awa.user_id},
            {"recipient": stage.awa.user_id},
            {"recipient_keys": {"ed25519": stage.awa.account.ed25519_key.to_base64()}},
            {"keys": {}},
            {"type": 5},
            {"content": {**key, "session_id": vodozemac.GroupSession().session_id}},
            {"content": {**key, "session_key": "AAAA"}},
            {"content": {**key, "algorithm": "m.megolm.v9"}},
            {"content": []},
            {"sender": None, "recipient": bot.user_id},
        ]
        for changed in pretending:
            stage.api.put(await stage.olm(stage.mallory, "m.room_key", key, **changed))
        await stage.counted("to_device_refused", len(pretending))
        stage.api.timeline[stage.room_id] = [
            stage.event(stage.mallory.user_id, group, "under none of these keys")
        ]
        await stage.goes_on()
        stage.only_honest()


async def test_a_key_whose_maker_claims_another_devices_signing_key_opens_nothing(
    synapse_server: SynapseServer,
) -> None:
    """The Olm channel proves the Curve25519 key alone; whose Ed25519 key goes with it, the device list says."""
    async with scene(synapse_server) as stage:
        group = vodozemac.GroupSession()
        claim = {"ed25519": stage.awa.account.ed25519_key.to_base64()}
        stage.api.put(await stage.olm(stage.mallory, "m.room_key", stage.room_key(group), keys=claim))
        stage.api.timeline[stage.room_id] = [
            stage.event(stage.mallory.user_id, group, "signed by somebody else"),
            stage.event(stage.awa.user_id, group, "said by somebody else"),
        ]
        await stage.counted("events_refused")
        await stage.goes_on()
        stage.only_honest()


async def test_forged_sender_device_keys_make_no_device_known(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        stranger, group = vodozemac.Account(), vodozemac.GroupSession()
        forged = {
            "user_id": stage.awa.user_id,
            "device_id": "FORGED",
            "algorithms": [OLM, MEGOLM],
            "keys": {
                "ed25519:FORGED": stranger.ed25519_key.to_base64(),
                "curve25519:FORGED": stage.mallory.account.curve25519_key.to_base64(),
            },
            "signatures": {},
        }
        stage.api.put(
            await stage.olm(stage.mallory, "m.room_key", stage.room_key(group), sender_device_keys=forged)
        )
        stage.api.timeline[stage.room_id] = [stage.event(stage.awa.user_id, group, "from a forged device")]
        await stage.goes_on()
        stage.only_honest()


async def test_the_same_olm_message_again_is_refused(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        group = vodozemac.GroupSession()
        again = await stage.olm(stage.awa, "m.room_key", stage.room_key(group))
        stage.api.to_device += [again, copy.deepcopy(again), copy.deepcopy(again)]
        await stage.counted("to_device_refused", 2)
        stage.api.timeline[stage.room_id] = [
            stage.event(stage.awa.user_id, group, "under the key that came thrice")
        ]
        await stage.heard("under the key that came thrice")
        await stage.goes_on()
        stage.only_honest("under the key that came thrice")


JUNK: list[Any] = [
    None,
    5,
    "event",
    [],
    {},
    {"type": "m.room.encrypted"},
    {"type": 5, "sender": [], "content": 5},
    {"type": "m.room.encrypted", "sender": "@x:y", "content": {"algorithm": OLM}},
    {
        "type": "m.room.encrypted",
        "sender": "@x:y",
        "content": {"algorithm": OLM, "ciphertext": [], "sender_key": {}},
    },
    {"type": "m.room_key", "sender": "@x:y", "content": {"room_id": "!r", "session_key": "in clear"}},
    {"type": "m.room_key_request", "sender": "@x:y", "content": {"action": "request"}},
    {"type": "m.key.verification.request", "sender": "@x:y", "content": None},
]


async def test_junk_and_giants_among_to_device_events_stop_nothing(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        own = stage.bot.address.curve25519
        key = stage.mallory.account.curve25519_key.to_base64()
        bodies: list[Any] = ["", "A" * 5_000_000, "é", 5, None, unpadded(b"\x03" * 100)]
        crafted = [
            {
                "type": "m.room.encrypted",
                "sender": stage.mallory.user_id,
                "content": {
                    "algorithm": OLM,
                    "sender_key": key,
                    "ciphertext": {own: {"type": kind, "body": body}},
                },
            }
            for kind in (0, 1, 2, "0", None)
            for body in bodies
        ]
        stage.api.to_device += [*JUNK, *crafted]
        await stage.counted("to_device_refused", len(crafted))
        await stage.goes_on()
        stage.only_honest()


# --- timeline events ----------------------------------------------------------------------------------------------


async def test_replayed_moved_and_relabelled_messages_are_refused(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        event = await stage.says(stage.awa, "once")
        await stage.heard("once")
        stage.said.append("once")
        elsewhere = await stage.bot.api.create_room({"initial_state": [ENCRYPTION]})
        await stage.bot.knows(elsewhere, members=1)
        stage.api.timeline = {
            stage.room_id: [
                {**event, "event_id": "$replayed"},
                {**event, "origin_server_ts": event["origin_server_ts"] + 1},
                {**event, "sender": stage.mallory.user_id},
            ],
            elsewhere: [event],
        }
        await stage.counted("events_refused", 2)
        await stage.goes_on()
        stage.only_honest()


async def test_junk_and_giants_among_room_events_stop_nothing(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        group = vodozemac.GroupSession()
        good = stage.event(stage.mallory.user_id, group, "x")
        changed: list[Json] = [
            {"content": {**good["content"], "ciphertext": "A" * 5_000_000}},
            {"content": {**good["content"], "ciphertext": 5}},
            {"content": {**good["content"], "session_id": ["x"]}},
            {"content": {**good["content"], "algorithm": "m.megolm.v0"}},
            {"content": None},
            {"origin_server_ts": "now"},
            {"event_id": {}},
            {"sender": 5},
            {"sender": "@" + "x" * 10_000 + ":y"},
        ]
        stage.api.timeline[stage.room_id] = [
            *JUNK,
            {"type": "m.room.member", "state_key": [], "sender": "@x:y", "content": {"membership": 5}},
            {"type": "m.room.encryption", "state_key": "", "sender": "@x:y", "content": {"algorithm": None}},
            {"type": "m.room.create", "state_key": "", "content": 5},
            *({**good, **change} for change in changed),
        ]
        await stage.counted("events_refused", len(changed))
        assert stage.bot.client.rooms[stage.room_id].is_encrypted
        await stage.goes_on()
        stage.only_honest()


async def test_a_device_that_comes_back_with_other_keys_is_refused(synapse_server: SynapseServer) -> None:
    async with scene(synapse_server) as stage:
        await stage.goes_on()
        other = populate(
            synapse_server.data.synapse / "homeserver.db",
            {f"@other-{uuid.uuid4().hex[:8]}:{synapse_server.settings.homeserver.server_name}": 1},
            one_time_keys=1,
        )[0]
        awa, group = stage.awa, vodozemac.GroupSession()
        impostor = CrowdDevice(awa.user_id, awa.device_id, other.account, awa.token)
        stage.api.change_keys = lambda answer: put_keys(answer, impostor)
        await stage.bot.client.with_signed_device([UserId(awa.user_id)])
        await stage.bot.client._sharing.outdate({awa.user_id})
        await stage.bot.client.with_signed_device([UserId(awa.user_id)])
        await stage.counted("devices_refused")
        stage.api.put(await stage.olm(impostor, "m.room_key", stage.room_key(group)))
        stage.api.timeline[stage.room_id] = [stage.event(awa.user_id, group, "from the impostor")]
        # The honest keys again: the device is what it was, and the impostor's message stays unread.
        stage.api.change_keys = None
        await stage.bot.client._sharing.outdate({awa.user_id})
        await stage.goes_on()
        stage.only_honest()


def put_keys(answer: Json, device: CrowdDevice) -> None:
    """Put another account's identity keys, signed by themselves, under a device's id."""
    shown = answer["device_keys"].get(device.user_id, {}).get(device.device_id)
    if shown is None:
        return
    bare = {k: v for k, v in shown.items() if k not in ("signatures", "unsigned")}
    bare["keys"] = {
        f"ed25519:{device.device_id}": device.account.ed25519_key.to_base64(),
        f"curve25519:{device.device_id}": device.account.curve25519_key.to_base64(),
    }
    canonical = json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()
    signature = device.account.sign(canonical).to_base64()
    answer["device_keys"][device.user_id][device.device_id] = {
        **bare,
        "signatures": {device.user_id: {f"ed25519:{device.device_id}": signature}},
    }


# --- mutations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "seed"),
    [
        pytest.param(1_000, 1, id="1,000"),
        pytest.param(10_000, 2, id="10,000", marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
async def test_mutated_events_stop_nothing_and_nothing_wrong_is_heard(
    synapse_server: SynapseServer, count: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - which mutations are tried, not a secret
    async with scene(synapse_server) as stage:
        timeline = [await stage.says(stage.awa, f"genuine {number}") for number in range(5)]
        genuine = {f"genuine {number}" for number in range(5)}
        for body in sorted(genuine):
            await stage.heard(body)
        group = vodozemac.GroupSession()
        to_device = [await stage.olm(stage.awa, "m.room_key", stage.room_key(group)) for _ in range(5)]
        sent = 0
        while sent < count:
            part = [mutated(chance.choice(to_device), chance) for _ in range(25)]
            stage.api.to_device += part
            stage.api.timeline[stage.room_id] = [mutated(chance.choice(timeline), chance) for _ in range(25)]
            sent += 50

            async def taken() -> bool:
                assert not stage.bot.listening.done(), stage.bot.listening.exception()
                return not stage.api.to_device and not stage.api.timeline

            await until(taken, 30, "the mutated events to be taken")
        assert {message.content["body"] for message in stage.bot.heard} <= genuine
        await stage.goes_on()
        assert stage.bot.client.counts["to_device_refused"] > count / 10
        assert stage.bot.client.counts["events_refused"] > count / 10


VALUES: list[Any] = [None, True, 0, -1, 2**63, 1.5, "", "x", "\ud800", "A" * 70_000, [], {}, [[]], {"a": {}}]


def mutated(event: Json, chance: random.Random) -> Any:
    """Return the event with one to three changes at random places."""
    event = copy.deepcopy(event)
    for _ in range(chance.randint(1, 3)):
        paths = list(paths_of(event))
        if not paths:
            return event
        path = chance.choice(paths)
        parent = event
        for part in path[:-1]:
            parent = parent[part]
        change(parent, path[-1], chance)
    return event


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths_of(inner, (*path, key))


def change(parent: Json, key: str, chance: random.Random) -> None:
    """Delete, replace, rename or damage one value."""
    value = parent[key]
    match chance.randint(0, 4):
        case 0:
            del parent[key]
        case 1:
            parent[key] = chance.choice(VALUES)
        case 2:
            parent[chance.choice(["x", "type", "content", "sender"])] = parent.pop(key)
        case _ if isinstance(value, str) and len(value) > 4:
            parent[key] = damaged(value, chance)
        case _:
            parent[key] = [value]


def damaged(text: str, chance: random.Random) -> str:
    """Return base64 with a bit flipped, or a text cut short or doubled."""
    kind = chance.randint(0, 2)
    if kind == 0:
        try:
            data = bytearray(base64.b64decode(text + "=" * (-len(text) % 4)))
        except ValueError:
            return text[::-1]
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return unpadded(bytes(data))
    return text[: chance.randrange(len(text))] if kind == 1 else text * 2
