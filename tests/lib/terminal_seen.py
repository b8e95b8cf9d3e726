"""What a person sees at a terminal, and what they type where nothing of it is shown."""

from __future__ import annotations

import os
import select
import termios
from collections.abc import Sequence

_LOCAL_FLAGS = 3
"""Where `termios.tcgetattr` has them."""


def seen_until_end(terminal: int, hidden: Sequence[str] = ()) -> bytes:
    """Read our end of a terminal until nobody has the other end open, close it, and return all of it.

    Each ``hidden`` answer is typed where one is asked for: a program throws away what was typed before it asks.
    """
    answers, seen, asked = list(hidden), b"", b""
    while True:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break  # that is how Linux says that the other end is closed
            seen, asked = seen + part, asked + part
        elif answers and asked.endswith(b": ") and not _shows(terminal):
            os.write(terminal, f"{answers.pop(0)}\n".encode())
            asked = b""
    os.close(terminal)
    return seen


def _shows(terminal: int) -> bool:
    """Whether what is typed is shown."""
    return bool(termios.tcgetattr(terminal)[_LOCAL_FLAGS] & termios.ECHO)
