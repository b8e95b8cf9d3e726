"""`palabre up` as a child process of a test, with a data folder of its own on a free port."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from community.description.data_folder import DataFolder
from tests.lib.forked import ROOT, ForkedProcess, fork
from tests.lib.templates import copy_template

EXAMPLE = ROOT / "config"
READY = "Palabre is ready"


@dataclass
class Running:
    """A running `palabre up`. ``output`` has its lines so far."""

    data: Path
    config: Path
    process: ForkedProcess
    output: list[str]

    @property
    def sign_in(self) -> dict[str, Any]:
        """What is in sign-in.json."""
        content: dict[str, Any] = json.loads((self.data / "sign-in.json").read_text())
        return content

    @property
    def url(self) -> str:
        """The homeserver's address."""
        return DataFolder(self.data).embedded_url.read_text().strip()

    def password(self, user_id: str) -> str:
        """Return a person's first password."""
        return str(next(a["password"] for a in self.sign_in["accounts"] if a["user_id"] == user_id))

    def bot_pid(self) -> int:
        """Return the process id of the ready bot."""
        return int((self.data / "run" / "bots.ready").read_text())

    def log(self, name: str) -> str:
        """Return a child's log."""
        return (self.data / "logs" / f"{name}.log").read_text()


async def palabre(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run one command to its end; return exit code, output, errors."""
    process = await fork(
        "-m",
        "palabre_cli",
        *arguments,
        environment={"LANG": "C.UTF-8", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 400)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def example_up(
    folder: Path,
    *,
    port: int = 0,
    settings: tuple[str, str] = ("", ""),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Running]:
    """Start `palabre up` with the example, in ``folder``, where one was stopped once all had been made.

    ``settings``: what in settings.yaml is replaced by what.
    """
    data, config = folder / "data", copy_of_example(folder)
    path = config / "settings.yaml"
    path.write_text(path.read_text().replace(*settings))
    await begin_as_the_example(data)
    async with palabre_up(data, config, port=port, environment=environment) as running:
        yield running


async def begin_as_the_example(data: Path) -> None:
    """Put into a data folder what is in that of the example once all has been made, and it was stopped."""
    await asyncio.to_thread(copy_template, "example", data, _make_example)


def _make_example(folder: Path) -> None:
    async def make() -> None:
        async with palabre_up(folder, EXAMPLE):
            pass

    asyncio.run(make())


@asynccontextmanager
async def palabre_up(
    data: Path, config: Path, *, port: int = 0, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Running]:
    """Start `palabre up`, wait until it is ready, stop it with SIGTERM at the end; no child of it outlives it."""
    process = await fork(
        "-m",
        "palabre_cli",
        "up",
        "--config",
        str(config),
        "--data",
        str(data),
        "--port",
        str(port),
        environment={"LANG": "C.UTF-8", **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Running(data, config, process, [])
    try:
        await asyncio.wait_for(_until_ready(running), 600)
        reading = asyncio.create_task(_read_on(running))
        yield running
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 120)
    await reading
    assert code == 0, running.output
    assert not descendants_using(data), "a child has outlived `palabre up`"


async def _until_ready(running: Running) -> None:
    assert running.process.stdout is not None
    while line := (await running.process.stdout.readline()).decode():
        running.output.append(line.rstrip())
        if line.startswith(READY):
            return
    raise AssertionError(f"`palabre up` has ended: {running.output}")


async def _read_on(running: Running) -> None:
    assert running.process.stdout is not None
    while line := (await running.process.stdout.readline()).decode():
        running.output.append(line.rstrip())


def descendants_using(data: Path) -> list[int]:
    """Return the processes whose command line names the data folder, or that work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command, works_in = (entry / "cmdline").read_bytes(), (entry / "cwd").readlink()
            except OSError:
                continue  # it has ended meanwhile
            if str(data).encode() in command or works_in.is_relative_to(data):
                found.append(int(entry.name))
    return found


def copy_of_example(folder: Path) -> Path:
    """Return a copy of the example's description that a test may change."""
    copy = folder / "config"
    shutil.copytree(EXAMPLE, copy)
    return copy
