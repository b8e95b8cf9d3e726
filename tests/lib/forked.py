"""Commands and programs of ours as processes of a test, forked by `fork_server` instead of started from nothing.

Each is a process like any other (it has a pid, its own memory and files, it is killed like another), but what it
imports is there already: an interpreter that imports all that the bots need costs two seconds. Where the start itself
is what is tested (what is imported, the launcher, the supervisor, a terminal), a process is started from nothing.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


class ForkedProcess:
    """A running process; what `asyncio.subprocess.Process` has, as far as tests need it."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._ending = asyncio.create_task(self._end(reader, writer))

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        word, status = (await reader.readline()).decode().split()
        assert word == "ended"
        self.returncode = int(status)
        writer.close()
        await writer.wait_closed()

    async def wait(self) -> int:
        """Wait for its end; return its status."""
        await asyncio.shield(self._ending)
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Read what it writes until it has ended."""
        out, err, _ = await asyncio.gather(_whole(self.stdout), _whole(self.stderr), self.wait())
        return out, err

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it (-9)."""
        self.send_signal(signal.SIGKILL)


async def fork(
    *arguments: object,
    environment: Mapping[str, str],
    folder: Path = ROOT,
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
    stderr: int | None = None,
) -> ForkedProcess:
    """Run a program (or ``-m`` and a package); its streams are as `asyncio.create_subprocess_exec` has them."""
    request = {
        "arguments": [str(argument) for argument in arguments],
        "folder": str(folder),
        "environment": {**os.environ, "PYTHONPATH": str(ROOT), **environment},
    }
    given = os.open(os.devnull, os.O_RDONLY) if stdin == subprocess.DEVNULL else os.dup(stdin)
    written, out = _stream(stdout, 1)
    wrong, err = (None, os.dup(out)) if stderr == subprocess.STDOUT else _stream(stderr, 2)
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(fork_server())
    socket.send_fds(asking, [json.dumps(request).encode()], [given, out, err])
    for stream in (given, out, err):
        os.close(stream)
    asking.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=asking)
    word, pid = (await reader.readline()).decode().split()
    assert word == "began"
    process = ForkedProcess(int(pid), reader, writer)
    process.stdout, process.stderr = await _reader(written), await _reader(wrong)
    return process


def _stream(wanted: int | None, ours: int) -> tuple[int | None, int]:
    """Return what we read of a stream, None for nothing, and what the process writes to."""
    if wanted == subprocess.PIPE:
        return os.pipe()
    return None, os.dup(ours if wanted is None else wanted)


async def _reader(stream: int | None) -> asyncio.StreamReader | None:
    if stream is None:
        return None
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(stream, "rb", 0))
    return reader


async def _whole(reader: asyncio.StreamReader | None) -> bytes:
    return b"" if reader is None else await reader.read()


def forked_command(program: Path) -> Path:
    """Write a program that runs the command, as a process that is forked; return its path."""
    words = [sys.executable, "-I", "-S", str(Path(__file__).parent / "forked_command.py"), fork_server()]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    program.chmod(0o700)
    return program


@cache
def fork_server() -> str:
    """Start the server of this process; return the path of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="palabre-fork-")
    path = f"{folder.name}/socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        server = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).parent / "fork_server.py"), str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            # Without a terminal: what asks for a password reads it where the test types, and nowhere else.
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    @atexit.register
    def end() -> None:
        server.communicate()
        folder.cleanup()

    return path
