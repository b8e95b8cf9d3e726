"""What a person types where a program shows nothing of it: it throws away what was typed before it asks."""

from __future__ import annotations

import termios
import time
from collections.abc import Sequence

_LOCAL_FLAGS = 3
"""Where `termios.tcgetattr` has them."""


def type_hidden(terminal: int, answers: Sequence[str]) -> None:
    """Type each answer where it is asked for, at our end of a terminal; returns when the last was taken."""
    for answer in answers:
        _wait(terminal, shows=False)
        with open(terminal, "wb", buffering=0, closefd=False) as keyboard:
            keyboard.write(f"{answer}\n".encode())
        _wait(terminal, shows=True)


def _wait(terminal: int, *, shows: bool) -> None:
    """Wait until what is typed is shown, or is not."""
    deadline = time.monotonic() + 100
    while bool(termios.tcgetattr(terminal)[_LOCAL_FLAGS] & termios.ECHO) is not shows:
        assert time.monotonic() < deadline, "nobody has asked"
        time.sleep(0.02)
