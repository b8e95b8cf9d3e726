"""Work that is done now and then as long as the bot runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from community.core.errors import PalabreError

log = structlog.get_logger()


async def repeat(
    work: Callable[[], Awaitable[None]], stop: asyncio.Event, *, every: float, failed: str
) -> None:
    """Do ``work`` each ``every`` seconds until ``stop``.

    Where it fails, that is logged as the event ``failed``: the next time tries again.
    """
    while not stop.is_set():
        try:
            await work()
        except PalabreError as error:
            log.warning(failed, reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), every)
        except TimeoutError:
            continue
