"""A backup is taken while people write and the bot answers, and put back into an empty folder.

The person is matrix-js-sdk with rust crypto, strict as Element will be.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from tests.lib.documented import documented, words_of
from tests.lib.due_moments import due_at
from tests.lib.hurry import HURRIED
from tests.lib.message_indexes import UsedIndexes, note_indexes
from tests.lib.peer_client import Message, Peer, direct_message, heard_again, open_peer, until
from tests.lib.running import Running, example_up, palabre, palabre_up

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

SERVER = "palabre.localhost"
LEAD, BOT = f"@claudine.uwase:{SERVER}", f"@palabre:{SERVER}"
ROOM = f"#villes-en-palabre.exchange.waste:{SERVER}"
QUESTION = "Who is the point of contact for waste in Kigali?"
TITLE = "Deadline of the story"
PAGE = "docs/operator.md"
ARCHIVE = "palabre-example.org-2026-11-29T030000Z.tar.age"
"""The name of a backup on that page."""


async def done(words: Sequence[str]) -> str:
    """Run a command that succeeds; return what it says."""
    code, out, err = await palabre(*words)
    assert code == 0, out + err
    return out


def plan_deadline(config: Path) -> None:
    """Add a deadline to the description, some seconds ahead."""
    due = datetime.now(UTC) + timedelta(seconds=12)
    with (config / "calendar.yaml").open("a") as calendar:
        calendar.write(
            f"  - {{key: story, title: {{en: {TITLE}}}, due: {due_at(due)}, timezone: UTC, "
            "rooms: [exchange.waste], remind: [0]}\n"
        )


async def arrive(peer: Peer, up: Running) -> str:
    """Sign in, accept every invitation; return the room where all of it happens."""
    await peer.login(up.url, LEAD, up.password(LEAD))

    async def joined() -> str | None:
        for room in await peer.rooms():
            if room["membership"] == "invite":
                await peer.call("join", roomId=room["roomId"])
            elif room["alias"] == ROOM:
                return str(room["roomId"])
        return None

    return str(await until(joined, 60, "the room"))


async def answered(peer: Peer, room_id: str, question: str) -> Message:
    """Ask, and wait for an answer that Element would show without a shield."""
    reply = await peer.reply_to(room_id, await peer.ask(room_id, question))
    assert reply["failure"] is None
    assert (reply["sender"], reply["shieldColour"], reply["shieldReason"]) == (BOT, 0, None)
    return reply


@asynccontextmanager
async def load(peer: Peer, rooms: dict[str, str]) -> AsyncIterator[list[str]]:
    """Ask, and change what was asked, without a pause until the block ends; give what was asked."""
    asked: list[str] = []
    stop = asyncio.Event()

    async def talk() -> None:
        # Not cancelled: the client would lose count of its answers.
        while not stop.is_set():
            for room_id, prefix in rooms.items():
                event = await peer.ask(room_id, f"{prefix}{QUESTION}")
                asked.append(event)
                words = f"{prefix}Who is the point of contact for mobility in Bamako?"
                await peer.ask(
                    room_id,
                    f"* {words}",
                    **{
                        "m.new_content": {"msgtype": "m.text", "body": words},
                        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
                    },
                )
                await asyncio.sleep(0.2)

    talking = asyncio.create_task(talk())
    try:
        yield asked
        assert not talking.done(), talking.exception()
    finally:
        stop.set()
        await talking


async def posts(peer: Peer, room_id: str) -> list[str]:
    """Return the messages of the bot's on the homeserver that post the deadline."""
    messages = await peer.call("backfillAll", roomId=room_id)
    return [m["eventId"] for m in messages if m["sender"] == BOT and TITLE in str(m["content"].get("body"))]


async def test_what_was_put_back_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    with documented(PAGE, "Back up") as next_command:
        made = await done(words_of(next_command("palabre backup key"), {"palabre-key.txt": key}))
    (lines,) = re.findall(r"^backup:\n  recipients: \[age1\w+\]$", made, re.MULTILINE)
    settings = ("bots:", f"{lines}\nbots:")
    used: UsedIndexes = {}
    async with open_peer() as lead:
        async with example_up(tmp_path / "first", settings=settings, environment=HURRIED) as up:
            port = up.url.rpartition(":")[2]
            options = ("--config", str(up.config), "--data", str(up.data))
            room_id = await arrive(lead, up)
            rooms = {room_id: "!p ", await direct_message(lead, BOT): ""}
            plan_deadline(up.config)
            code, out, err = await palabre("apply", "--yes", *options)
            assert code == 0, out + err
            old = await answered(lead, room_id, f"!p {QUESTION}")

            async def posted() -> list[str]:
                return await posts(lead, room_id)

            once = await until(posted, 90, "the post")
            async with load(lead, rooms) as asked:
                before = len(asked)
                with documented(PAGE, "Back up", 2) as next_command:
                    await done((*words_of(next_command("palabre backup")), *options))
                assert len(asked) > before
                assert "Traceback" not in up.log("bots") + up.log("serve")
            for room, prefix in rooms.items():
                await answered(lead, room, f"{prefix}{QUESTION}")
        # What the homeserver has lost then was said with keys that must not be used again.
        for room in rooms:
            note_indexes(used, await lead.messages(room), DataFolder(up.data), BOT)
        assert used
        (archive,) = (up.data / "backups").glob("*.tar.age")
        to = tmp_path / "second"
        mine = {ARCHIVE: archive, "palabre-key.txt": key}
        with documented(PAGE, "Back up", 3) as next_command:
            verified = await done(words_of(next_command("palabre backup verify"), mine))
        assert "whole" in verified
        with documented(PAGE, "Restore") as next_command:
            await done(words_of(next_command("palabre restore"), {**mine, "/srv/palabre": to}))
        # Nothing of the first is needed any more.
        up.data.rename(tmp_path / "gone")
        async with palabre_up(to / "data", to / "config", port=int(port), environment=HURRIED) as again:
            for room, prefix in rooms.items():
                await heard_again([lead], room, f"{prefix}{QUESTION}", BOT)
            for room, prefix in rooms.items():
                await answered(lead, room, f"{prefix}{QUESTION}")
            assert await posts(lead, room_id) == once
            readable = {m["eventId"]: m for m in await lead.call("backfillAll", roomId=room_id)}
            assert readable[old["eventId"]]["failure"] is None
            assert "crypto_store_put_back" not in again.log("bots")
        for room in rooms:
            note_indexes(used, await lead.messages(room), DataFolder(to / "data"), BOT)
