"""Runs commands that end with this process, however it ends (`palabre_cli.tether`)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO


def tethered(command: Sequence[str]) -> tuple[str, ...]:
    """Return the command line of a command that ends with this process."""
    # -P: the working folder is data, not a place to import from.
    return (sys.executable, "-P", "-m", "palabre_cli.tether", str(os.getpid()), "--", *command)


async def run_tethered(
    command: Sequence[str], output: IO[bytes], environment: Mapping[str, str] | None = None
) -> int:
    """Run a command and return its exit code; it ends with us: also when this is cancelled.

    ``output`` gets what it says; ``environment`` is added to that of this process.
    """
    process = await asyncio.create_subprocess_exec(
        *tethered(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={**os.environ, **(environment or {})},
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
