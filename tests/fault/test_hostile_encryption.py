"""Whatever is sent to the bot, it goes on, accepts nothing wrong, and counts what it has refused."""

from __future__ import annotations

import json
import random
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import vodozemac

from bots.encryption import Received
from bots.encryption.protocol import Rotation
from matrix.admin import AdminApi
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from tests.lib.crowd import CrowdDevice, device_keys_of, populate
from tests.lib.hostile import TEXTS, Json, SteppedBot, Writer, mutated, stepped_bot
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.synapse_server import PASSWORD, SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

ENCRYPTION: Json = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}
TO_DEVICE, EVENTS, DEVICES = "to_device_refused", "events_refused", "devices_refused"
A_SYNC = 20
"""Hostile events in one sync of the campaign."""


@dataclass
class Scene:
    """The bot, and Awa and Chidi, who write to it in one room; their devices are signed."""

    server: SynapseServer
    bot: SteppedBot
    room_id: RoomId
    awa: Writer
    chidi: Writer

    def count(self, name: str) -> int:
        return self.bot.client.counts[name]

    async def assert_hears(self, writer: Writer) -> None:
        """Somebody says something under a new session, and is heard."""
        writer.group = vodozemac.GroupSession()
        body = f"genuine {uuid.uuid4().hex}"
        heard = await self.bot.step([writer.olm()], [writer.says(body)])
        assert [(m.sender, m.content["body"]) for m in heard if m.content.get("body") == body] == [
            (writer.user_id, body)
        ]


@asynccontextmanager
async def scene(server: SynapseServer) -> AsyncIterator[Scene]:
    name, domain = uuid.uuid4().hex[:8], server.settings.homeserver.server_name
    people = {f"@{who}-{name}:{domain}": 1 for who in ("awa", "chidi")}
    devices = populate(server.data.synapse / "homeserver.db", people, one_time_keys=20)
    async with stepped_bot(server.url, server.data) as bot:
        body = {"preset": "private_chat", "initial_state": [ENCRYPTION], "invite": list(people)}
        room_id = await bot.api.create_room(body)
        for device in devices:
            await device.join(server.url, room_id)
        await bot.knows(room_id, members=3)
        awa, chidi = [await Writer.meet(server.url, d, bot.address, room_id) for d in devices]
        made = Scene(server, bot, room_id, awa, chidi)
        await made.assert_hears(awa)
        await made.assert_hears(chidi)
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    """A Synapse and a bot of their own: what waits for its key here would be waiting in others' tests."""
    with running_synapse(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture
async def at(server: SynapseServer) -> AsyncIterator[Scene]:
    async with scene(server) as made:
        yield made


async def assert_goes_on(at: Scene) -> None:
    await at.assert_hears(at.awa)
    await at.assert_hears(at.chidi)
    event_id = await at.bot.say(at.room_id, "I am here")
    page = await at.bot.api.messages(at.room_id, limit=20)
    (event,) = (e for e in page["chunk"] if e["event_id"] == event_id)
    await at.chidi.device.take_in(at.server.url)
    assert at.chidi.device.read(event) == "I am here"


# --- what is not what it says it is -------------------------------------------------------------------------------


async def test_a_pre_key_message_with_an_unknown_one_time_key(at: Scene) -> None:
    """Of nio 0.26 it ends the sync loop; a stranger needs no more than the bot's device keys."""
    stranger = Writer(
        at.awa.device,
        at.awa.bot,
        at.room_id,
        at.awa.device.account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(at.awa.bot.curve25519),
            vodozemac.Account().curve25519_key,
        ),
    )
    before = at.count(TO_DEVICE)
    assert await at.bot.step([stranger.olm()], [stranger.says("unheard")]) == []
    assert at.count(TO_DEVICE) == before + 1
    await assert_goes_on(at)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sender": "@chidi:elsewhere"}, id="says another sender"),
        pytest.param({"recipient": "@awa:elsewhere"}, id="says another recipient"),
        pytest.param({"recipient_keys": {"ed25519": "A" * 43}}, id="says another recipient's key"),
        pytest.param({"keys": {"ed25519": 5}}, id="has no key of its sender"),
        pytest.param({"type": ["m.room_key"]}, id="has no type"),
        pytest.param({"content": "m.room_key"}, id="has no content"),
    ],
)
async def test_an_olm_message_that_is_not_what_it_says(at: Scene, change: Json) -> None:
    at.awa.group = vodozemac.GroupSession()
    before = at.count(TO_DEVICE)
    heard = await at.bot.step([at.awa.olm(at.awa.payload(**change))], [at.awa.says("unheard")])
    assert (heard, at.count(TO_DEVICE)) == ([], before + 1)
    await assert_goes_on(at)


