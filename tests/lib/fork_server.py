"""Forks processes of ours for the tests: everything is imported here once, and not again by each of them.

    python fork_server.py DESCRIPTOR

DESCRIPTOR is the listening Unix socket on which `forking.ForkServer` is asked.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from functools import cache
from importlib import import_module

import click

from palabre_cli.deferred import DeferredCommand
from palabre_cli.main import PRIVATE_UMASK, palabre
from tests.lib.forked_children import fork_own_children
from tests.lib.forking import ForkServer, run
from tests.lib.hurry import hurry_if_wanted

_MODULES = (
    "aiosqlite",
    "community.storage.database",
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


@cache
def load() -> None:
    """Import all that a process of ours may need."""
    import_all(palabre)
    for module in _MODULES:
        import_module(module)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    os.umask(PRIVATE_UMASK)
    arguments = ForkServer(socket.socket(fileno=int(sys.argv[1])), load).serve()
    fork_own_children()
    hurry_if_wanted()
    run(arguments)
