"""The bot is killed on both sides of the send of a scheduled message; the room shows each message exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.kept_processes import free_port
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.running import Running, example_up, palabre
from tests.lib.send_killer import Killer, entered

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
                f"  - {{key: kill-{number}, title: {title}, due: {due:%Y-%m-%d %H:%M:%S}, "
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
    killer = Killer(tmp_path / "data", moments)
    titles = [f"Message {number} ({moment})" for number, moment in enumerate(moments)]
    async with cutting_proxy("") as proxy:
        proxy.before, proxy.after = killer.before, killer.after
        settings = "homeserver:\n", f"homeserver:\n  bots_url: {proxy.url}\n"
        port = free_port()
        proxy.upstream = f"http://127.0.0.1:{port}"
        async with example_up(tmp_path, port=port, settings=settings) as up, open_peer() as peer:
            # However long it took until all was there, and the reader in the room: who comes later reads nothing of it.
            room_id = await entered(up, peer)
            plan_deadlines(up.config, datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD), titles)
            code, _out, error = await palabre(
                "apply", "--yes", "--config", str(up.config), "--data", str(up.data)
            )
            assert code == 0, error
            messages = await _all_messages(up, peer, room_id, titles)
    assert killer.kills == moments
    for title in titles:
        (found,) = (m for m in messages if title in m["content"].get("body", ""))
        assert found["failure"] is None
        assert found["shieldColour"] == 0
    assert up.log("bots").count('"event": "ready"') == 1 + len(moments)


async def _all_messages(up: Running, peer: Peer, room_id: str, titles: list[str]) -> list[Message]:
    async def all_there() -> bool:
        bodies = [m["content"].get("body", "") for m in await peer.messages(room_id)]
        return all(any(title in body for body in bodies) for title in titles)

    # Between two restarts the supervisor waits longer each time, up to a minute.
    await until(all_there, SECONDS_AHEAD + 75 * len(titles), "all messages")

    async def ready_again() -> bool:
        return up.log("bots").count('"event": "ready"') > len(titles)

    # The bot comes back after the last kill and looks at what it was posting: a double would come now.
    await until(ready_again, 90, "the bot to be back")
    asked = await peer.ask(room_id, "!p help")
    await peer.reply_to(room_id, asked)
    return await peer.messages(room_id)