async def test_an_olm_message_put_under_another_senders_name(at: Scene) -> None:
    at.awa.group = vodozemac.GroupSession()
    before = at.count(TO_DEVICE)
    heard = await at.bot.step([at.awa.olm(sender=at.chidi.user_id)], [at.awa.says("unheard")])
    assert (heard, at.count(TO_DEVICE)) == ([], before + 1)
    await assert_goes_on(at)


async def test_a_message_under_somebody_elses_name(at: Scene) -> None:
    before = at.count(EVENTS)
    heard = await at.bot.step(timeline=[at.awa.says("I am Chidi", sender=at.chidi.user_id)])
    assert (heard, at.count(EVENTS)) == ([], before + 1)
    await assert_goes_on(at)


async def test_somebody_elses_room_key_given_on_as_ones_own(at: Scene) -> None:
    """Chidi has the key of Awa's session: what he says under it is not taken for hers, nor hers for his."""
    at.chidi.group = at.awa.group
    before = at.count(EVENTS)
    assert await at.bot.step([at.chidi.olm()]) == []
    (heard,) = await at.bot.step(timeline=[at.awa.says("mine")])
    assert (heard.sender, heard.content["body"]) == (at.awa.user_id, "mine")
    at.awa.group = vodozemac.GroupSession()
    assert at.count(EVENTS) == before
    await assert_goes_on(at)


async def test_a_session_whose_maker_claims_another_devices_signing_key(at: Scene) -> None:
    """The Olm channel proves the Curve25519 key alone; whose Ed25519 key goes with it, the device list says."""
    at.awa.group = vodozemac.GroupSession()
    claim = {"ed25519": at.chidi.device.account.ed25519_key.to_base64()}
    before = at.count(EVENTS)
    pretended = [at.awa.says("said by me"), at.awa.says("said by Chidi", sender=at.chidi.user_id)]
    assert await at.bot.step([at.awa.olm(at.awa.payload(keys=claim))], pretended) == []
    assert at.count(EVENTS) > before
    await assert_goes_on(at)


async def test_a_room_key_in_clear(at: Scene) -> None:
    at.awa.group = vodozemac.GroupSession()
    clear = {"type": "m.room_key", "sender": at.awa.user_id, "content": at.awa.room_key()}
    waiting = at.bot.client.health().waiting_events
    assert await at.bot.step([clear], [at.awa.says("unheard")]) == []
    assert at.bot.client.health().waiting_events == waiting + 1
    await assert_goes_on(at)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"session_id": vodozemac.GroupSession().session_id}, id="of another session"),
        pytest.param({"session_key": "AAAA"}, id="no key"),
        pytest.param({"session_key": 5}, id="a number"),
        pytest.param({"algorithm": "m.megolm.v9"}, id="another algorithm"),
        pytest.param({"room_id": None}, id="no room"),
    ],
)
async def test_a_room_key_that_is_not_what_it_says(at: Scene, change: Json) -> None:
    at.awa.group = vodozemac.GroupSession()
    before = at.count(TO_DEVICE)
    wrong = at.awa.payload(content=at.awa.room_key(**change))
    heard = await at.bot.step([at.awa.olm(wrong)], [at.awa.says("unheard")])
    assert (heard, at.count(TO_DEVICE)) == ([], before + 1)
    await assert_goes_on(at)


