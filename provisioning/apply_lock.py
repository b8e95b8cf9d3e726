"""The lock of whoever changes the homeserver, for commands that people give.

The provisioning service holds it too while it looks. It looks at a file that somebody has saved, who gives the next
command within the same second: that waits for the end of the look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from community.description.data_folder import (
    APPLY_LOCK,
    SERVICE,
    DataFolder,
    DataFolderInUse,
    FolderLock,
)

_EVERY = 0.1
"""Seconds after which the lock is tried again."""
_TIMES = 600
"""How often: a look at a slow homeserver takes some seconds."""


@asynccontextmanager
async def apply_lock(data: DataFolder, who: str) -> AsyncIterator[None]:
    """Hold the lock as the process ``who``, once the service has ended what it holds it for.

    Raises:
        DataFolderInUse: another process holds it, or the service does not come to an end.
        DataFolderError: it cannot be written.
    """
    with data.opened_lock(APPLY_LOCK) as lock:
        for _ in range(_TIMES):
            if _is_taken(lock, who):
                break
            await asyncio.sleep(_EVERY)
        else:
            lock.take(who)
        yield


def _is_taken(lock: FolderLock, who: str) -> bool:
    """Take the lock; False where the service holds it.

    Raises:
        DataFolderInUse: another process holds it.
    """
    try:
        lock.take(who)
    except DataFolderInUse as error:
        if not error.holder.endswith(SERVICE):
            raise
        return False
    return True
