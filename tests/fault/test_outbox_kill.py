"""The bot is killed on both sides of the send of a scheduled message; the room shows each message exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.lib.due_moments import due_at
from tests.lib.peer_client import Message, until
from tests.lib.send_killer import KilledBot, killed_bot

pytestmark = [pytest.mark.live, pytest.mark.fault]

SECONDS_AHEAD = 10
SECONDS_APART = 4
"""Times the number of messages: so far apart that few are due at once although the bot comes back later each time."""


def plan_deadlines(config: Path, first: datetime, titles: list[str]) -> None:
    apart = SECONDS_APART * len(titles)
    with (config / "calendar.yaml").open("a") as calendar:
        for number, title in enumerate(titles):
            due = first + timedelta(seconds=number * apart)
            calendar.write(
                f"  - {{key: kill-{number}, title: {title}, due: {due_at(due)}, "
                "timezone: UTC, rooms: [exchange.waste], remind: [0]}\n"
            )


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(["before", "after"], id="each side once", marks=pytest.mark.timeout(900)),
        pytest.param(
            ["before", "after"] * 4, id="campaign", marks=[pytest.mark.soak, pytest.mark.timeout(1200)]
        ),
    ],
)
async def test_a_scheduled_message_appears_once_though_the_bot_is_killed_around_its_send(
    tmp_path: Path, moments: list[str]
) -> None:
    titles = [f"Message {number} ({moment})" for number, moment in enumerate(moments)]
    async with killed_bot(tmp_path, moments) as bot:
        plan_deadlines(bot.up.config, datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD), titles)
        await bot.applied()
        messages = await _all_messages(bot, titles)
    assert bot.killer.kills == moments
    for title in titles:
        (found,) = (m for m in messages if title in m["content"].get("body", ""))
        assert found["failure"] is None
        assert found["shieldColour"] == 0
    assert bot.starts == 1 + len(moments)


async def _all_messages(bot: KilledBot, titles: list[str]) -> list[Message]:
    async def all_there() -> bool:
        bodies = [m["content"].get("body", "") for m in await bot.peer.messages(bot.room_id)]
        return all(any(title in body for body in bodies) for title in titles)

    # Between two restarts the supervisor waits longer each time, up to a minute.
    await until(all_there, SECONDS_AHEAD + 75 * len(titles), "all messages")

    async def ready_again() -> bool:
        return bot.starts > len(titles)

    # The bot comes back after the last kill and looks at what it was posting: a double would come now.
    await until(ready_again, 90, "the bot to be back")
    await bot.answered()
    return await bot.peer.messages(bot.room_id)
