"""A homeserver that changes events on the way gets no word of a closed room out through the bot.

One `palabre up`; between the bot and the homeserver stands a proxy that aims messages at others, as whoever runs the
server could. A member, a coordinator and a lead use independent clients that accept signed devices alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.kept_processes import free_port
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.running import Running, example_up

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

SERVER = "palabre.localhost"
BOT = f"@palabre:{SERVER}"
LEAD, MEMBER, COORDINATOR = "claudine.uwase", "eric.habimana", "peter.lindqvist"
ZEPPELIN = "who knows about zeppelin mooring masts in Kigali?"
GLACIER = "who knows about glacier walks in Kigali?"
HARBOUR = "who knows about harbour pilots in Kigali?"
REMARK = "hippopotamus: he asks this every week"
_MARKS = {ord(mark): None for mark in "\u2060\u2066\u2067\u2068\u2069\u200e\u200f"}


@dataclass
class Liar:
    """Aims what somebody says at another event: ``aims`` has the clear relation that their messages arrive with."""

    aims: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    lies: int = 0
    reaction: tuple[str, str, str, str] | None = None
    """Who, in which room, reacts to which message with which sign: the next sync has it."""

    def change(self, request: web.Request, answer: bytes) -> bytes:
        if self.reaction is not None and request.path.endswith("/sync"):
            answer = self._with_reaction(json.loads(answer), *self.reaction)
            self.reaction = None
        if not self.aims or b"m.room.encrypted" not in answer or "/keys/" in request.path:
            return answer
        value = json.loads(answer)
        self._walk(value)
        return json.dumps(value).encode()

    def _with_reaction(self, value: Any, sender: str, room_id: str, event_id: str, key: str) -> bytes:
        self.lies += 1
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        event = {
            "type": "m.reaction",
            "event_id": f"$forged{self.lies}",
            "sender": sender,
            "origin_server_ts": 1,
            "content": {"m.relates_to": relation},
        }
        joined = value.setdefault("rooms", {}).setdefault("join", {}).setdefault(room_id, {})
        joined.setdefault("timeline", {}).setdefault("events", []).append(event)
        return json.dumps(value).encode()

    def _walk(self, value: Any) -> None:
        if isinstance(value, dict):
            relation = self.aims.get(str(value.get("sender")))
            if relation is not None and value.get("type") == "m.room.encrypted" and "event_id" in value:
                value["content"]["m.relates_to"] = relation
                self.lies += 1
            for inner in value.values():
                self._walk(inner)
        elif isinstance(value, list):
            for inner in value:
                self._walk(inner)


@dataclass
class Net:
    up: Running
    liar: Liar
    peers: dict[str, Peer]

    async def room(self, who: str, key: str) -> str:
        """Return a room, which the person enters if they are not in it: the café without being invited."""
        peer, alias = self.peers[who], f"#villes-en-palabre.{key}:{SERVER}"

        async def look() -> str | None:
            rooms = await peer.rooms()
            for room in rooms:
                if room["membership"] == "invite":
                    await peer.call("join", roomId=room["roomId"])
                elif room["alias"] == alias and room["membership"] == "join":
                    return str(room["roomId"])
            if key == "cafe" and all(room["membership"] == "join" for room in rooms):
                await peer.call("join", roomId=alias)
            return None

        return str(await until(look, 40, f"the room {key}"))

    async def told(self, who: str, room_id: str, event_id: str) -> str:
        """Return the bot's reply to an event, which the client trusts."""
        reply = await self.peers[who].reply_to(room_id, event_id, patience=40)
        assert (reply["failure"], reply["shieldColour"], reply["sender"]) == (None, 0, BOT)
        return body_of(reply)

    async def has_lied(self) -> bool:
        """Whether the forged reaction was handed out."""
        return self.liar.reaction is None

    async def posted(self, part: str) -> Message:
        """Return the post among the coordinators with ``part`` in it."""
        coordinator, theirs = self.peers[COORDINATOR], await self.room(COORDINATOR, "coordination")

        async def look() -> Message | None:
            found = [each for each in await coordinator.messages(theirs) if part in body_of(each)]
            return found[0] if found else None

        post: Message = await until(look, 40, "the question in the coordinators' room")
        return post

    async def ask(self, who: str, room_id: str, text: str) -> str:
        return await self.told(who, room_id, await self.peers[who].ask(room_id, text))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def net(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Net]:
    folder, liar = tmp_path_factory.mktemp("liar"), Liar()
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(cutting_proxy(""))
        proxy.change = liar.change
        port = free_port()
        proxy.upstream = f"http://127.0.0.1:{port}"
        settings = "homeserver:\n", f"homeserver:\n  bots_url: {proxy.url}\n"
        up = await stack.enter_async_context(example_up(folder, port=port, settings=settings))
        peers = {}
        for name in (LEAD, MEMBER, COORDINATOR):
            peers[name] = peer = await stack.enter_async_context(open_peer())
            await peer.login(up.url, f"@{name}:{SERVER}", up.password(f"@{name}:{SERVER}"))
        yield Net(up, liar, peers)


def body_of(message: Message) -> str:
    return str(message["content"].get("body", "")).translate(_MARKS)


def confirming(shown: str) -> str:
    """Return the “yes” and the number that a message of the bot asks for."""
    found = re.search(r"yes \d+", shown)
    assert found is not None, shown
    return found[0]


