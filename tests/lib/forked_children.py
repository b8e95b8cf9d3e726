"""`palabre up`, where the tests have forked it, forks its own children too instead of starting them from nothing.

It has everything imported that they need (`fork_server`); an interpreter of their own would import it once more, which
takes longer than all else that they do until they are ready. They are its children all the same: it watches, ends and
restarts them as it does others. Where the start itself is what is tested (tests/live/test_up.py), nothing is forked.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.lib.forking import become, run

_OURS = (sys.executable, "-P", "-m", "palabre_cli")
_ENDING = (signal.SIGTERM, signal.SIGHUP)


def fork_own_children() -> None:
    """Have commands of ours that this process starts in the background forked, from now on."""
    start = asyncio.create_subprocess_exec

    async def start_or_fork(*command: str, **options: Any) -> asyncio.subprocess.Process:
        own = command[command.index("--") + 1 :] if "--" in command else ()
        if own[: len(_OURS)] == _OURS:
            options["preexec_fn"] = partial(_be, own[2:], options["env"], os.getpid())
        return await start(*command, **options)

    asyncio.create_subprocess_exec = start_or_fork  # type: ignore[assignment]


def _be(arguments: Sequence[str], environment: dict[str, str], parent: int) -> None:
    """Be the command in the forked process; it never comes to what would have been executed."""
    status = 1
    try:
        # What the parent has open is closed here: no garbage of it may close what gets the same number.
        gc.freeze()
        become({"folder": str(Path.cwd()), "environment": environment}, [0, 1, 2], parent)
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        status = _status_of(arguments)
    finally:
        os._exit(status)


def _status_of(arguments: Sequence[str]) -> int:
    try:
        run(list(arguments))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
