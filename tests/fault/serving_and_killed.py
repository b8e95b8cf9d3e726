"""The provisioning service, killed at one step of making an account: for the tests to start.

    python serving_and_killed.py CONFIG DATA STEP SIDE

``SIDE``: ``before`` or ``after`` the step is done. ``ready`` is written once somebody can be answered.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from community.description.data_folder import DataFolder
from community.storage.audit import Audit
from community.storage.invitations import Invitations
from community.storage.members import MemberChanges
from provisioning.serve import watch
from provisioning.synapse_homeserver import SynapseHomeserver

STEPS: dict[str, tuple[Any, str]] = {
    "redeem": (Invitations, "redeem"),
    "create": (SynapseHomeserver, "create_account"),
    "audit": (Audit, "add"),
    "member": (MemberChanges, "add"),
    "stage": (Invitations, "note_stage"),
}
SIDES = ("before", "after")


def kill_at(step: str, side: str) -> None:
    """Have this process killed at the step, the first time that it is about an account."""
    owner, name = STEPS[step]
    done: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def killed(self: Any, *args: Any, **named: Any) -> Any:
        is_meant = step != "audit" or any(each.action == "create-account" for each in args[0])
        if is_meant and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await done(self, *args, **named)
        if is_meant:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, killed)


def main() -> None:
    config, data = Path(sys.argv[1]), DataFolder(Path(sys.argv[2]))
    kill_at(*sys.argv[3:])
    asyncio.run(watch(config, data, stop=asyncio.Event()))


if __name__ == "__main__":
    main()
