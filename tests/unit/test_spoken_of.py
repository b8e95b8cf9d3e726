"""A date that the bot has just told, or has posted, is spoken of as "it"; only what is the bot's own says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.context.marks import DATES
from bots.encryption import Received
from community.description.person import Person
from matrix.ids import EventId, UserId
from tests.lib.bot_runtime import AWA, BOT, DIRECT
from tests.lib.room_talk import LUCIE, MOBILITY, MOUSSA, RoomTalk, seeded_store

CLINIC = {DATES: "event/waste-clinic/20261208T1400Z"}


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        await store.people.replace(
            [
                _coordinator(AWA, "mariam.coulibaly"),
                _coordinator(LUCIE, "peter.lindqvist"),
                _coordinator(MOUSSA, "moussa"),
            ]
        )
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


def _coordinator(user: UserId, name: str) -> Person:
    return Person(user, name, name, "coordinator", None, (), ("en",))


def _said(talk: RoomTalk, sender: UserId, **content: Any) -> dict[str, Any]:
    """Put a message into the room; return what a reply to it carries."""
    event_id = EventId("$post")
    content = {"msgtype": "m.text", "body": "Waste clinic", **content}
    talk.homeserver.earlier[event_id] = Received(MOBILITY, event_id, sender, content, 0)
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


async def test_it_is_what_was_just_asked_for_or_saved(talk: RoomTalk) -> None:
    await talk.told("plan a picnic with zeppelins on 24 November at 17:00 for everyone", room=DIRECT)
    assert "Saved: Picnic with zeppelins" in await talk.told("yes", room=DIRECT)
    assert "Place: the park" in await talk.told("place: the park", room=DIRECT)
    await talk.told("yes", room=DIRECT)
    # A title that was said in chat is of no language: it is read like any other.
    assert "Picnic with zeppelins" in await talk.told("when is the picnic with zeppelins?", room=DIRECT)
    moved = await talk.told("move it to 5 December", room=DIRECT)
    assert "24 November 2026, 17:00 → 5 December 2026, 17:00" in moved
    await talk.told("cancel", room=DIRECT)
    await talk.told("who do I ask about waste in Kigali?", room=DIRECT)
    assert "Which event or deadline do you mean?" in await talk.told("move it to 5 December", room=DIRECT)


async def test_it_is_not_what_somebody_else_was_told(talk: RoomTalk) -> None:
    await talk.told("!p when is the yearly assembly?")
    assert "Which event or deadline" in await talk.told("!p it's cancelled", sender=LUCIE)


async def test_a_reply_to_a_post_is_heard_without_the_bots_name(talk: RoomTalk) -> None:
    reply = _said(talk, BOT, **CLINIC)
    assert "8 December 2026, 14:00: cancelled" in await talk.told("this is cancelled", **reply)


@pytest.mark.parametrize("said", ["thank you!", "see you there", "is it cancelled?"])
async def test_other_replies_to_a_post_are_left_to_people(talk: RoomTalk, said: str) -> None:
    assert await talk.hears(said, **_said(talk, BOT, **CLINIC)) is None


async def test_a_mark_in_somebody_elses_message_means_nothing(talk: RoomTalk) -> None:
    reply = _said(talk, LUCIE, **CLINIC)
    assert await talk.hears("this is cancelled", **reply) is None
    assert "Which event or deadline" in await talk.told("!p this is cancelled", **reply)