async def test_forged_sender_device_keys_are_not_believed(at: Scene) -> None:
    """A device that nobody has seen says in its Olm message that it is Chidi's: nothing makes it his."""
    stranger = CrowdDevice(at.chidi.user_id, "FORGED", vodozemac.Account(), at.chidi.device.token)
    writer = await Writer.meet(at.server.url, stranger, at.bot.address, at.room_id)
    claimed = device_keys_of(stranger)
    waiting = at.bot.client.health().waiting_events
    events = [writer.olm(writer.payload(sender_device_keys=claimed))]
    assert await at.bot.step(events, [writer.says("I am Chidi")]) == []
    assert await at.bot.step() == []
    assert at.bot.client.health().waiting_events == waiting + 1
    assert {d.device_id for d in at.bot.device.machine.devices.of(at.chidi.user_id)} == {
        at.chidi.device.device_id
    }
    await assert_goes_on(at)


async def test_a_device_that_changes_its_identity_keys(at: Scene) -> None:
    changed = CrowdDevice(at.awa.user_id, at.awa.device.device_id, vodozemac.Account(), at.awa.device.token)
    before = at.count(DEVICES)
    await upload(at, changed)
    writer = await Writer.meet(at.server.url, changed, at.bot.address, at.room_id)

    async def refused() -> bool:
        assert await at.bot.step([writer.olm()], [writer.says("I have other keys now")]) == []
        return at.count(DEVICES) > before

    await until(refused, 20, "the device to be refused")
    event_id = await at.bot.say(at.room_id, "for those whom I know")
    page = await at.bot.api.messages(at.room_id, limit=20)
    (event,) = (e for e in page["chunk"] if e["event_id"] == event_id)
    await at.chidi.device.take_in(at.server.url)
    assert at.chidi.device.read(event) == "for those whom I know"
    await changed.take_in(at.server.url)
    assert event["content"]["session_id"] not in changed.known_keys
    await at.assert_hears(at.chidi)
    await upload(at, at.awa.device)

    async def back() -> bool:
        await at.bot.step()
        return at.awa.user_id in await at.bot.client.with_signed_device([UserId(at.awa.user_id)])

    await until(back, 20, "the device to be what it was")
    await assert_goes_on(at)


async def upload(at: Scene, device: CrowdDevice) -> None:
    """Upload a device's keys."""
    async with HomeserverClient(at.server.url, AccessToken(device.token)) as http:
        body = {"device_keys": device_keys_of(device)}
        await http.send(Call("POST", "/_matrix/client/v3/keys/upload", "keys/upload", body))


# --- what comes again ---------------------------------------------------------------------------------------------


async def test_a_message_again_under_another_event_id_or_time(at: Scene) -> None:
    room_id, event = at.awa.says("once")
    (heard,) = await at.bot.step(timeline=[(room_id, event)])
    assert heard.content["body"] == "once"
    before = at.count(EVENTS)
    again = [(room_id, event | {"event_id": "$other"}), (room_id, event | {"origin_server_ts": 5})]
    assert await at.bot.step(timeline=again) == []
    assert at.count(EVENTS) == before + 2
    await assert_goes_on(at)


async def test_a_message_again_in_another_room(at: Scene) -> None:
    other = await at.bot.api.create_room({"preset": "private_chat", "initial_state": [ENCRYPTION]})
    await at.bot.knows(other, members=1)
    at.awa.group = vodozemac.GroupSession()
    elsewhere = at.awa.olm(at.awa.payload(content=at.awa.room_key(room_id=other)))
    keys = [at.awa.olm(), elsewhere]
    _, event = at.awa.says("here")
    (heard,) = await at.bot.step(keys, [(at.room_id, event)])
    assert heard.room_id == at.room_id
    before = at.count(EVENTS)
    assert await at.bot.step(timeline=[(other, event | {"event_id": "$elsewhere"})]) == []
    assert at.count(EVENTS) == before + 1
    await assert_goes_on(at)


