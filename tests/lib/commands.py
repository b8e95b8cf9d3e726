"""The command as a person runs it: a process of its own."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lib.forked import ROOT, ForkedProcess, fork
from tests.lib.terminal_seen import seen_until_end


@dataclass(frozen=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str


async def start(
    arguments: Iterable[object], environment: Mapping[str, str], before: Sequence[str] = ()
) -> ForkedProcess | asyncio.subprocess.Process:
    """Start a command; ``before`` is a program that is to run it, so that it is started from nothing."""
    if not before:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return await fork(
            "-m", "palabre_cli", *arguments, environment=environment, folder=Path.cwd(), **pipes
        )
    return await asyncio.create_subprocess_exec(
        *before,
        sys.executable,
        "-m",
        "palabre_cli",
        *(str(argument) for argument in arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


async def palabre(*arguments: object, language: str = "en", before: Sequence[str] = ()) -> Ran:
    """Run a command to its end; it shows no traceback."""
    process = await start(arguments, {"LANGUAGE": language}, before)
    out, err = await asyncio.wait_for(process.communicate(), 400)
    assert process.returncode is not None
    assert "Traceback" not in err.decode()
    return Ran(process.returncode, out.decode(), err.decode())


async def on_a_terminal(
    *arguments: object, typed: str | None = None, hidden: Sequence[str] = ()
) -> tuple[int, str]:
    """Run a command at which a person looks; return its exit code and what is to be seen then.

    ``typed`` is what they type, with its line ends; None: nothing can be typed. Surrogates stand for bytes that are
    not UTF-8. ``hidden`` is typed where the command asks for what is not to be seen.
    """
    ours, theirs = pty.openpty()
    if typed is not None:
        os.write(ours, typed.encode(errors="surrogateescape"))
    process = await fork(
        "-m",
        "palabre_cli",
        *arguments,
        environment={"LANGUAGE": "en"},
        stdin=subprocess.DEVNULL if typed is None else theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seeing = asyncio.create_task(asyncio.to_thread(seen_until_end, ours, hidden))
    try:
        code = await asyncio.wait_for(process.wait(), 400)
    finally:
        if process.returncode is None:
            process.kill()
    written = await seeing
    assert b"Traceback" not in written
    return code, written.decode(errors="replace")
