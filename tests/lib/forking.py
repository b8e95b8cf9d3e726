"""A server that forks processes for the tests: what it has imported they need not import again.

On the listening Unix socket each connection asks for one process: a JSON object with its ``arguments`` (the path of a
program, or ``-m`` and a module's name, and what follows), ``folder`` and ``environment``, and its three standard
streams as file descriptors. The answer is a line ``began PID`` and, once that process has ended, one ``ended STATUS``
(negative: the signal that ended it). A process that is ``tied`` is killed when its connection ends before. When the
server's standard input is closed, all of them end.

Imports nothing of ours: Synapse's interpreter runs it too.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

MOST = 1_000_000
"""Bytes of a request."""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def become(request: dict[str, Any], streams: list[int], parent: int) -> None:
    """Make this forked process the one that was asked for."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    # As at a start: whether somebody looks on decides how they write.
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()


class ForkServer:
    """Forks as asked for. ``load`` imports what the processes need, before the first of them."""

    def __init__(self, listener: socket.socket, load: Callable[[], object]) -> None:
        self._listener = listener
        self._load = load
        self._pid = os.getpid()
        self._running: dict[int, socket.socket] = {}
        self._tied: dict[socket.socket, int] = {}

    def serve(self) -> list[str]:
        """Return the arguments in each forked process, and never in this one."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        while True:
            readable, _, _ = select.select([sys.stdin, self._listener, woken, *self._tied], [], [])
            if sys.stdin in readable:
                os._exit(0)
            for asking in self._tied.keys() & set(readable):
                os.kill(self._tied.pop(asking), signal.SIGKILL)
            if woken in readable:
                os.read(woken, 1024)
                self._reap()
            if self._listener in readable:
                arguments = self._fork()
                if arguments is not None:
                    return arguments

    def _fork(self) -> list[str] | None:
        """Fork what the next connection asks for; return its arguments in that process."""
        self._load()
        asking, _ = self._listener.accept()
        text, streams, _, _ = socket.recv_fds(asking, MOST, 3)
        request = json.loads(text)
        pid = os.fork()
        if pid == 0:
            become(request, streams, self._pid)
            arguments: list[str] = request["arguments"]
            return arguments
        for stream in streams:
            os.close(stream)
        self._running[pid] = asking
        if request.get("tied"):
            self._tied[asking] = pid
        tell(asking, f"began {pid}")
        return None

    def _reap(self) -> None:
        """Tell of each process that has ended."""
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            asking = self._running.pop(pid)
            self._tied.pop(asking, None)
            tell(asking, f"ended {os.waitstatus_to_exitcode(status)}")
            asking.close()


def tell(asking: socket.socket, line: str) -> None:
    # The test that asked may have ended.
    with suppress(OSError):
        asking.sendall(f"{line}\n".encode())


def run(arguments: list[str]) -> None:
    """Run a program or a module as the interpreter does."""
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        # Imported already it may be, but not run.
        sys.modules.pop(arguments[1], None)
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).parent)
        runpy.run_path(arguments[0], run_name="__main__")