async def test_the_same_olm_message_again(at: Scene) -> None:
    at.awa.group = vodozemac.GroupSession()
    key = at.awa.olm()
    (heard,) = await at.bot.step([key], [at.awa.says("once")])
    before = at.count(TO_DEVICE)
    assert await at.bot.step([key, key]) == []
    assert at.count(TO_DEVICE) == before + 2
    assert heard.content["body"] == "once"
    await assert_goes_on(at)


# --- what is malformed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text[:12]!r} {len(text)}")
async def test_what_is_encrypted_is_no_event(at: Scene, text: bytes) -> None:
    """No homeserver sees it: any member can send it."""
    before = at.count(EVENTS), at.count(TO_DEVICE)
    assert await at.bot.step([at.awa.olm(text)], [at.awa.megolm(text)]) == []
    after = at.count(EVENTS), at.count(TO_DEVICE)
    assert after == (before[0] + 1, before[1] + 1)
    await assert_goes_on(at)


@pytest.mark.parametrize(
    ("keys", "content"),
    [
        pytest.param({}, {"room_id": "!\ud800"}, id="room id"),
        pytest.param({"ed25519": "\ud800"}, {}, id="key"),
    ],
)
async def test_a_room_key_that_no_database_can_keep(at: Scene, keys: Json, content: Json) -> None:
    """JSON can name half a character. Not refused, it would come again at each start, and stop the bot for good."""
    at.awa.group = vodozemac.GroupSession()
    before = at.count(TO_DEVICE)
    payload = at.awa.payload(content=at.awa.room_key(**content), **({"keys": keys} if keys else {}))
    assert await at.bot.step([at.awa.olm(payload)]) == []
    assert at.count(TO_DEVICE) == before + 1
    await assert_goes_on(at)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sender": "nobody"}, id="a sender that is none"),
        pytest.param({"sender": None}, id="no sender"),
        pytest.param({"sender": "@" + "x" * 10_000 + ":y"}, id="a sender with a long name"),
        pytest.param({"type": []}, id="no type"),
        pytest.param({"event_id": "$\ud800"}, id="half a character"),
        pytest.param({"origin_server_ts": 2**70}, id="a time beyond all"),
        pytest.param({"origin_server_ts": "now"}, id="a time in words"),
        pytest.param({"content": []}, id="no content"),
    ],
)
async def test_an_event_of_wrong_types(at: Scene, change: Json) -> None:
    before = at.count("events_malformed")
    assert await at.bot.step(timeline=[at.awa.says("unheard", **change)]) == []
    assert at.count("events_malformed") == before + 1
    await assert_goes_on(at)


@pytest.mark.parametrize("kind", [0, 1, 2, "0", None], ids=repr)
async def test_olm_messages_that_are_none(at: Scene, kind: Any) -> None:
    bodies = ["", "A" * 5_000, "A" * 5_000_000, "é", 5, None, "AwMD", at.chidi.olm()]
    event = at.awa.olm()
    forged = []
    for body in bodies:
        content = event["content"] | {"ciphertext": {at.awa.bot.curve25519: {"type": kind, "body": body}}}
        forged.append(event | {"content": content})
    before = at.count(TO_DEVICE)
    assert await at.bot.step(forged) == []
    assert at.count(TO_DEVICE) == before + len(bodies)
    await assert_goes_on(at)


@pytest.mark.parametrize("event", [None, 5, "event", [], {}, {"type": 5, "state_key": 5}], ids=json.dumps)
async def test_an_event_that_is_none(at: Scene, event: Any) -> None:
    before = at.count("events_malformed"), at.count(TO_DEVICE)
    assert await at.bot.step([event], [(at.room_id, event)]) == []
    after = at.count("events_malformed"), at.count(TO_DEVICE)
    assert after == (before[0] + 1, before[1] + 1)
    await assert_goes_on(at)


