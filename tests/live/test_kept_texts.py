"""Marked sentences are sent every way through a running bot, deleted while it is down, and searched for in all files.

One `palabre up`; a member, a lead and a coordinator use independent clients that accept signed devices alone.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.lib.marked import mark, marks_in_files
from tests.lib.peer_client import Message, Peer, direct_message, open_peer, until
from tests.lib.running import Running, example_up

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]

SERVER = "palabre.localhost"
BOT = f"@palabre:{SERVER}"
LEAD, MEMBER, COORDINATOR = "claudine.uwase", "eric.habimana", "peter.lindqvist"
_INVISIBLE = {ord(char): None for char in "\u2060\u2066\u2067\u2068\u2069\u200e\u200f"}


@dataclass
class Net:
    up: Running
    peers: dict[str, Peer]

    async def room(self, who: str, key: str) -> str:
        """Return a room, whose invitation the person accepts."""
        peer, alias = self.peers[who], f"#villes-en-palabre.{key}:{SERVER}"

        async def look() -> str | None:
            for room in await peer.rooms():
                if room["membership"] == "invite":
                    await peer.call("join", roomId=room["roomId"])
                elif room["alias"] == alias and room["membership"] == "join":
                    return str(room["roomId"])
            return None

        return str(await until(look, 60, f"the room {key}"))

    async def bot_says(self, who: str, room_id: str, part: str) -> Message:
        """Return the bot's newest message with these words, once there is one."""

        async def look() -> Message | None:
            found = [
                m
                for m in await self.peers[who].messages(room_id)
                if m["sender"] == BOT and part in body_of(m) and m["failure"] is None
            ]
            return found[-1] if found else None

        found: Message = await until(look, 60, f"{part!r} from the bot")
        return found

    async def replies(self, who: str, room_id: str, event_id: str) -> str:
        return body_of(await self.peers[who].reply_to(room_id, event_id, patience=60))

    async def redact(self, who: str, room_id: str, event_id: str) -> None:
        path = f"/_matrix/client/v3/rooms/{room_id}/redact/{event_id}/gone-{event_id[1:9]}"
        assert (await self.peers[who].request("PUT", path, {}))[0] == 200

    async def is_redacted(self, who: str, room_id: str, event_id: str) -> bool:
        path = f"/_matrix/client/v3/rooms/{room_id}/event/{event_id}"
        _status, event = await self.peers[who].request("GET", path)
        return bool(event.get("content") == {})

    def rows(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.up.data / 'palabre.db'}?mode=ro", uri=True)) as store:
            return store.execute(statement).fetchall()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def net(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Net]:
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(example_up(tmp_path_factory.mktemp("texts")))
        peers = {}
        for name in (LEAD, MEMBER, COORDINATOR):
            peers[name] = peer = await stack.enter_async_context(open_peer())
            await peer.login(up.url, f"@{name}:{SERVER}", up.password(f"@{name}:{SERVER}"))
        yield Net(up, peers)


def body_of(message: Message) -> str:
    return str(message["content"].get("body", "")).translate(_INVISIBLE)


def number_in(text: str) -> str:
    found = re.search(r"\byes (\d+)\b", text)
    assert found is not None, text
    return found[1]


Said = list[tuple[str, str, str]]
"""What was said and is deleted later: who said it, the room, the event."""


async def passed_on(net: Net, said: Said, land: str, theirs: str) -> tuple[Message, str]:
    """Have a question passed on and answered, but for the coordinator's “yes”; return its post and its number."""
    member = net.peers[MEMBER]
    question = await member.ask(land, f"!p who knows about {mark(1)} in Kigali?")
    offer = await member.reply_to(land, question, patience=60)
    await member.ask(land, f"yes {number_in(body_of(offer))}")
    post = await net.bot_says(COORDINATOR, theirs, mark(1))
    found = re.search(r"(\d+)\s?: …", body_of(post))
    assert found is not None
    answer = await net.peers[COORDINATOR].ask(theirs, f"answer {found[1]}: ask {mark(2)} about it")
    assert mark(2) in await net.replies(COORDINATOR, theirs, answer)
    said += [(MEMBER, land, question), (COORDINATOR, theirs, answer)]
    return post, found[1]


