"""Forks processes of ours for the tests: everything is imported here once, and not again by each of them.

    python fork_server.py DESCRIPTOR

On the listening Unix socket DESCRIPTOR each connection asks for one process: a JSON object with its ``arguments`` (the
path of a program, or ``-m`` and a package's name, and what follows), ``folder`` and ``environment``, and its three
standard streams as file descriptors. The answer is a line ``began PID`` and, once that process has ended, a line
``ended STATUS`` (negative: the signal that ended it). When standard input is closed, all of them end.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from palabre_cli.deferred import DeferredCommand
from palabre_cli.main import PRIVATE_UMASK, palabre

MOST = 1_000_000
"""Bytes of a request."""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_MODULES = (
    "aiosqlite",
    "alembic.command",
    "bots.encryption.client",
    "bots.encryption.machine",
    "bots.main",
    "palabre_cli.failure",
    "palabre_cli.logs",
    "provisioning.resealing",
    "provisioning.service",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)


def import_all(group: click.Group) -> None:
    """Import what the commands of a group need, and those of the groups in it."""
    for command in group.commands.values():
        loaded = command.load() if isinstance(command, DeferredCommand) else command
        if isinstance(loaded, click.Group):
            import_all(loaded)


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


def serve(listener: socket.socket) -> list[str]:
    """Fork as asked for; return the arguments in each forked process, and never in this one."""
    parent = os.getpid()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    running: dict[int, socket.socket] = {}
    while True:
        readable, _, _ = select.select([sys.stdin, listener, woken], [], [])
        if sys.stdin in readable:
            os._exit(0)
        if woken in readable:
            os.read(woken, 1024)
            reap(running)
        if listener in readable:
            asking, _ = listener.accept()
            text, streams, _, _ = socket.recv_fds(asking, MOST, 3)
            request = json.loads(text)
            pid = os.fork()
            if pid == 0:
                become(request, streams, parent)
                arguments: list[str] = request["arguments"]
                return arguments
            for stream in streams:
                os.close(stream)
            running[pid] = asking
            tell(asking, f"began {pid}")


def reap(running: dict[int, socket.socket]) -> None:
    """Tell of each process that has ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        asking = running.pop(pid)
        tell(asking, f"ended {os.waitstatus_to_exitcode(status)}")
        asking.close()


def tell(asking: socket.socket, line: str) -> None:
    # The test that asked may have ended.
    with suppress(OSError):
        asking.sendall(f"{line}\n".encode())


def run(arguments: list[str]) -> None:
    """Run a program or a package as the interpreter does."""
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).parent)
        runpy.run_path(arguments[0], run_name="__main__")


def main() -> None:
    os.umask(PRIVATE_UMASK)
    import_all(palabre)
    for module in _MODULES:
        import_module(module)
    gc.collect()
    gc.freeze()
    run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
