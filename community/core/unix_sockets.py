"""Addresses of unix sockets: the kernel takes 107 bytes (`unix(7)`), and a folder's path may be longer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 107
"""Bytes of the path of a socket."""


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """Give a path by which a socket can be bound or opened until the block ends, however long its own is.

    A long one is named by its opened folder, as Linux has it in ``/proc``.

    Raises:
        OSError: there is no such folder, or it cannot be entered.
    """
    own = str(path)
    if len(os.fsencode(own)) <= LONGEST:
        yield own
        return
    handle = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)
