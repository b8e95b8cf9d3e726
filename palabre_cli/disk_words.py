"""What the person at the terminal is told of the disk while a command waits: a full disk looks like slow work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from community.core.disk import MEGABYTE, free_bytes
from community.core.messages import Message, msg

LOOK_EVERY = 5.0
"""Seconds between two looks at the disk."""
FULL = 10 * MEGABYTE
"""With less than this databases cannot go on."""


class DiskState(IntEnum):
    """How much room there is."""

    ROOMY = 0
    SCARCE = 1
    FULL = 2


def state_of(free: int | None, least: int) -> DiskState:
    """Return how a disk is; one of which nothing is known has room. ``free`` and ``least`` are bytes."""
    if free is None or free >= max(least, FULL):
        return DiskState.ROOMY
    return DiskState.FULL if free < FULL else DiskState.SCARCE


def said_of_disk(state: DiskState, free: int | None, folder: Path) -> Message:
    """Return what to say once a disk is so."""
    megabytes = (free or 0) // MEGABYTE
    match state:
        case DiskState.FULL:
            return msg(
                "The disk is full ({free} MB left in {folder}): make room, and what is waiting goes on by itself.",
                free=megabytes,
                folder=folder,
            )
        case DiskState.SCARCE:
            return msg(
                "The disk is nearly full ({free} MB left in {folder}): make room before it stops what is under way.",
                free=megabytes,
                folder=folder,
            )
        case DiskState.ROOMY:
            return msg("The disk has room again ({free} MB): it goes on.", free=megabytes)


@dataclass
class DiskWords:
    """Says once what changes. ``free`` gives the bytes that are left, ``say`` prints a sentence."""

    folder: Path
    least: int
    say: Callable[[Message], None]
    free: Callable[[Path], int | None] = free_bytes
    _state: DiskState = DiskState.ROOMY

    def look(self) -> None:
        """Look once."""
        free = self.free(self.folder)
        state = state_of(free, self.least)
        if state is not self._state:
            self._state = state
            self.say(said_of_disk(state, free, self.folder))

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY)


@asynccontextmanager
async def saying_disk(words: DiskWords) -> AsyncIterator[None]:
    """Look at the disk as long as the block lasts."""
    looking = asyncio.create_task(words.run())
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