async def told_directly(net: Net, said: Said) -> None:
    """Ask and edit the question; begin a guided edit."""
    member = net.peers[MEMBER]
    direct = await direct_message(member, BOT)
    question = await member.ask(direct, f"who knows about {mark(3)} in Kigali?")
    await net.replies(MEMBER, direct, question)
    new = {"msgtype": "m.text", "body": f"who knows about {mark(4)} in Kigali?"}
    relation = {"rel_type": "m.replace", "event_id": question}
    edit = await member.ask(direct, f"* {new['body']}", **{"m.new_content": new, "m.relates_to": relation})
    draft = await member.ask(direct, f"add a resource: {mark(5)}")
    assert mark(5) in await net.replies(MEMBER, direct, draft)
    said += [(MEMBER, direct, each) for each in (question, edit, draft)]


async def kept_with_consent(net: Net, said: Said, land: str) -> Message:
    """Have a member keep a lead's message, who is asked first; return what shows the draft."""
    lead = net.peers[LEAD]
    remark = await lead.ask(land, f"the {mark(6)} is closed today")
    wish = await net.peers[MEMBER].reply(land, remark, "!p save this")
    assert mark(6) not in await net.replies(MEMBER, land, wish)
    asking = await net.bot_says(LEAD, land, "If you agree")
    assert mark(6) not in body_of(asking)
    assert asking["content"]["m.mentions"] == {"user_ids": [lead.user_id]}
    await lead.ask(land, f"yes {number_in(body_of(asking))}")
    agreed = await net.bot_says(MEMBER, land, "✅, ")
    await net.peers[MEMBER].react(land, agreed["eventId"], "✅")
    said.append((LEAD, land, remark))
    return await net.bot_says(MEMBER, land, mark(6))


async def proposed(net: Net, said: Said, land: str, theirs: str) -> Message:
    """Have a member propose a change; return what shows it to the coordinators."""
    member = net.peers[MEMBER]
    change = await member.ask(land, f"!p change the hours of Claudine Uwase to {mark(7)}")
    assert mark(7) in await net.replies(MEMBER, land, change)
    await net.replies(MEMBER, land, await member.ask(land, "!p yes"))
    said.append((MEMBER, land, change))
    return await net.bot_says(COORDINATOR, theirs, mark(7))


async def test_what_is_said_is_in_no_file_and_what_is_deleted_is_withdrawn_everywhere(net: Net) -> None:
    theirs, land = await net.room(COORDINATOR, "coordination"), await net.room(MEMBER, "exchange.land")
    assert await net.room(LEAD, "exchange.land") == land
    said: Said = []
    post, number = await passed_on(net, said, land, theirs)
    await told_directly(net, said)
    card = await kept_with_consent(net, said, land)
    proposal = await proposed(net, said, land, theirs)

    assert len(net.rows("SELECT 1 FROM drafts")) >= 3
    waiting = net.rows(
        "SELECT payload FROM jobs WHERE kind IN ('question', 'proposal') AND state IN ('pending', 'running')"
    )
    assert len(waiting) == 2
    assert all("sealed:1:" in payload for (payload,) in waiting)
    assert marks_in_files(net.up.data) == {}

    # Deleted while the bot is down.
    os.kill(net.up.bot_pid(), signal.SIGKILL)
    for who, room_id, event_id in said:
        await net.redact(who, room_id, event_id)

    async def withdrawn() -> bool:
        gone = [(COORDINATOR, theirs, post), (COORDINATOR, theirs, proposal), (MEMBER, land, card)]
        return all([await net.is_redacted(who, room, message["eventId"]) for who, room, message in gone])

    await until(withdrawn, 120, "what the bot had posted of it to be deleted")

    async def dropped() -> bool:
        open_jobs = (
            "SELECT 1 FROM jobs WHERE kind IN ('question', 'proposal') AND state IN ('pending', 'running')"
        )
        return net.rows("SELECT 1 FROM drafts") == [] and net.rows(open_jobs) == []

    await until(dropped, 60, "the drafts to go, and what waited for an answer to be withdrawn")
    ended = net.rows("SELECT state, payload, reason FROM jobs WHERE kind IN ('question', 'proposal')")
    assert [(state, reason) for state, _, reason in ended] == [("withdrawn", "redacted")] * 2
    assert not [payload for _, payload, _ in ended if {"question", "changes"} & json.loads(payload).keys()]
    assert marks_in_files(net.up.data) == {}
    gone = await net.peers[COORDINATOR].ask(theirs, f"answer {number}: too late")
    assert "is waiting for an answer" in await net.replies(COORDINATOR, theirs, gone)
