"""Kills the bot around requests, and starts it again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from aiohttp import web

from tests.lib.bot_process import BotProcess
from tests.lib.peer_client import until


class RequestKiller:
    """Kills the bot once at each moment: (``before`` or ``after``, a part of the request's path).

    ``in_order``: at one only after those before it in the list.
    """

    def __init__(self, ready: Path, moments: list[tuple[str, str]], *, in_order: bool = False) -> None:
        self._ready = ready
        self._in_order = in_order
        self.left = moments
        self.kills = 0

    async def before(self, request: web.Request, _body: bytes) -> bool:
        return self._kill("before", request)

    async def after(self, request: web.Request, _body: bytes) -> bool:
        return self._kill("after", request)

    def _kill(self, side: str, request: web.Request) -> bool:
        due = self.left[:1] if self._in_order else self.left
        moment = next((m for m in due if m[0] == side and m[1] in request.path), None)
        if moment is None:
            return False
        os.kill(int(self._ready.read_text()), signal.SIGKILL)
        self.left.remove(moment)
        self.kills += 1
        return True


async def survive(bots: BotProcess, killer: RequestKiller) -> None:
    """Start the bot again each time that it is killed, until it was killed at every moment."""
    begun, killed = bots.starts, killer.kills

    async def over() -> bool:
        assert bots.process is not None
        if bots.process.returncode is not None:
            await bots.start()
        # A process that was killed a moment ago may not be known to have ended yet.
        return not killer.left and bots.starts - begun == killer.kills - killed

    await until(over, 240, f"the kills at {killer.left}")
