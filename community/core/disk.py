"""How much room a disk has."""

from __future__ import annotations

import shutil
from pathlib import Path

MEGABYTE = 1_000_000
_ROOM_AGAIN = 1.2
"""How many times the least there must be before files may be sent again: not on and off by a few bytes."""


def free_bytes(folder: Path) -> int | None:
    """Return how many bytes can be written into a folder's file system; None where it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def may_send_files(free: int | None, least: int, *, so_far: bool) -> bool:
    """Whether people may send files, given the free and the least bytes, and whether they could so far."""
    if free is None:
        return so_far
    if free < least:
        return False
    return so_far or free >= least * _ROOM_AGAIN
