"""Runs the command as `forked` does, for a shell: it asks the fork server for the process, and ends as that one ends.

    python -I -S forked_command.py SOCKET ARGUMENTS…

A signal by which it is to end is passed on. Imports next to nothing: it is started for each command.
"""

import json
import os
import signal
import socket
import sys


def main(path: str, arguments: list[str]) -> int:
    request = {
        "arguments": ["-m", "palabre_cli", *arguments],
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib would double what this costs
        "environment": dict(os.environ),
        "tied": True,
    }
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(path)
        socket.send_fds(asking, [json.dumps(request).encode()], [0, 1, 2])
        lines = asking.makefile()
        pid = int(lines.readline().split()[1])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: os.kill(pid, number))
        status = int(lines.readline().split()[1])
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