async def test_no_forged_reaction_and_no_yes_that_is_aimed_at_it_passes_a_question_on(net: Net) -> None:
    member = net.peers[MEMBER]
    asked_in = await net.room(MEMBER, "exchange.land")
    first = await member.ask(asked_in, f"!p {GLACIER}")
    offered = await net.told(MEMBER, asked_in, first)
    offer = (await member.reply_to(asked_in, first, patience=40))["eventId"]
    for key in ("✅", "👍"):
        net.liar.reaction = (member.user_id, asked_in, offer, key)
        await until(net.has_lied, 40, "a sync for the forged reaction")
        # What is said in a room is dealt with in its order: the reaction before this.
        assert await net.ask(MEMBER, asked_in, "!p help")
    net.liar.aims[member.user_id] = {"m.in_reply_to": {"event_id": offer}}
    before = net.liar.lies
    # What people say to each other, with nothing else in clear or encrypted.
    for word in ("yes", "ok", "pass it on"):
        await member.ask(asked_in, word)

    async def lied() -> bool:
        return net.liar.lies >= before + 3

    await until(lied, 40, "the lies to arrive")
    assert "coordinators" not in await net.ask(MEMBER, asked_in, "!p thank you")
    # Another question of theirs, whose number they say while the homeserver aims it at the first.
    second = await net.told(MEMBER, asked_in, await member.ask(asked_in, f"!p {HARBOUR}"))
    assert confirming(second) != confirming(offered)
    assert "coordinators" in await net.ask(MEMBER, asked_in, confirming(second))
    net.liar.aims.clear()
    await net.posted("harbour")
    theirs = await net.room(COORDINATOR, "coordination")
    said = [body_of(each) for each in await net.peers[COORDINATOR].messages(theirs)]
    assert not [each for each in said if "glacier" in each]
    assert "coordinators" in await net.ask(MEMBER, asked_in, confirming(offered))
    await net.posted("glacier")


async def test_a_remark_among_coordinators_reaches_nobody_whatever_the_homeserver_aims_it_at(
    net: Net,
) -> None:
    member, coordinator = net.peers[MEMBER], net.peers[COORDINATOR]
    asked_in, theirs = await net.room(MEMBER, "exchange.land"), await net.room(COORDINATOR, "coordination")
    question = await member.ask(asked_in, f"!p {ZEPPELIN}")
    offer = await net.told(MEMBER, asked_in, question)
    assert "coordinators" in await net.ask(MEMBER, asked_in, confirming(offer))
    post = await net.posted("zeppelin")
    found = re.search(r"(\d+)\s?: …", body_of(post))
    assert found is not None, body_of(post)
    elsewhere, before = await coordinator.ask(theirs, "good morning"), net.liar.lies
    net.liar.aims[coordinator.user_id] = {"m.in_reply_to": {"event_id": post["eventId"]}}
    # Without a relation of its own, in a reply to somebody else, and in a thread: aimed at the question.
    await coordinator.ask(theirs, REMARK)
    await coordinator.reply(theirs, elsewhere, REMARK)
    await coordinator.reply(theirs, elsewhere, REMARK, thread=elsewhere)

    async def lied() -> bool:
        return net.liar.lies >= before + 3

    await until(lied, 30, "the lies to arrive")
    net.liar.aims.clear()
    # What is said in a room is dealt with in its order, and a client has what was said before an answer that it has.
    assert await net.ask(COORDINATOR, theirs, "!p help")
    assert await net.ask(MEMBER, asked_in, "!p help")
    assert not [each for each in await member.messages(asked_in) if "hippopotamus" in body_of(each)]
    assert not [
        each
        for each in await coordinator.messages(theirs)
        if each["sender"] == BOT and REMARK in body_of(each)
    ]

    async def is_noted() -> bool:
        return '"relation changed": ' in net.up.log("bots")

    # How many it has refused it notes now and then.
    await until(is_noted, 120, "the bot to note what it refused")
    assert "hippopotamus" not in net.up.log("bots")

    shown = await net.ask(
        COORDINATOR, theirs, f"answer {found[1]}: Ask the airfield: tower@kigali.example.org"
    )
    assert "Ask the airfield" in shown
    assert "Éric Habimana" in shown
    assert not [each for each in await member.messages(asked_in) if "airfield" in body_of(each)]
    assert "Éric Habimana" in await net.ask(COORDINATOR, theirs, confirming(shown))

    async def brought() -> list[Message]:
        return [each for each in await member.messages(asked_in) if "airfield" in body_of(each)]

    (arrived,) = await until(brought, 40, "the answer where it was asked")
    assert arrived["failure"] is None


async def test_save_this_shows_nothing_that_was_said_before_its_asker_came(net: Net) -> None:
    member, lead = net.peers[MEMBER], net.peers[LEAD]
    cafe = await net.room(MEMBER, "cafe")
    before = await member.ask(cafe, "the bakery by the lake has closed")
    assert await net.ask(MEMBER, cafe, "!p help")
    assert await net.room(LEAD, "cafe") == cafe
    asked = await lead.reply(cafe, before, "!p save this")
    told = await net.told(LEAD, cafe, asked)
    assert "bakery" not in told
    assert "before you could read here" in told
    theirs = await member.ask(cafe, "the market is open on Sunday")
    kept = await lead.reply(cafe, theirs, "!p save this")
    assert "market" in await net.told(LEAD, cafe, kept)
