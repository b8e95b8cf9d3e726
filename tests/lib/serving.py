"""The provisioning service in the process of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from provisioning.serve import watch
from tests.lib.places import Place


@asynccontextmanager
async def serving(place: Place) -> AsyncIterator[None]:
    """Run the service; it ends with the block."""
    stop = asyncio.Event()
    running = asyncio.create_task(watch(place.config, place.data, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)
