"""Puts a backup back, and kills itself at one of its steps: for the tests.

    python restoring.py ARCHIVE KEY TO [STEP [running]]

A step is a folder or file that is about to be made, renamed or removed, or a program that is about to be started.
With ``running`` it is killed only once that program runs, which then goes on without it. Without STEP it goes through,
and says what each step is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from palabre_cli.backup.encryption import BackupKey
from palabre_cli.backup.restoring import restore

CHANGING = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
PROGRAM = "subprocess.Popen"


class Steps:
    """Counts what Python itself reports of this process (audit events)."""

    def __init__(self, last: int | None, *, running: bool) -> None:
        self.names: list[str] = []
        self._last = last
        self._running = running

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if event not in CHANGING and event != PROGRAM and not writes:
            return
        self.names.append(str(arguments[0]) if event == PROGRAM else event)
        if len(self.names) == self._last and not self._running:
            _die()

    def started(self) -> None:
        """Take note that a program runs."""
        if len(self.names) == self._last:
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    archive, key, to, *asked = sys.argv[1:]
    steps = Steps(int(asked[0]) if asked else None, running="running" in asked)
    start = subprocess.Popen.__init__

    def started(*arguments: Any, **more: Any) -> None:
        start(*arguments, **more)
        steps.started()

    vars(subprocess)["Popen"].__init__ = started
    # Each run has the same steps, whoever has compiled by then what is imported only here.
    sys.dont_write_bytecode = True
    secret = BackupKey.read(Path(key))
    sys.addaudithook(steps)
    restore(Path(archive), secret, Path(to), lambda _databases: None)
    names = list(steps.names)
    sys.stdout.write(f"{json.dumps(names)}\n")


if __name__ == "__main__":
    main()
