"""“What did I miss?” asked by independent clients in encrypted rooms, of a running bot that has seen people write."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from community.core.locale_texts import locale_texts
from community.core.zones import ZoneInfo
from community.description.data_folder import DataFolder
from community.description.fields import Localized
from community.storage import Store
from tests.lib.asking import visible
from tests.lib.news_story import changed, entry_of, happen, new
from tests.lib.peer_client import Peer, direct_message, open_peer, until
from tests.lib.running import Running, example_up, palabre

pytestmark = [pytest.mark.live, pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]

SERVER = "palabre.localhost"
BOT = f"@palabre:{SERVER}"
LEAD, MEMBER = "claudine.uwase", "eric.habimana"
LEAVER = "kwame.boateng"
"""Who is forgotten."""
WHAT = "what did I miss?"
SONGS, TALK = Localized("Evening of songs"), Localized("A talk of leads")


@dataclass
class Place:
    """What runs, and who is in it: a peer by user name."""

    up: Running
    peers: dict[str, Peer]

    @property
    def database(self) -> Path:
        """The file of the store."""
        return DataFolder(self.up.data).store

    def visit(self, name: str) -> tuple[str, str | None] | None:
        """Return what the store has of when somebody wrote."""
        with closing(sqlite3.connect(self.database)) as connection:
            wanted = "SELECT wrote_at, before FROM visits WHERE user_id = ?"
            found: tuple[str, str | None] | None = connection.execute(wanted, (user(name),)).fetchone()
            return found

    async def noted(self, *names: str) -> None:
        """Wait until the bot has noted that people have written."""

        async def look() -> bool:
            return None not in [self.visit(name) for name in names]

        await until(look, 60, "the bot to have noted who has written")

    def days_later(self, days: int) -> None:
        """Have everybody have written so many days earlier."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(
                "UPDATE visits SET wrote_at = datetime(wrote_at, ?), before = NULL", (f"-{days} days",)
            )
            connection.commit()

    async def told(self, name: str, room_id: str, text: str) -> str:
        """Ask, and return the reply, which the client trusts."""
        peer = self.peers[name]
        reply = await peer.reply_to(room_id, await peer.ask(room_id, text))
        assert (reply["failure"], reply["shieldColour"], reply["sender"]) == (None, 0, BOT)
        return visible(reply["content"]["body"])


def user(name: str) -> str:
    return f"@{name}:{SERVER}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(example_up(tmp_path_factory.mktemp("missed")))
        peers = {}
        for name in (LEAD, MEMBER, LEAVER):
            peers[name] = peer = await stack.enter_async_context(open_peer())
            await peer.login(up.url, user(name), up.password(user(name)))
        yield Place(up, peers)


async def room_of(peer: Peer, key: str) -> str:
    """Return the room with a key, once its invitation is accepted."""
    wanted = f"#villes-en-palabre.{key}:{SERVER}"

    async def look() -> str | None:
        for room in await peer.rooms():
            if room["alias"] == wanted and room["membership"] == "invite":
                await peer.call("join", roomId=room["roomId"])
            elif room["alias"] == wanted:
                return str(room["roomId"])
        return None

    return str(await until(look, 60, f"the room {key}"))


async def change(place: Place) -> None:
    """Have a date set and a deadline moved for many, a meeting of leads cancelled, a contact changed."""
    now = datetime.now(UTC)
    # At half past something: so the report, which is due on the hour, is moved whenever this is.
    start = now.replace(minute=30, second=0, microsecond=0, tzinfo=None) + timedelta(days=9)
    leads = new(entry_of("leads-meeting"), "talk", title=TALK, start=start, repeat=None, changes=())
    assert leads.after is not None
    told = (
        new(entry_of("training-element"), "evening", title=SONGS, start=start),
        changed(leads.after, cancelled=True),
        changed(entry_of("yearly-report"), due=start),
        changed(entry_of("bamako-waste"), hours=Localized("8-12")),
    )
    async with await Store.open(DataFolder(place.up.data).store_url) as store:
        await happen(store, leads, at=now - timedelta(days=5))
        await happen(store, *told, at=now)


async def test_what_was_missed_is_told_to_each_as_far_as_they_may_know(place: Place) -> None:
    land = await room_of(place.peers[MEMBER], "exchange.land")
    hers, his = [await direct_message(place.peers[name], BOT) for name in (LEAD, MEMBER)]
    assert "Hello!" in await place.told(LEAD, hers, "hello")
    await place.peers[MEMBER].ask(land, "the plots by the river are flooded again")
    await place.noted(LEAD, MEMBER)
    place.days_later(3)
    wrote = place.visit(LEAD)
    assert wrote is not None
    day = datetime.fromisoformat(wrote[0]).replace(tzinfo=UTC).astimezone(ZoneInfo("Africa/Kigali")).date()
    await change(place)

    async def lead_is_told() -> str | None:
        told = await place.told(LEAD, hers, WHAT)
        # What was changed last: the bot takes in what has changed every two seconds, perhaps in between.
        return told if "Fatoumata Sangaré (Hours)" in told else None

    lead = str(await until(lead_is_told, 60, "the bot to have taken in what has changed"))
    assert lead.startswith(f"Since you last wrote, on {locale_texts('en').full_day(day)}:")
    for text in (
        "Evening of songs",
        "Cancelled: A talk of leads",
        "Moved: The city's yearly report",
    ):
        assert text in lead
    # Asking again does not take it away.
    assert await place.told(LEAD, hers, WHAT) == lead

    member = await place.told(MEMBER, his, WHAT)
    assert "Evening of songs" in member
    assert "talk of leads" not in member
    in_room = await place.told(MEMBER, land, f"!p {WHAT}")
    assert "talk of leads" not in in_room
    assert "ask me in a direct message" in in_room
    only = await place.told(LEAD, hers, "only the deadlines")
    assert "yearly report" in only
    assert "Evening of songs" not in only


async def test_what_was_written_is_nowhere_and_the_moments_are_gone_with_their_person(place: Place) -> None:
    hers = await direct_message(place.peers[LEAVER], BOT)
    await place.told(LEAVER, hers, "the plots by the river are flooded again")
    await place.noted(LEAVER)
    place.days_later(3)
    code, shown, _ = await palabre(
        *("ask", "--as", LEAVER, WHAT, "--data", str(place.up.data), "--config", str(place.up.config))
    )
    assert code == 0
    assert "Since you last wrote" in shown
    content = place.database.read_bytes()
    assert b"flooded" not in content
    warned = await place.told(LEAVER, hers, "forget me")
    await place.told(LEAVER, hers, warned.rsplit("write: ", 1)[1].strip())
    assert place.visit(LEAVER) is None
