"""Keeping child processes running: restarted with growing pauses, stopped in order, none outliving us."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from community.core.messages import Message, msg
from palabre_cli.errors import ChildFailed
from palabre_cli.tethered import tethered

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STEADY = 60.0
"""Seconds after which a child that ran so long is taken to be well, and its next pause is short again."""
GRACE = 15.0
"""Seconds that a child has to end by itself after SIGTERM."""
LOG_LIMIT = 10_000_000
"""Bytes; a log that is larger when its child starts is set aside (one is kept)."""

ReadyProbe = Callable[[int], Awaitable[bool]]
"""Given the child's pid, says whether it is ready."""


@dataclass(frozen=True)
class ChildSpec:
    """How to run one child. ``command`` holds no secret: anybody may read a process list."""

    name: str
    command: tuple[str, ...]
    log: Path
    cwd: Path
    is_ready: ReadyProbe
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = 90.0
    """Seconds until it must be ready the first time."""


class Child:
    """One child process and its restarts."""

    def __init__(
        self, spec: ChildSpec, announce: Callable[[Message], None], restarted: Callable[[str], None]
    ) -> None:
        self.spec = spec
        self._announce = announce
        self._restarted = restarted
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process's id."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it is ready; from then on it is kept running.

        Raises:
            ChildFailed: it ended, or was not ready in time.
        """
        process = await self._spawn()
        deadline = asyncio.get_running_loop().time() + self.spec.patience
        # Looks at the process after the probe: what answered may have been somebody else.
        while not await self.spec.is_ready(process.pid) or process.returncode is not None:
            if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                await self._end(process)
                raise ChildFailed(self.spec.name, self.spec.log, last_words(self.spec.log))
            await asyncio.sleep(0.1)
        self._keeper = asyncio.create_task(self._keep(process), name=f"keep {self.spec.name}")

    async def stop(self) -> None:
        """End it: SIGTERM, then SIGKILL after the grace."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._process is not None:
            await self._end(self._process)

    def restart(self) -> None:
        """Let it end; whoever keeps it running starts it again."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGTERM)

    async def _keep(self, process: asyncio.subprocess.Process) -> None:
        clock = asyncio.get_running_loop().time
        pause = FIRST_PAUSE
        while True:
            began = clock()
            code = await process.wait()
            if clock() - began >= STEADY:
                pause = FIRST_PAUSE
            process, pause = await self._again(str(code), pause)

    async def _again(self, reason: str, pause: float) -> tuple[asyncio.subprocess.Process, float]:
        """Start it once more, after a pause; return the process and the next pause."""
        while True:
            self._announce(
                msg(
                    "{name} has ended ({code}); starting it again in {pause} s.",
                    name=self.spec.name,
                    code=reason,
                    pause=round(pause),
                )
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                process = await self._spawn()
            except OSError as error:  # no memory, a full disk: these pass
                reason = error.strerror or type(error).__name__
            else:
                self._restarted(self.spec.name)
                return process, pause

    async def _spawn(self) -> asyncio.subprocess.Process:
        _make_room(self.spec.log)
        with self.spec.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *tethered(self.spec.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.spec.cwd,
                env={**os.environ, **self.spec.environment},
                # Ctrl-C at the terminal is for the supervisor alone, which stops the others in order.
                start_new_session=True,
            )
        return self._process

    @staticmethod
    async def _end(process: asyncio.subprocess.Process) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.returncode is not None:
                return
            with suppress(ProcessLookupError):
                process.send_signal(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE)


class Supervisor:
    """Children, started one after the other and stopped in the opposite order.

    ``restarted`` is given the name of each child that was started again.
    """

    def __init__(
        self, announce: Callable[[Message], None], restarted: Callable[[str], None] = lambda _name: None
    ) -> None:
        self._announce = announce
        self._restarted = restarted
        self._children: list[Child] = []

    async def start(self, spec: ChildSpec) -> None:
        """Start a child and wait until it is ready.

        Raises:
            ChildFailed: it ended, or was not ready in time.
        """
        child = Child(spec, self._announce, self._restarted)
        self._children.append(child)
        await child.start()

    def restart(self, name: str) -> None:
        """Let the child of that name end and be started again."""
        for child in self._children:
            if child.spec.name == name:
                child.restart()

    async def stop(self) -> None:
        """Stop every child, the last started first."""
        while self._children:
            child = self._children[-1]
            await child.stop()
            self._children.pop()


def _make_room(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".1.log"))


def last_words(log: Path) -> str:
    """Return the last line of a log that says something, shortened."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4000))
        lines = file.read().decode(errors="replace").splitlines()
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
