"""A homeserver on which the small network (`tests/data/small`) has been applied: made once in a run, and copied."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.synapse_server import SynapseServer, running_synapse
from tests.lib.templates import copy_template


@contextmanager
def running_small(folder: Path) -> Iterator[SynapseServer]:
    """Start a Synapse whose data are in ``folder``, a new one; what the small network asks for is there.

    Another apply of the same description finds nothing to do.
    """
    copy_template("small", folder, _make)
    with running_synapse(folder) as server:
        yield server


def _make(folder: Path) -> None:
    # In a thread: it may be asked for while a test's event loop runs.
    with running_synapse(folder) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _apply(server)).result()


async def _apply(server: SynapseServer) -> None:
    async with open_provisioner(SMALL, server.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
