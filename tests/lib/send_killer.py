"""Kills the bot around what it posts: an installation with a proxy that does, and a reader in the room of the posts."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.hurry import HURRIED
from tests.lib.kept_processes import free_port
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.running import Running, example_up, palabre

LEAD = "@claudine.uwase:palabre.localhost"


class Killer:
    """Kills the bot at each scheduled message of a room: before it is passed on to the homeserver, or after it has it.

    Each process is killed once, though it sends several messages at a time. In other rooms the example's own dates may
    fall due meanwhile.
    """

    def __init__(self, data: Path, moments: Sequence[str]) -> None:
        self._data = data
        self._left = list(moments)
        self._killed: int | None = None
        self.room_id: str | None = None
        self.kills: list[str] = []

    def kill_next(self, *moments: str) -> None:
        """Kill the bot at further messages."""
        self._left += moments

    @property
    def _messages(self) -> str:
        """What is in the path of each message of the room."""
        return f"/rooms/{self.room_id}/send/m.room.encrypted/"

    async def before(self, request: web.Request, body: bytes) -> bool:
        return self._kill("before", request, body)

    async def after(self, request: web.Request, body: bytes) -> bool:
        return self._kill("after", request, body)

    def _kill(self, moment: str, request: web.Request, body: bytes) -> bool:
        if self._left[:1] != [moment] or self._messages not in request.path:
            return False
        if b"org.palabre.occurrence" not in body:
            return False
        process = int((self._data / "run" / "bots.ready").read_text())
        if process == self._killed:
            return False
        os.kill(process, signal.SIGKILL)
        self._killed = process
        self.kills.append(self._left.pop(0))
        return True


@dataclass(frozen=True)
class KilledBot:
    """An installation whose bot is killed at what it posts, and a reader in the room of the posts."""

    up: Running
    killer: Killer
    peer: Peer
    room_id: str

    async def applied(self) -> None:
        """Apply what was written into the files."""
        where = ("--config", str(self.up.config), "--data", str(self.up.data))
        code, _out, error = await palabre("apply", "--yes", *where)
        assert code == 0, error

    async def is_back(self, kills: int) -> bool:
        """Whether the bot runs again after so many kills."""
        return len(self.killer.kills) == kills and self.starts == 1 + kills

    @property
    def starts(self) -> int:
        """How often the bot has begun to work."""
        return self.up.log("bots").count('"event": "ready"')

    async def answered(self) -> None:
        """Ask the bot something, and wait for the answer: it has looked at what it was sending before."""
        asked = await self.peer.ask(self.room_id, "!p help")
        await self.peer.reply_to(self.room_id, asked)


@asynccontextmanager
async def killed_bot(folder: Path, moments: Sequence[str] = ()) -> AsyncIterator[KilledBot]:
    """Run the example's network; its bot is killed at its next posts, at these ``moments`` of `Killer`."""
    killer, port = Killer(folder / "data", moments), free_port()
    async with cutting_proxy(f"http://127.0.0.1:{port}") as proxy:
        proxy.before, proxy.after = killer.before, killer.after
        settings = "homeserver:\n", f"homeserver:\n  bots_url: {proxy.url}\n"
        hurried = example_up(folder, port=port, settings=settings, environment=HURRIED)
        async with hurried as up, open_peer() as peer:
            # However long it took until all was there, and the reader in the room: who comes later reads nothing of it.
            killer.room_id = await entered(up, peer)
            yield KilledBot(up, killer, peer, killer.room_id)


async def entered(up: Running, peer: Peer) -> str:
    """Sign in, and accept the invitation into the room; return it."""
    await peer.login(up.url, LEAD, up.password(LEAD))

    async def invited() -> str | None:
        names = {r["alias"]: r["roomId"] for r in await peer.rooms() if r["membership"] == "invite"}
        return next((room for alias, room in names.items() if "exchange.waste" in str(alias)), None)

    room_id = str(await until(invited, 30, "the invitation"))
    await peer.call("join", roomId=room_id)

    async def joined() -> bool:
        return bool(await peer.call("members", roomId=room_id))

    await until(joined, 30, "the room to be known")
    return room_id
