"""Stands for Synapse's interpreter in the tests: has a process forked, and is to others as that process is.

    python forked_synapse.py SOCKET -m MODULE ARGUMENTS

Signals go on to it, it ends with this process, and this process ends as it has. Imports as little as it can.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from typing import Any


def main(path: str, arguments: list[str]) -> None:
    folder = os.getcwd()  # noqa: PTH109 - pathlib would be the most that is imported
    request = {"arguments": arguments, "folder": folder, "environment": dict(os.environ), "tied": True}
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(path)
    socket.send_fds(asking, [json.dumps(request).encode()], [0, 1, 2])
    told = asking.makefile()
    pid = int(told.readline().split()[1])

    def pass_on(number: int, _frame: Any) -> None:
        os.kill(pid, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    status = int(told.readline().split()[1])
    if status in (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP):
        signal.signal(-status, signal.SIG_DFL)
    if status < 0:
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[sys.argv.index("-m") :])
