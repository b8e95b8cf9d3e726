"""Which conversation a message belongs to, and whether it is for the bot without saying so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from bots.context.incoming import incoming_message
from bots.context.marks import CONVERSATION
from bots.conversations import ConversationFinder
from bots.encryption import EncryptedClient, Received
from matrix.ids import EventId, RoomId, UserId
from tests.lib.memory_client import NOW, MemoryClient

ROOM = RoomId("!room")
BOT, AWA, EVE = UserId("@palabre:h"), UserId("@awa:h"), UserId("@eve:h")


def said(event_id: str, sender: UserId, body: str = "…", **content: Any) -> Received:
    return Received(ROOM, EventId(event_id), sender, {"msgtype": "m.text", "body": body, **content}, 0)


def mention(*users: str) -> dict[str, Any]:
    return {"m.mentions": {"user_ids": list(users)}}


def thread(root: str) -> dict[str, Any]:
    reply = {"m.in_reply_to": {"event_id": "$whatever"}, "is_falling_back": True}
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": root, **reply}}


def reply(event_id: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


QUESTION = said("$question", AWA, "!p who?")
ANSWER = said("$answer", BOT, **{CONVERSATION: "$question", **mention(AWA)})
SCHEDULED = said("$scheduled", BOT)
TALK = said("$talk", AWA, "between people")
HERS = said("$hers", EVE, "!p who?")


def conversations() -> ConversationFinder:
    client = MemoryClient(BOT)
    client.said(QUESTION, ANSWER, SCHEDULED, TALK, HERS)
    return ConversationFinder(cast(EncryptedClient, client), "Palabre", lambda: NOW)


@pytest.mark.parametrize(
    ("content", "is_direct", "name"),
    [
        ({}, False, "$new"),
        ({}, True, ROOM),
        (reply("$answer"), False, "$question"),
        (reply("$answer"), True, ROOM),
        (reply("$talk"), False, "$new"),
        (thread("$answer"), False, "$question"),
        (thread("$question"), False, "$question"),
        (thread("$talk"), False, "$talk"),
        (thread("$unreadable"), False, "$unreadable"),
        (reply("$unreadable"), False, "$new"),
        (thread("$unreadable"), True, "$unreadable"),
    ],
)
async def test_a_conversation_goes_on_in_threads_and_replies(
    content: dict[str, Any], is_direct: bool, name: str
) -> None:
    assert (
        await conversations().of(incoming_message(said("$new", AWA, **content)), is_direct=is_direct) == name
    )


@pytest.mark.parametrize(
    "related", [thread("$answer"), thread("$question"), reply("$answer"), reply("$talk")]
)
async def test_a_relation_in_clear_goes_on_with_no_conversation_and_makes_nothing_a_reply(
    related: dict[str, Any],
) -> None:
    known = conversations()
    message = incoming_message(replace(said("$new", AWA), clear_relation=related["m.relates_to"]))
    assert await known.of(message, is_direct=False) == "$new"
    is_thread = "rel_type" in related["m.relates_to"]
    assert await known.of(message, is_direct=True) == ("$new" if is_thread else ROOM)
    assert not await known.continues(message)
    assert await known.quoted(message) is None


async def test_nothing_is_read_back_for_who_could_not_read_it_when_it_was_said() -> None:
    client = MemoryClient(BOT)
    client.said(QUESTION, ANSWER, TALK)
    client.hidden = {
        (TALK.event_id, EVE),
        (ANSWER.event_id, EVE),
        (ANSWER.event_id, AWA),
        (TALK.event_id, AWA),
    }
    known = ConversationFinder(cast(EncryptedClient, client), "Palabre", lambda: NOW)
    assert await known.read_for(EVE, ROOM, TALK.event_id) is None
    assert await known.read_for(EVE, ROOM, ANSWER.event_id) is None
    assert await known.read_for(EVE, ROOM, QUESTION.event_id) == incoming_message(QUESTION)
    # What is one's own, or was said to one, needs no look at the room.
    assert await known.read_for(AWA, ROOM, TALK.event_id) == incoming_message(TALK)
    assert await known.read_for(AWA, ROOM, ANSWER.event_id) == incoming_message(ANSWER)
    assert await known.read_for(AWA, ROOM, "$unknown") is None


async def test_what_was_said_lately_need_not_be_read_back() -> None:
    known = conversations()
    known.note("$unreadable", "$question")
    assert (
        await known.of(incoming_message(said("$new", AWA, **thread("$unreadable"))), is_direct=False)
        == "$question"
    )


@pytest.mark.parametrize(
    ("content", "is_for_the_bot"),
    [
        ({}, False),
        (thread("$question"), True),
        (thread("$answer"), True),
        (reply("$answer"), True),
        (thread("$answer") | mention(BOT), True),
        (thread("$answer") | mention(EVE), False),
        (thread("$talk"), False),
        (reply("$talk"), False),
        (reply("$question"), False),
        (thread("$hers"), False),
        (thread("$scheduled"), False),
        (reply("$scheduled"), False),
        (thread("$unreadable"), False),
    ],
)
async def test_who_began_a_conversation_with_the_bot_goes_on_without_a_prefix(
    content: dict[str, Any], is_for_the_bot: bool
) -> None:
    assert await conversations().continues(incoming_message(said("$new", AWA, **content))) is is_for_the_bot


async def test_somebody_else_in_the_same_thread_must_say_whom_they_mean() -> None:
    for content in (thread("$question"), thread("$answer"), reply("$answer")):
        assert not await conversations().continues(incoming_message(said("$new", EVE, **content)))


async def test_what_a_message_replies_to_is_read_in_the_same_room_alone() -> None:
    found = await conversations().quoted(incoming_message(said("$new", AWA, **reply("$talk"))))
    assert found == incoming_message(TALK)
    elsewhere = Received(RoomId("!other"), EventId("$new"), AWA, reply("$talk"), 0)
    assert await conversations().quoted(incoming_message(elsewhere)) is None
    assert await conversations().quoted(incoming_message(said("$new", AWA, **thread("$talk")))) is None
