"""Processes that stay until they are stopped, each under the name of the service whose it is."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

SECONDS_TO_START = 200


class KeptProcesses:
    """What they write is in one file."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._running: dict[str, ExitStack] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def said(self) -> str:
        return self._output.read_text() if self._output.exists() else ""

    def is_running(self, name: str) -> bool:
        return name in self._running

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        is_ready: Callable[[], bool],
        folder: Path | None = None,
    ) -> None:
        """Start one that does not run, and wait until it is ready."""
        stack = ExitStack()
        self._processes[name] = stack.enter_context(self._process(command, environment, is_ready, folder))
        self._running[name] = stack

    def keep(self, name: str, stack: ExitStack) -> None:
        """Stop with the others what was started otherwise."""
        self._running[name] = stack

    def wait_for_end(self, name: str) -> int:
        """Wait until one has ended by itself; return its exit code."""
        code = self._processes[name].wait(120)
        self._running.pop(name)
        return code

    def stop(self, *names: str) -> None:
        """Stop some, in their order; those that do not run are none."""
        for name in names:
            if name in self._running:
                self._running.pop(name).close()

    def stop_all(self) -> None:
        """Stop them, the last that was started first."""
        self.stop(*reversed(self._running))

    @contextmanager
    def _process(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        is_ready: Callable[[], bool],
        folder: Path | None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        with self._output.open("ab") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=folder)
        try:
            deadline = time.monotonic() + SECONDS_TO_START
            while not is_ready():
                assert process.poll() is None, self.said
                assert time.monotonic() < deadline, self.said
                time.sleep(0.1)
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, self.said
        finally:
            process.kill()
            process.wait()


def get(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Return what a server on this computer answers."""
    asked = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - our own server on loopback
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


def answers(url: str) -> Callable[[], bool]:
    """Return what says whether a server answers."""

    def asked() -> bool:
        try:
            return bool(get(url))
        except OSError:
            return False

    return asked


def free_port() -> int:
    """Return a port of this computer that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
