"""A bot's process that is killed, a homeserver that is away, answers that are lost: at drawn steps of what it posts."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from aiohttp import web

from tests.lib.bot_process import BotProcess
from tests.lib.cutting_proxy import CuttingProxy
from tests.lib.peer_client import until
from tests.lib.synapse_server import SynapseServer, running_synapse

SEND = "/send/m.room.encrypted/"
MARK = b"org.palabre.occurrence"


class Fault(Enum):
    """What goes wrong at a step."""

    KILLED_BEFORE = auto()
    """The bot is killed before a message is passed on to the homeserver."""
    KILLED_AFTER = auto()
    """… once the homeserver has it."""
    KILLED_ANYWHERE = auto()
    """… at any request: while it starts, syncs, gives keys."""
    CUT_BEFORE = auto()
    """A message does not arrive."""
    CUT_AFTER = auto()
    """A message arrives, and the answer to it does not."""
    AWAY = auto()
    """The homeserver is stopped, and started again."""
    CHANGED = auto()
    """Something of the calendar is changed while the bot runs."""
    CHANGED_BETWEEN = auto()
    """… while it does not: it was killed before, and starts afterwards."""


KILLS = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.KILLED_ANYWHERE)
CUTS = (Fault.CUT_BEFORE, Fault.CUT_AFTER)
_BEFORE = (Fault.KILLED_BEFORE, Fault.CUT_BEFORE)


def drawn_faults(seed: int, counts: Counter[Fault], steps: int) -> list[tuple[int, Fault]]:
    """Return faults in a drawn order, each with how many messages are sent before it; all within ``steps``."""
    chance = random.Random(seed)  # noqa: S311 - which moments are tried
    faults = sorted(counts.elements(), key=lambda fault: fault.name)
    chance.shuffle(faults)
    apart = steps // len(faults)
    return [(chance.randint(max(1, apart // 2), apart), fault) for fault in faults]


@dataclass
class Disturbances:
    """Has faults happen, one after the other.

    ``change`` changes something of the calendar. ``is_all_sent``: whether no message is left to be sent; then any sync
    will do in place of a message.
    """

    server: SynapseServer
    serving: ExitStack
    proxy: CuttingProxy
    bots: BotProcess
    change: Callable[[Fault], Awaitable[None]]
    is_all_sent: Callable[[], Awaitable[bool]]
    happened: Counter[Fault] = field(default_factory=Counter)
    _fault: Fault | None = None
    _sent: int = 0
    """Messages that have passed, and at how many of them the fault happens."""
    _due: int = 0
    _requests: int = 0
    _is_drained: bool = False
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    # --- what passes --------------------------------------------------------------------------------------------------

    async def before(self, request: web.Request, body: bytes) -> bool:
        """See `CuttingProxy.before`."""
        self._requests += 1
        is_step = self._is_step(request, body)
        self._sent += is_step
        return self._strike(is_step=is_step, is_before=True)

    async def after(self, request: web.Request, body: bytes) -> bool:
        """See `CuttingProxy.after`."""
        return self._strike(is_step=self._is_step(request, body), is_before=False)

    def _is_step(self, request: web.Request, body: bytes) -> bool:
        is_message = SEND in request.path and MARK in body
        return is_message or (self._is_drained and request.path.endswith("/sync"))

    def _strike(self, *, is_step: bool, is_before: bool) -> bool:
        """Whether the connection is closed, since the fault that is due happens at this request."""
        fault = self._fault
        if fault is None or self._sent < self._due:
            return False
        if fault in KILLS or fault in CUTS:
            is_at = is_step and is_before is (fault in _BEFORE)
            if not (is_at or fault is Fault.KILLED_ANYWHERE) or (fault in KILLS and not self._kill()):
                return False
        self._fault = None
        self._reached.set()
        return fault in KILLS or fault in CUTS

    def _kill(self) -> bool:
        process = self.bots.process
        if process is None or process.returncode is not None:
            return False
        os.kill(process.pid, signal.SIGKILL)
        return True

    # --- what happens -------------------------------------------------------------------------------------------------

    async def run(self, faults: Sequence[tuple[int, Fault]]) -> None:
        """Have all of them happen, each after so many messages."""
        self.proxy.before, self.proxy.after = self.before, self.after
        for steps, fault in faults:
            self._reached.clear()
            self._due, self._fault = self._sent + steps, fault
            await until(self._has_reached, 120, f"{fault} after {self._due} messages")
            await self._do(fault)
            self.happened[fault] += 1

    async def _has_reached(self) -> bool:
        self._is_drained = self._is_drained or await self.is_all_sent()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._reached.wait(), 0.5)
        return self._reached.is_set()

    async def _do(self, fault: Fault) -> None:
        match fault:
            case Fault.CHANGED:
                await self.change(fault)
            case Fault.CHANGED_BETWEEN:
                async with self._starting:
                    await self.bots.kill()
                    await self.change(fault)
            case Fault.AWAY:
                async with self._starting:
                    await self._restart_homeserver()
            case _:
                assert fault in KILLS or fault in CUTS

    async def _restart_homeserver(self) -> None:
        """Stop it, and start it once the bot has knocked in vain."""
        folder, port = self.server.data.root, int(self.server.url.rpartition(":")[2])
        await asyncio.to_thread(self.serving.close)
        before = self._requests

        async def knocked() -> bool:
            return self._requests > before + 2

        await until(knocked, 60, "the bot to ask in vain")
        await asyncio.to_thread(self.serving.enter_context, running_synapse(folder, port=port))

    # --- the processes ------------------------------------------------------------------------------------------------

    async def keep_running(self) -> None:
        """Start the bot again whenever it was killed, until cancelled. It ends by our hand alone."""
        while True:
            assert self.bots.process is not None
            code = await self.bots.process.wait()
            assert code == -signal.SIGKILL, self.bots.log[-20:]
            async with self._starting:
                await self.bots.start()


@asynccontextmanager
async def homeserver(folder: Path) -> AsyncIterator[tuple[SynapseServer, ExitStack]]:
    """Give a homeserver, and what it is closed with: it may be stopped and started meanwhile."""
    with ExitStack() as serving:
        server = await asyncio.to_thread(serving.enter_context, running_synapse(folder))
        yield server, serving
