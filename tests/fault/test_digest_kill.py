"""The bot is killed around a digest and around its edit: an independent client sees one message, and each date once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.core.zones import ZoneInfo
from tests.lib.due_moments import due_at
from tests.lib.peer_client import Message, Peer, until
from tests.lib.send_killer import killed_bot

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

ZONES = (
    "Africa/Abidjan",
    "Africa/Nairobi",
    "Asia/Dhaka",
    "Asia/Tokyo",
    "Pacific/Auckland",
    "America/Los_Angeles",
)
ZONES_WEST = ("America/Sao_Paulo", "America/New_York", "Pacific/Honolulu")
TITLES = ("Bus lanes", "Sorting", "Registers")


def zone_at_noon(now: datetime) -> str:
    """Return a zone in which the day is far from its ends."""
    return min((*ZONES, *ZONES_WEST), key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - 12))


def with_digest_at(community: str, moment: datetime, zone: str) -> str:
    """Return ``community.yaml`` with all cities in ``zone``, where the reminders of a day are told at ``moment``."""
    clock = f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
    times = f'reminders: {{quiet: off, weekend: off, digest: "{clock}"}}\n'
    return re.sub(r"(?m)^    timezone: .*$", f"    timezone: {zone}", community) + times


def planned(now: datetime, cancelled: str = "") -> str:
    """Return deadlines of tomorrow, each of which is told a day ahead: in some minutes, one after the other."""
    lines = []
    for number, title in enumerate(TITLES):
        due = now + timedelta(days=1, minutes=20 + 10 * number)
        said = f"key: digest-{number}, title: {title}, due: {due_at(due)}, timezone: UTC"
        more = ", cancelled: true" if title == cancelled else ""
        lines.append(f"  - {{{said}, rooms: [exchange.waste], remind: [1d]{more}}}\n")
    return "".join(lines)


async def telling(peer: Peer, room_id: str) -> list[Message]:
    """Return the messages that name any of the titles."""
    messages = await peer.messages(room_id)
    return [m for m in messages if any(title in m["content"].get("body", "") for title in TITLES)]


async def test_the_reminders_of_a_day_are_one_message_though_the_bot_is_killed_around_it(
    tmp_path: Path,
) -> None:
    async with killed_bot(tmp_path) as bot:
        calendar, peer, room_id = bot.up.config / "calendar.yaml", bot.peer, bot.room_id
        given, now = calendar.read_text(), datetime.now(UTC)
        community = bot.up.config / "community.yaml"
        # What is told then is due from then on: no minute has to come.
        community.write_text(with_digest_at(community.read_text(), now, zone_at_noon(now)))
        bot.killer.kill_next("before", "after")
        calendar.write_text(given + planned(now))
        await bot.applied()
        await until(lambda: bot.is_back(2), 420, "the bot to be back after both kills")
        # A double would come before it answers.
        await bot.answered()
        await until(lambda: telling(peer, room_id), 120, "the client to have read the digest")
        (digest,) = await telling(peer, room_id)
        bot.killer.kill_next("before", "after")
        calendar.write_text(given + planned(now, cancelled=TITLES[1]))
        await bot.applied()
        await until(lambda: bot.is_back(4), 420, "the bot to be back after both other kills")
        await bot.answered()
        path = f"/_matrix/client/v1/rooms/{room_id}/relations/{digest['eventId']}/m.replace"
        status, related = await peer.request("GET", path)

        async def edited() -> bool:
            return len(await telling(peer, room_id)) > 1

        await until(edited, 120, "the client to have read the edit")
        shown = await telling(peer, room_id)
    body = digest["content"]["body"]
    # In both languages of the community.
    assert [body.count(title) for title in TITLES] == [2, 2, 2]
    assert "Coming up:" in body
    assert (digest["failure"], digest["shieldColour"]) == (None, 0)
    # The client shows the edit in the post, and besides as the event that it is.
    assert (status, len(related["chunk"])) == (200, 1)
    assert {message["eventId"] for message in shown} == {digest["eventId"], related["chunk"][0]["event_id"]}
    (post,) = (message for message in shown if message["eventId"] == digest["eventId"])
    assert post["content"]["body"].count(f"Cancelled: {TITLES[1]}") == 1
