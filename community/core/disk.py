"""Free space of a disk, and whether people may still send files."""

from __future__ import annotations

import shutil
from pathlib import Path

MEGABYTE = 1_000_000
_ROOM_AGAIN = 1.2
"""Files may be sent again from this multiple of the minimum, so that a few bytes do not switch it on and off."""


def free_bytes(folder: Path) -> int | None:
    """Return the free bytes of a folder's file system; None where they cannot be determined."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def may_send_files(free: int | None, least: int, *, so_far: bool) -> bool:
    """Whether people may send files, given the free and the minimal bytes, and whether they may until now."""
    if free is None:
        return so_far
    if free < least:
        return False
    return so_far or free >= least * _ROOM_AGAIN
