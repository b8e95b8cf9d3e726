"""Moves a store to PostgreSQL, and kills itself at one of its steps: for the tests.

    python moving_store.py FILE URL [STEP]

A step is a statement that is about to be carried out, the end of a transaction (before and after it), or the note.
Without STEP it goes through, and says how many there are.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from community.storage import moving
from community.storage.moved import note_moved


class Steps:
    def __init__(self, last: int | None) -> None:
        self.count = 0
        self._last = last

    def __call__(self, *_: Any, **_more: Any) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    file, url = Path(sys.argv[1]), sys.argv[2]
    step = Steps(int(sys.argv[3]) if len(sys.argv) > 3 else None)
    for name in ("before_cursor_execute", "commit", "rollback"):
        event.listen(Engine, name, step)

    def noted(*arguments: Any) -> None:
        step()
        note_moved(*arguments)
        step()

    vars(moving)["note_moved"] = noted
    asyncio.run(moving.move_store(file, url))
    sys.stdout.write(f"{step.count}\n")


if __name__ == "__main__":
    main()
