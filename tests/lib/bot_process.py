"""`palabre bots` as a child process of a test: started, killed, started again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.lib.forked import ForkedProcess, fork
from tests.lib.peer_client import until
from tests.lib.places import Place


@dataclass
class BotProcess:
    """The bots of a place. ``log`` has what all of them have written, ``program`` is the command that has them."""

    place: Place
    program: Sequence[object] = ("-m", "palabre_cli")
    environment: Mapping[str, str] = field(default_factory=dict)
    process: ForkedProcess | None = None
    log: list[str] = field(default_factory=list)
    starts: int = 0
    _reading: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Start a process, and wait until it has read its first sync, or was killed by the test."""
        self.starts += 1
        self.process = await fork(
            *self.program,
            "bots",
            *self.place.options,
            environment={"LANG": "C.UTF-8", **self.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading.append(asyncio.create_task(self._read(self.process)))
        process, ready = self.process, self.place.data.ready_file("bots")

        async def is_ready() -> bool:
            assert process.returncode in (None, -signal.SIGKILL), self.log
            return process.returncode is not None or (
                ready.exists() and ready.read_text().strip() == str(process.pid)
            )

        await until(is_ready, 60, "the bot to be ready")

    async def kill(self) -> None:
        """Kill it (-9)."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Kill it (-9) and start the next process."""
        await self.kill()
        await self.start()

    async def stop(self) -> None:
        """End it as an operator does."""
        await self._end(signal.SIGTERM)

    async def _end(self, sign: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(sign)
            await asyncio.wait_for(self.process.wait(), 30)

    async def _read(self, process: ForkedProcess) -> None:
        assert process.stdout is not None
        while line := (await process.stdout.readline()).decode():
            self.log.append(line.rstrip())


@asynccontextmanager
async def bot_process(
    place: Place,
    program: Sequence[object] = ("-m", "palabre_cli"),
    *,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[BotProcess]:
    """Run the bots of a place; nothing outlives the block."""
    bots = BotProcess(place, program, environment or {})
    await bots.start()
    try:
        yield bots
    finally:
        await bots.stop()
