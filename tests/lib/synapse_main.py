"""Starts Synapse for the tests, by its own interpreter: its database does not wait for the disk at each commit.

    python synapse_main.py [OPTIONS OF THE INTERPRETER] -m MODULE ARGUMENTS

A process that is killed loses nothing by that (the kernel has what was written), only a computer without power would.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from synapse.storage.engines.sqlite import Sqlite3Engine

_on_new_connection = Sqlite3Engine.on_new_connection


def _without_waiting(engine: Any, connection: Any) -> None:
    _on_new_connection(engine, connection)
    connection.execute("PRAGMA synchronous = OFF")
    connection.commit()


if __name__ == "__main__":
    Sqlite3Engine.on_new_connection = _without_waiting
    module = sys.argv.index("-m") + 1
    sys.argv = sys.argv[module:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
