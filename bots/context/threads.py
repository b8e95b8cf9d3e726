"""Work that would hold up the event loop, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``function`` returns, called in a thread."""
    # Imported here because whoever answers from files has no event loop.
    import asyncio  # noqa: PLC0415

    return await asyncio.to_thread(function, *args, **kwargs)
