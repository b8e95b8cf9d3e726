"""Kills the bot around requests, and starts it again."""

from __future__ import annotations

import signal

from aiohttp import web

from tests.lib.bot_process import BotProcess
from tests.lib.peer_client import until


class RequestKiller:
    """Kills the bot once at each moment: (``before`` or ``after``, a part of the request's path).

    ``in_order``: at one only after those before it in the list. Each process is killed once, though it sends several
    requests at a time.
    """

    def __init__(self, bots: BotProcess, moments: list[tuple[str, str]], *, in_order: bool = False) -> None:
        self._bots = bots
        self._in_order = in_order
        self._killed: int | None = None
        self._before = bots.starts
        self.left = moments
        self.kills = 0

    async def before(self, request: web.Request, _body: bytes) -> bool:
        return self._kill("before", request)

    async def after(self, request: web.Request, _body: bytes) -> bool:
        return self._kill("after", request)

    def is_over(self) -> bool:
        """Whether the bot was killed at every moment, and started again each time."""
        # A process that was killed a moment ago may not be known to have ended yet.
        return not self.left and self._bots.starts - self._before == self.kills

    def _kill(self, side: str, request: web.Request) -> bool:
        process = self._bots.process
        if process is None or process.pid == self._killed:
            return False
        due = self.left[:1] if self._in_order else self.left
        moment = next((m for m in due if m[0] == side and m[1] in request.path), None)
        if moment is None:
            return False
        process.send_signal(signal.SIGKILL)
        self._killed = process.pid
        self.left.remove(moment)
        self.kills += 1
        return True


async def survive(bots: BotProcess, killer: RequestKiller) -> None:
    """Start the bot again each time that it is killed, until it was killed at every moment."""

    async def over() -> bool:
        assert bots.process is not None
        if bots.process.returncode is not None:
            await bots.start()
        return killer.is_over()

    try:
        await until(over, 100, "the kills")
    except AssertionError as error:
        raise AssertionError(f"{error} at {killer.left}: {bots.log}") from error
