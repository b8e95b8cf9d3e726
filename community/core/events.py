"""Waiting for one of several events of asyncio."""

from __future__ import annotations

import asyncio


async def first_of(*events: asyncio.Event, patience: float | None = None) -> None:
    """Wait until one of the events is set, or until ``patience`` seconds have passed."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
