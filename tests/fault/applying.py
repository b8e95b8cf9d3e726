"""Appliers for the tests to kill: a process that has everything imported forks one for each line that it reads.

Each line on its standard input begins one; it answers with a line ``began PID``, and, once that one has ended, with
``ended STATUS``: 0, 1 where the apply failed with a sentence (on standard error), or minus the signal that ended it.

    python applying.py CONFIG DATA URL
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from community.core.errors import PalabreError
from community.description.data_folder import DataFolder
from provisioning.provisioner import ApplyOptions, open_provisioner


async def apply(config: Path, data: DataFolder, url: str) -> None:
    async with open_provisioner(config, data, url=url) as provisioner:
        await provisioner.apply(ApplyOptions("fault test"))


def child(config: Path, data: DataFolder, url: str) -> int:
    try:
        asyncio.run(apply(config, data, url))
    except PalabreError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        return 1
    return 0


def main() -> None:
    config, data, url = Path(sys.argv[1]), DataFolder(Path(sys.argv[2])), sys.argv[3]
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                status = child(config, data, url)
            finally:
                os._exit(status)
        sys.stdout.write(f"began {pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
