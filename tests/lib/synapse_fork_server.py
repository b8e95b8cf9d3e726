"""Forks each Synapse of the tests: its modules, which take longer to import than it takes to start, are imported once.

    python synapse_fork_server.py DESCRIPTOR

Run by Synapse's own interpreter; DESCRIPTOR is the listening Unix socket on which `forking.ForkServer` is asked.

Its database does not wait for the disk at each commit. A process that is killed loses nothing by that (the kernel has
what was written), only a computer without power would. It looks every few seconds for what was redacted long enough ago
to be overwritten, where Synapse does each five minutes. It does not look through a schema of its own at each event.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from functools import cache
from importlib import import_module
from typing import Any

from tests.lib.forking import ForkServer, run


@cache
def load() -> Any:
    """Import Synapse; return what takes the place of Twisted's reactor until each process has its own."""
    reactor = import_module("synapse.app.complement_fork_proxied_reactor").ProxiedReactor()
    import_module("twisted.internet.main").installReactor(reactor)
    import_module("synapse.app.homeserver")
    write_without_waiting(import_module("synapse.storage.engines.sqlite").Sqlite3Engine)
    overwrite_soon(import_module("synapse.storage.databases.main.censor_events"))
    trust_own_schemas(import_module("synapse.events.validator"))
    gc.collect()
    gc.freeze()
    return reactor


def write_without_waiting(engine: Any) -> None:
    on_new_connection = engine.on_new_connection

    def without_waiting(self: Any, connection: Any) -> None:
        on_new_connection(self, connection)
        connection.execute("PRAGMA synchronous = OFF")
        connection.commit()

    engine.on_new_connection = without_waiting


def overwrite_soon(censoring: Any) -> None:
    duration = censoring.Duration
    censoring.Duration = lambda **_usual: duration(seconds=3)


def trust_own_schemas(validator: Any) -> None:
    """Take the schemas of events, which are constants, for right ones: of making a room that is a fourteenth."""
    for each in (validator.POWER_LEVELS_VALIDATOR, validator.MENTIONS_VALIDATOR):
        each.check_schema = staticmethod(lambda _schema: None)


def main() -> None:
    arguments = ForkServer(socket.socket(fileno=int(sys.argv[1])), load).serve()
    load()._install_real_reactor(import_module("twisted.internet.epollreactor").EPollReactor())
    # As the interpreter does at a start.
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    run(arguments)


if __name__ == "__main__":
    main()
