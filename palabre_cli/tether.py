"""``python -m palabre_cli.tether PID -- COMMAND …``: runs a command that dies with the process PID.

The supervisor starts each child through this. The kernel sends the child SIGKILL when its parent ends, however the
parent ends (prctl(2), PR_SET_PDEATHSIG; it survives execve). Imports as little as it can: it runs before each child.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the command."""
    parent, dashes, *command = arguments if len(arguments) > 2 else ("", "")
    if dashes != "--":
        raise SystemExit("usage: python -m palabre_cli.tether PID -- COMMAND ...")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    # The parent may have died before the call above.
    if os.getppid() != int(parent):
        raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 - the supervisor's own argument vector, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
