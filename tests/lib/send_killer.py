"""Kills the bot around what it posts, and a reader in the room of the posts."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from aiohttp import web

from tests.lib.peer_client import Peer, until
from tests.lib.running import Running

LEAD = "@claudine.uwase:palabre.localhost"


class Killer:
    """Kills the bot at each scheduled message: before it is passed on to the homeserver, or after it has it.

    Each process is killed once, though it sends several messages at a time.
    """

    def __init__(self, data: Path, moments: list[str]) -> None:
        self._data = data
        self._left = list(moments)
        self._killed: int | None = None
        self.kills: list[str] = []

    def kill_next(self, *moments: str) -> None:
        """Kill the bot at further messages."""
        self._left += moments

    async def before(self, request: web.Request, body: bytes) -> bool:
        return self._kill("before", request, body)

    async def after(self, request: web.Request, body: bytes) -> bool:
        return self._kill("after", request, body)

    def _kill(self, moment: str, request: web.Request, body: bytes) -> bool:
        if self._left[:1] != [moment] or "/send/m.room.encrypted/" not in request.path:
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
