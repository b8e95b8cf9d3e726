"""People who invite others in chat: Awa leads Bamako, Lucie Kigali, Peter coordinates, Moussa is a member of Bamako."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bots.encryption import RoomView
from community.core.address_secret import digest_of
from community.core.sealed_text import TextCipher
from community.joining.invitation import NetworkInvitation
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, BOT, DIRECT, PETER
from tests.lib.feed_talk import SERVER
from tests.lib.room_talk import LUCIE, MOBILITY, MOUSSA, RoomTalk, seeded_store

PEOPLE: Mapping[str, tuple[UserId, RoomId]] = {
    "awa": (AWA, DIRECT),
    "peter": (PETER, RoomId("!direct-peter")),
    "lucie": (LUCIE, RoomId("!direct-lucie")),
    "moussa": (MOUSSA, RoomId("!direct-moussa")),
}
_ADDRESS = re.compile(r"^(\S+)/palabre/j/([A-Za-z0-9_-]{32})$", re.MULTILINE)
_NUMBER = re.compile(r"[“«]\s*\w+ (\d+)\s*[”»]")


class InvitingTalk(RoomTalk):
    """The bot, and where people write to it."""

    asked = 0
    """The number that the bot has asked for last."""

    async def says(self, body: str, who: str = "awa", room: RoomId | None = None) -> str:
        """Say something, directly without a ``room``; return the last reply in words.

        ``{yes}`` stands for the number that was asked for last.
        """
        user, direct = PEOPLE[who]
        before = len(self.homeserver.sent)
        await self.hears(body.replace("{yes}", str(self.asked)), sender=user, room=room or direct)
        new = self.homeserver.sent[before:]
        said = visible(new[-1][1]["body"]) if new else ""
        numbers = _NUMBER.findall(said)
        self.asked = int(numbers[0]) if numbers else self.asked
        return said

    async def letter(self, body: str, who: str = "awa") -> str:
        """Say what has a link made; return the text to give on, which has the address on a line of its own."""
        before = len(self.homeserver.sent)
        await self.says(body, who)
        (_, first), (_, _) = self.homeserver.sent[before:]
        assert _ADDRESS.search(first["body"]), first["body"]
        return str(first["body"])

    async def links(self) -> tuple[NetworkInvitation, ...]:
        """Return the links that there are."""
        return tuple(one.invitation for one in await self.store.invitations.listed())


def secret_in(letter: str) -> str:
    """Return the secret in the address of a text to give on."""
    ((server, secret),) = _ADDRESS.findall(letter)
    assert server == SERVER
    return str(secret)


def digest_in(letter: str) -> str | None:
    """Return the digest of it, as the store has it."""
    return digest_of(secret_in(letter))


def _direct(room_id: RoomId, user: UserId) -> RoomView:
    return RoomView(room_id, user, algorithm="megolm", members={user: "join", BOT: "join"})


@asynccontextmanager
async def inviting_talk(
    folder: Path, languages: tuple[str, ...] = ("en",), **more: Any
) -> AsyncIterator[InvitingTalk]:
    """Start the bot over the example network, whose pages are served; Awa speaks ``languages``."""
    async with await seeded_store(folder, languages, TextCipher(bytes(32)), **more) as store:
        talk = InvitingTalk(store, folder)
        talk.feed_server = SERVER
        for user, room in PEOPLE.values():
            talk.homeserver.rooms[room] = _direct(room, user)
        await talk.start()
        yield talk


__all__ = ["MOBILITY", "PEOPLE", "InvitingTalk", "digest_in", "inviting_talk", "secret_in"]
