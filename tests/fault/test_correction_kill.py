"""The bot is killed around the reply and the edit that tell of a move: an independent client sees each exactly once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from community.jobs.room_posts import RoomPost
from community.storage import JobState, Store
from community.storage.tables import jobs
from tests.lib.due_moments import due_at
from tests.lib.peer_client import Message, Peer, until
from tests.lib.running import Running
from tests.lib.send_killer import killed_bot

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]


def planned(start: datetime, more: str) -> str:
    said = f"title: Moving call, due: {due_at(start)}, timezone: UTC, rooms: [exchange.waste]"
    return f"  - {{key: moving, {said}, {more}}}\n"


async def posted_long_ago(up: Running) -> None:
    """Have the post be from half an hour ago, as the store knows it."""
    async with await Store.open(f"sqlite+aiosqlite:///{up.data}/palabre.db") as store:
        for job, post in RoomPost.each(await store.jobs.of_state(RoomPost.KIND, JobState.DONE)):
            older = replace(post, begun_at=post.begun_at - timedelta(minutes=30)).encoded()
            async with store.transaction() as connection:
                await connection.execute(update(jobs).where(jobs.c.id == job.id).values(payload=older))


async def seen(peer: Peer, room_id: str, *words: str) -> list[Message]:
    """Return the messages with all these words, once there are any."""

    async def there() -> list[Message]:
        messages = await peer.messages(room_id)
        return [m for m in messages if all(word in m["content"].get("body", "") for word in words)]

    await until(there, 240, " ".join(words))
    return await there()


async def test_a_move_is_told_and_the_post_is_edited_once_though_the_bot_is_killed_around_both(
    tmp_path: Path,
) -> None:
    async with killed_bot(tmp_path) as bot:
        calendar, peer, room_id = bot.up.config / "calendar.yaml", bot.peer, bot.room_id
        given = calendar.read_text()
        start = (datetime.now(UTC) + timedelta(minutes=62)).replace(second=0)
        minutes = int((start - datetime.now(UTC)).total_seconds() // 60)
        remind = f"remind: [{minutes}min]"
        calendar.write_text(given + planned(start, remind))
        await bot.applied()
        (post,) = await seen(peer, room_id, "Due in", "Moving call")
        await posted_long_ago(bot.up)
        bot.killer.kill_next("before", "after")
        later = start + timedelta(days=1)
        originally = f"originally: {due_at(start)}"
        calendar.write_text(given + planned(later, f"{originally}, {remind}"))
        await bot.applied()
        await until(lambda: bot.is_back(2), 300, "the bot to be back after both kills")
        # A double would come before it answers.
        await bot.answered()
        # The client shows the edit in the post, and besides as the event that it is.
        shown = await seen(peer, room_id, "Moved: Moving call", "Before:")
        edited, edit = sorted(shown, key=lambda message: message["eventId"] != post["eventId"])
        (told,) = await seen(peer, room_id, "Moved: Moving call, from")
        path = f"/_matrix/client/v1/rooms/{room_id}/relations/{post['eventId']}/m.replace"
        status, related = await peer.request("GET", path)
    assert bot.killer.kills == ["before", "after"]
    assert edited["eventId"] == post["eventId"]
    assert (status, [event["event_id"] for event in related["chunk"]]) == (200, [edit["eventId"]])
    assert told["outer"]["m.relates_to"]["m.in_reply_to"]["event_id"] == post["eventId"]
    assert [edited["failure"], told["failure"]] == [None, None]
    assert [edited["shieldColour"], told["shieldColour"]] == [0, 0]
