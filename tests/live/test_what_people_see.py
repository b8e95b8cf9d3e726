"""What a person sees of the bot in a client: words that it dictates, answers that follow their questions, keys.

One `palabre up`; a city lead uses an independent client that trusts signed devices alone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.lib.hurry import HURRIED
from tests.lib.peer_client import Message, Peer, direct_message, open_peer, until
from tests.lib.running import Running, example_up

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]

SERVER = "palabre.localhost"
BOT = f"@palabre:{SERVER}"
LEAD = f"@claudine.uwase:{SERVER}"
UNKNOWN = "!p who knows about zeppelin mooring masts in Kigali?"


@dataclass
class Place:
    """A lead's client, with a theme's room and the direct message with the bot."""

    up: Running
    lead: Peer
    room: str
    direct: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(example_up(tmp_path_factory.mktemp("seen"), environment=HURRIED))
        lead = await stack.enter_async_context(open_peer())
        await lead.login(up.url, LEAD, up.password(LEAD))
        yield Place(up, lead, await land(lead), await direct(lead))


async def land(peer: Peer) -> str:
    """Accept the invitations until the room of a theme is entered."""

    async def look() -> str | None:
        for room in await peer.rooms():
            if room["membership"] == "invite":
                await peer.call("join", roomId=room["roomId"])
            elif room["alias"] == f"#villes-en-palabre.exchange.land:{SERVER}":
                return str(room["roomId"])
        return None

    return str(await until(look, 60, "the room exchange.land"))


async def direct(peer: Peer) -> str:
    return await direct_message(peer, BOT)


async def asked(peer: Peer, room_id: str, text: str) -> Message:
    """Ask, and return the reply: a text that mentions who asked, from a device that the client trusts."""
    message = await peer.reply_to(room_id, await peer.ask(room_id, text))
    assert (message["failure"], message["shieldColour"], message["sender"]) == (None, 0, BOT)
    assert message["content"]["msgtype"] == "m.text"
    assert message["content"]["m.mentions"] == {"user_ids": [peer.user_id]}
    return message


def words(message: Message) -> str:
    return str(message["content"].get("body", ""))


async def signs_under(peer: Peer, room_id: str, event_id: str) -> set[str]:
    """Return the reactions of the bot's under an event."""
    path = f"/_matrix/client/v1/rooms/{room_id}/relations/{event_id}/m.annotation"
    _status, body = await peer.request("GET", path)
    return {e["content"]["m.relates_to"]["key"] for e in body.get("chunk", ()) if e["sender"] == BOT}


async def said_by_bot(peer: Peer, room_id: str, part: str) -> list[Message]:
    return [m for m in await peer.messages(room_id) if m["sender"] == BOT and part in str(m["content"])]


async def test_the_words_that_the_bot_dictates_work_as_ordinary_messages(place: Place) -> None:
    lead, room_id = place.lead, place.room
    offer = await asked(lead, room_id, UNKNOWN)
    dictated = re.search(r"“(yes \d+)”", words(offer))
    assert dictated is not None
    # Accepted: but no coordinator has come yet, who would read it.
    assert "no room in which the coordinators would read it" in words(await asked(lead, room_id, dictated[1]))
    shown = await asked(lead, room_id, "!p confirm Claudine Uwase")
    await until(lambda: signs_under(lead, room_id, shown["eventId"]), 20, "the signs that it asks for")
    assert "Claudine" in words(await asked(lead, room_id, "@palabre who do I ask about waste in Kigali?"))
    assert "Kampala" in words(await asked(lead, room_id, "!p and in Kampala?"))


async def test_an_answer_follows_its_question(place: Place) -> None:
    lead, room_id = place.lead, place.room
    question = await lead.ask(room_id, "!p who do I ask about waste in Kigali?")
    answer = await lead.reply_to(room_id, question)
    new = {"msgtype": "m.text", "body": "!p who do I ask about waste in Bizerte?"}
    edit: dict[str, Any] = {
        **new,
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": question},
    }
    await lead.call("send", roomId=room_id, content=edit)

    async def edited() -> bool:
        messages = await lead.messages(room_id)
        now = next((m for m in messages if m["eventId"] == answer["eventId"]), None)
        return now is not None and "Bizerte" in words(now)

    await until(edited, 30, "the client to show the new answer in place of the old one")
    redact = f"/_matrix/client/v3/rooms/{room_id}/redact/{question}/gone"
    assert (await lead.request("PUT", redact, {}))[0] == 200

    async def gone() -> bool:
        path = f"/_matrix/client/v3/rooms/{room_id}/event/{answer['eventId']}"
        _status, event = await lead.request("GET", path)
        return bool(event.get("content") == {})

    await until(gone, 30, "the answer to go with its question")


async def test_a_place_and_a_poll_are_asked_for_in_words(place: Place) -> None:
    lead, room_id = place.lead, place.direct
    content = {"msgtype": "m.location", "body": "Here", "geo_uri": "geo:-1.95,30.06"}
    sent = await lead.call("send", roomId=room_id, content=content)
    assert "please write it to me" in words(await lead.reply_to(room_id, sent))


async def test_what_comes_from_an_unsigned_device_gets_a_key_and_the_way_out(place: Place) -> None:
    async with open_peer() as other:
        await other.login(place.up.url, LEAD, place.up.password(LEAD), sign=False, strict=False)
        sent = await other.ask(place.direct, "who do I ask about waste in Kigali?")

        async def seen() -> bool:
            return "🔑" in await signs_under(other, place.direct, sent)

        await until(seen, 60, "the key under what was sent")

        async def told() -> bool:
            rooms = [room["roomId"] for room in await place.lead.rooms()]
            found = [m for r in rooms for m in await said_by_bot(place.lead, r, "it is not verified")]
            return bool(found)

        await until(told, 60, "the way out, on the device that is signed")
