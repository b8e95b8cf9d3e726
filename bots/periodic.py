"""Work that is done now and then as long as the bot runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from community.core.errors import PalabreError, place_of
from community.core.events import first_of

log = structlog.get_logger()


async def repeat(
    work: Callable[[], Awaitable[None]],
    stop: asyncio.Event,
    *,
    every: float,
    failed: str,
    sooner: asyncio.Event | None = None,
) -> None:
    """Do ``work`` each ``every`` seconds until ``stop``, and at once when ``sooner`` is set; that is cleared then.

    Where it fails, that is logged as the event ``failed``: the next time tries again. That holds for our own mistakes
    and for a row that nobody can read too: neither ends the process, and with it all that the bot does.
    """
    due = asyncio.Event() if sooner is None else sooner
    while not stop.is_set():
        due.clear()
        try:
            await work()
        except PalabreError as error:
            log.warning(failed, reason=str(error))
        except Exception as error:  # its text may quote the row: the kind and place alone are logged
            log.error(failed, kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
        await first_of(stop, due, patience=every)