async def test_state_of_wrong_types(at: Scene) -> None:
    """Nobody becomes a member by it, and encryption is not turned off."""
    room = at.bot.client.rooms[at.room_id]
    before = room.to_json()
    usual: Json = {"event_id": "$state", "sender": at.awa.user_id, "origin_server_ts": 1, "state_key": ""}
    numbers = {"rotation_period_ms": -(10**30), "rotation_period_msgs": "x"}
    forged: list[Json] = [
        usual | {"type": "m.room.encryption", "content": {"algorithm": 5}},
        usual | {"type": "m.room.encryption", "content": []},
        usual | {"type": "m.room.history_visibility", "content": 5},
        usual | {"type": "m.room.member", "state_key": 5, "content": {"membership": "join"}},
        usual | {"type": "m.room.member", "state_key": "nobody", "content": {"membership": "join"}},
        usual | {"type": "m.room.member", "state_key": at.awa.user_id, "content": 5},
    ]
    malformed = at.count("events_malformed")
    assert await at.bot.step(timeline=[(at.room_id, event) for event in forged]) == []
    assert room.to_json() == before
    assert at.count("events_malformed") == malformed + 4
    shortest = usual | {"type": "m.room.encryption", "content": ENCRYPTION["content"] | numbers}
    await at.bot.step(timeline=[(at.room_id, shortest)])
    assert room.rotation == Rotation(age=timedelta(hours=1))
    await assert_goes_on(at)


@pytest.mark.parametrize("size", [100_000, 5_000_000])
async def test_an_event_larger_than_any_may_be(at: Scene, size: int) -> None:
    """Under a session that never comes it would have to be kept, so it is refused at once."""
    before, waiting = at.count(EVENTS), at.bot.client.health().waiting_events
    room_id, known = at.awa.says("x" * size)
    at.chidi.group = vodozemac.GroupSession()
    _, unknown = at.chidi.says("x" * size)
    assert await at.bot.step(timeline=[(room_id, known), (room_id, unknown)]) == []
    assert at.count(EVENTS) == before + 2
    assert at.bot.client.health().waiting_events == waiting
    await assert_goes_on(at)


async def test_a_to_device_event_larger_than_any_may_be(at: Scene) -> None:
    at.awa.group = vodozemac.GroupSession()
    before = at.count(TO_DEVICE)
    large = at.awa.olm(at.awa.payload(more="x" * 5_000_000))
    assert await at.bot.step([large], [at.awa.says("unheard")]) == []
    assert at.count(TO_DEVICE) == before + 1
    await assert_goes_on(at)


# --- whatever may come --------------------------------------------------------------------------------------------


