"""`palabre web` as a process of the tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lib.kept_processes import free_port

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 60


@contextmanager
def running_pages(folder: Path, feeds: Path | None = None) -> Iterator[int]:
    """Run `palabre web` on a folder of pages, and one of feeds where there is one; give its port."""
    port = free_port()
    words = [sys.executable, "-P", "-m", "palabre_cli", "web", f"--pages={folder}", f"--port={port}"]
    words += [] if feeds is None else [f"--feeds={feeds}"]
    process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        assert process.wait(30) == 0


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "palabre web has ended"
        assert time.monotonic() < deadline, "palabre web does not listen"
        time.sleep(0.05)
