"""People who ask the bot for the calendar in their telephone: directly, in a theme's room, in the lobby."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bots.encryption import RoomView
from community.core.address_secret import digest_of
from community.core.sealed_text import TextCipher
from community.storage import Feed
from matrix.errors import HomeserverUnreachable
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, BOT, DIRECT, PETER, PROVISIONER, batch
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

SERVER = "https://palabre.example.org"
LOBBY, DIRECT_PETER = RoomId("!lobby"), RoomId("!direct-peter")
PEOPLE = {"awa": (AWA, DIRECT), "peter": (PETER, DIRECT_PETER)}
"""Awa leads Bamako, Peter coordinates; where each writes to the bot directly."""
ROOMS = {"mobility": MOBILITY, "lobby": LOBBY}
_ADDRESS = re.compile(r"(\S+)/palabre/calendar/([A-Za-z0-9_-]{32})/(\w+)(\.ics)?")


def addresses(text: str) -> list[tuple[str, str, str, str]]:
    """Return the addresses in a text: server, secret, language, and ``.ics`` or nothing."""
    return [(m[1], m[2], m[3], m[4] or "") for m in _ADDRESS.finditer(visible(text))]


class FeedTalk(RoomTalk):
    """The bot, two people, and where they write."""

    async def says(self, body: str, who: str = "awa", room: str | None = None) -> str:
        """Say something, directly without a ``room``; return the reply in words."""
        user, direct = PEOPLE[who]
        return await self.told(body, sender=user, room=direct if room is None else ROOMS[room])

    async def gets(self, body: str, who: str = "awa", room: str | None = None) -> str:
        """Ask for a feed; return the secret in its address."""
        found = addresses(await self.says(body, who, room))
        assert [ending for *_, ending in found] == [".ics", ""]
        assert len({secret for _, secret, *_ in found}) == 1
        return found[0][1]

    async def is_lost(self, body: str) -> None:
        """Say something to a bot that dies once it has done it, before it can say so."""
        self.homeserver.is_away = True
        with pytest.raises(HomeserverUnreachable):
            await self.says(body)
        self.homeserver.is_away = False

    async def hears_again(self) -> str:
        """Start the next process, which reads the last message once more; return the reply in words."""
        await self.start()
        message = list(self.homeserver.earlier.values())[-1]
        await self.takes(batch(message))
        return visible(self.homeserver.sent[-1][1]["body"])

    async def feed(self, secret: str) -> Feed | None:
        """Return the feed with a secret, None where there is none."""
        return next((f for f in await self.store.feeds.all() if f.digest == digest_of(secret)), None)


def _room(room_id: RoomId, locator: dict[str, str], *people: UserId) -> RoomView:
    origin = {"org.palabre.community": "villes", "org.palabre.key": locator["key"]}
    members = dict.fromkeys((*people, BOT, PROVISIONER), "join")
    return RoomView(room_id, PROVISIONER, origin, locator, algorithm="megolm", members=members)


@asynccontextmanager
async def feed_talk(folder: Path, languages: tuple[str, ...] = ("en",)) -> AsyncIterator[FeedTalk]:
    """Start the bot over the example network, with feeds that are served; Awa speaks ``languages``."""
    async with await seeded_store(folder, languages, TextCipher(bytes(32))) as store:
        talk = FeedTalk(store, folder)
        talk.feed_server = SERVER
        rooms = talk.homeserver.rooms
        theme = {"key": "exchange.mobility", "kind": "room", "theme": "mobility"}
        rooms[MOBILITY] = _room(MOBILITY, theme, AWA, PETER)
        rooms[LOBBY] = _room(LOBBY, {"key": "lobby", "kind": "room"}, AWA, PETER)
        rooms[DIRECT_PETER] = RoomView(
            DIRECT_PETER, PETER, algorithm="megolm", members={PETER: "join", BOT: "join"}
        )
        await talk.start()
        yield talk