@dataclass
class Campaign:
    """Seeded mutation of real events: of matrix-js-sdk's as they came, and of vodozemac's inside and outside."""

    at: Scene
    draw: random.Random
    peer_user: str
    peer_said: set[str]
    of_peer: tuple[list[Json], list[tuple[str, Json]]]
    free: set[str]
    """Events whose plaintext is the writer's own mischief: it is theirs to say."""
    said: set[str]

    def to_device(self) -> Any:
        awa, draw = self.at.awa, self.draw
        awa.group = vodozemac.GroupSession()
        match draw.randrange(4):
            case 0:
                return mutated(draw, draw.choice(self.of_peer[0]))
            case 1:
                return mutated(draw, awa.olm())
            case 2:
                return awa.olm(mutated(draw, awa.payload()) or {})
            case _:
                return awa.olm(draw.choice(TEXTS))

    def timeline(self) -> tuple[str, Any]:
        chidi, draw = self.at.chidi, self.draw
        body = f"mutated {draw.random()}"
        self.said.add(body)
        match draw.randrange(4):
            case 0:
                room_id, event = draw.choice(self.of_peer[1])
                return room_id, mutated(draw, event)
            case 1:
                room_id, event = chidi.says(body)
                return room_id, mutated(draw, event)
            case 2:
                room_id, event = chidi.megolm(mutated(draw, chidi.plain(body)) or {})
            case _:
                room_id, event = chidi.megolm(draw.choice(TEXTS))
        self.free.add(event["event_id"])
        return room_id, event

    def is_right(self, heard: Received) -> bool:
        if heard.room_id != self.at.room_id:
            return False
        if heard.sender == self.peer_user:
            return heard.content["body"] in self.peer_said
        theirs = heard.event_id in self.free or heard.content.get("body") in self.said
        return heard.sender == self.at.chidi.user_id and theirs

    async def step(self) -> None:
        events = [self.to_device() for _ in range(A_SYNC // 2)]
        timeline = [self.timeline() for _ in range(A_SYNC // 2)]
        heard = await self.at.bot.step(events, timeline)
        assert [message for message in heard if not self.is_right(message)] == []


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(1_000, id="1000", marks=pytest.mark.timeout(900)),
        pytest.param(10_000, id="10000", marks=[pytest.mark.soak, pytest.mark.timeout(14_400)]),
    ],
)
async def test_a_campaign_of_mutated_events(at: Scene, events: int) -> None:
    async with js_peer(at) as peer:
        said = await peer_says(at, peer)
        campaign = Campaign(
            at,
            random.Random(events),  # noqa: S311 - to be drawn again, not to be secret
            peer.user_id,
            said,
            (
                of_sender(at.bot.api.seen_to_device, peer),
                [
                    (r, e)
                    for r, e in at.bot.api.seen_timeline
                    if e["sender"] == peer.user_id and r == at.room_id
                ],
            ),
            set(),
            set(),
        )
        assert campaign.of_peer[0]
        assert campaign.of_peer[1]
        for number in range(events // A_SYNC):
            await campaign.step()
            if number % 5 == 0:
                await at.assert_hears(at.awa)
                await at.assert_hears(at.chidi)
        await peer.ask(at.room_id, "still here")
        await at.bot.hears("still here")
        event_id = await at.bot.say(at.room_id, "I too")
        messages = {m["eventId"]: m for m in await seen(peer, at.room_id, event_id)}
        assert messages[event_id]["content"]["body"] == "I too"
        assert messages[event_id]["shieldColour"] == 0
    assert at.count(TO_DEVICE) > events // 4
    assert at.count(EVENTS) > events // 8
    assert_whole(at)


def of_sender(events: list[Json], peer: Peer) -> list[Json]:
    return [e for e in events if e["sender"] == peer.user_id and e["type"] == "m.room.encrypted"]


async def seen(peer: Peer, room_id: RoomId, event_id: str) -> list[Json]:
    async def look() -> list[Json] | None:
        messages = await peer.messages(room_id)
        return messages if any(m["eventId"] == event_id for m in messages) else None

    found: list[Json] = await until(look, 20, "the bot's message")
    return found


@asynccontextmanager
async def js_peer(at: Scene) -> AsyncIterator[Peer]:
    """Have somebody with matrix-js-sdk enter the room."""
    name = f"js-{uuid.uuid4().hex[:8]}"
    async with open_peer() as peer, at.server.person(name), at.server.provisioner() as admin:
        await AdminApi(admin).lift_rate_limit(at.server.user(name))
        await peer.login(at.server.url, at.server.user(name), PASSWORD)
        await at.bot.api.invite(at.room_id, at.server.user(name))
        await peer.call("join", roomId=at.room_id)
        await at.bot.knows(at.room_id, members=4)
        yield peer


async def peer_says(at: Scene, peer: Peer) -> set[str]:
    async def knows_all() -> bool:
        return len(await peer.call("members", roomId=at.room_id)) == 4

    await until(knows_all, 20, "the peer to know the members")
    said = {f"from Element's crypto {number}" for number in range(5)}
    for body in sorted(said):
        await peer.ask(at.room_id, body)
        await at.bot.hears(body)
    return said


def assert_whole(at: Scene) -> None:
    """The store on the disk is whole, and all that is in it can be opened."""
    path = at.server.data.bot_crypto / f"{at.bot.client.device_id}.sqlite"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
