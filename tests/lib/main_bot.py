"""The whole bot (`bots.main.run`), in the process of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bots import main
from community.description.data_folder import DataFolder
from tests.lib.peer_client import until


@asynccontextmanager
async def running_main(config: Path, data: DataFolder) -> AsyncIterator[None]:
    """Run the bot, past its first sync; where it ends before, the error is raised."""
    stop = asyncio.Event()
    data.ready_file("bots").unlink(missing_ok=True)
    running = asyncio.create_task(main.run(config, data, stop=stop))
    try:

        async def ready() -> bool:
            if running.done():
                running.result()
            return data.ready_file("bots").exists()

        await until(ready, 90, "the bot to be ready")
        yield
    finally:
        stop.set()
        await running
