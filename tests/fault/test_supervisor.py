"""The supervisor with real processes: small programs that note what happens to them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from community.core.messages import Message
from palabre_cli import supervisor as module
from palabre_cli.errors import ChildFailed
from palabre_cli.supervisor import ChildSpec, Supervisor, last_words

pytestmark = pytest.mark.fault

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import os, signal, sys, time
name, folder = sys.argv[1:3]
def note(word):
    with open(f"{folder}/notes", "a") as notes:
        notes.write(f"{word} {name}\\n")
def stop(*_):
    note("stop")
    sys.exit(0)
signal.signal(signal.SIGTERM, (lambda *_: note("hear")) if name == "deaf" else stop)
note("start")
with open(f"{folder}/{name}.pid", "w") as ready:
    ready.write(str(os.getpid()))
while True:
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(module, "GRACE", 1.0)


@pytest.fixture
def said() -> list[Message]:
    return []


@pytest.fixture
async def supervisor(said: list[Message]) -> AsyncIterator[Supervisor]:
    it = Supervisor(said.append)
    yield it
    await it.stop()


def child(name: str, folder: Path, *, program: str = PROGRAM, patience: float = 20.0) -> ChildSpec:
    ready = folder / f"{name}.pid"

    async def is_ready(pid: int) -> bool:
        return ready.exists() and ready.read_text() == str(pid)

    return ChildSpec(
        name=name,
        command=(sys.executable, "-c", program, name, str(folder)),
        log=folder / f"{name}.log",
        cwd=folder,
        is_ready=is_ready,
        environment={"PYTHONPATH": str(ROOT)},
        patience=patience,
    )


def pid_of(name: str, folder: Path) -> int | None:
    path = folder / f"{name}.pid"
    return int(path.read_text() or 0) if path.exists() else None


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and not been waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


async def test_children_are_stopped_in_the_opposite_order(supervisor: Supervisor, tmp_path: Path) -> None:
    for name in ("synapse", "serve", "bots"):
        await supervisor.start(child(name, tmp_path))
    await supervisor.stop()
    assert (tmp_path / "notes").read_text().split("\n")[:-1] == [
        "start synapse",
        "start serve",
        "start bots",
        "stop bots",
        "stop serve",
        "stop synapse",
    ]


async def test_a_killed_child_comes_back_and_the_others_stay(
    supervisor: Supervisor, tmp_path: Path, said: list[Message]
) -> None:
    for name in ("serve", "bots"):
        await supervisor.start(child(name, tmp_path))
    first, other = pid_of("bots", tmp_path), pid_of("serve", tmp_path)
    assert first is not None
    for _ in range(2):
        killed = pid_of("bots", tmp_path)
        assert killed
        os.kill(killed, signal.SIGKILL)
        await until(lambda killed=killed: pid_of("bots", tmp_path) not in (killed, 0, None))  # type: ignore[misc]
    assert pid_of("serve", tmp_path) == other
    assert [message.params["code"] for message in said] == ["-9", "-9"]


async def test_a_child_that_does_not_end_by_itself_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.start(child("deaf", tmp_path))
    pid = pid_of("deaf", tmp_path)
    assert pid is not None
    await supervisor.stop()
    assert not alive(pid)
    assert (tmp_path / "notes").read_text() == "start deaf\nhear deaf\n"


async def test_a_child_stopped_while_it_pauses_before_a_new_start_stays_away(
    supervisor: Supervisor, tmp_path: Path, said: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 600.0)
    await supervisor.start(child("bots", tmp_path))
    pid = pid_of("bots", tmp_path)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: bool(said))
    await asyncio.wait_for(supervisor.stop(), 60)
    assert pid_of("bots", tmp_path) == pid
    assert (tmp_path / "notes").read_text().count("start") == 1


async def test_a_child_that_ends_at_once_is_reported_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    program = "import sys; sys.exit('no such planet')"
    with pytest.raises(ChildFailed) as caught:
        await supervisor.start(child("bots", tmp_path, program=program))
    assert "no such planet" in str(caught.value)
    assert str(tmp_path / "bots.log") in str(caught.value)


async def test_a_child_that_is_never_ready_is_ended_and_reported(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    pids: list[int] = []

    async def never(pid: int) -> bool:
        # However long a start takes on a busy machine: it runs, and the time is over.
        await until(lambda: pid_of("bots", tmp_path) == pid, 120)
        pids.append(pid)
        return False

    with pytest.raises(ChildFailed):
        await supervisor.start(replace(child("bots", tmp_path, patience=0.0), is_ready=never))
    assert pids
    assert not any(alive(pid) for pid in pids)


async def test_a_child_that_died_is_not_ready_though_something_answers(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    async def answers(pid: int) -> bool:
        await until(lambda: not Path(f"/proc/{pid}").exists())  # it was waited for
        await asyncio.sleep(0.1)
        return True

    spec = child("synapse", tmp_path, program="raise SystemExit('taken')")
    with pytest.raises(ChildFailed, match="taken"):
        await supervisor.start(replace(spec, is_ready=answers))


async def test_the_pauses_grow_up_to_a_limit(
    supervisor: Supervisor, tmp_path: Path, said: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 4.0)
    waited: list[float] = []
    sleep = asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        if seconds >= 1:
            waited.append(seconds)
        await sleep(0.01)

    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    once = PROGRAM.replace("while True:", "time.sleep(0.3); sys.exit(3)\nwhile True:")
    await supervisor.start(child("bots", tmp_path, program=once))
    while len(waited) < 4:
        await sleep(0.02)
    assert waited[:4] == [1.0, 2.0, 4.0, 4.0]
    assert {message.params["code"] for message in said} == {"3"}


async def test_a_log_that_has_grown_large_is_set_aside(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_LIMIT", 100)
    log = tmp_path / "bots.log"
    log.write_bytes(b"x" * 101)
    await supervisor.start(child("bots", tmp_path))
    assert log.stat().st_size == 0
    assert (tmp_path / "bots.1.log").stat().st_size == 101


def test_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_words(log) == ""
    log.write_text("x" * 9000 + "\nthe end\n\n  \n")
    assert last_words(log) == "the end"


SUPERVISING = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_supervisor import child
from palabre_cli.supervisor import Supervisor
async def main():
    supervisor = Supervisor(print)
    for name in ("synapse", "serve", "bots", "deaf"):
        await supervisor.start(child(name, Path(sys.argv[1])))
    Path(sys.argv[1], "ready").touch()
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_no_child_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    supervising = subprocess.Popen([sys.executable, "-c", SUPERVISING, str(tmp_path)], env=environment)
    try:
        await until((tmp_path / "ready").exists, 60)
        pids = [int(path.read_text()) for path in tmp_path.glob("*.pid")]
        assert len(pids) == 4
        assert all(map(alive, pids))
        supervising.kill()
        await until(lambda: not any(map(alive, pids)), 5)
    finally:
        with suppress(ProcessLookupError):
            supervising.kill()
        supervising.wait()


def tether(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "palabre_cli.tether", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tether_becomes_the_command() -> None:
    assert tether(str(os.getpid()), "--", "echo", "here").stdout == "here\n"


def test_the_tether_runs_nothing_for_a_parent_that_has_gone() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    done = tether(str(gone.pid), "--", "echo", "here")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("arguments", [(), ("1",), ("1", "--"), ("1", "echo", "x")])
def test_the_tether_says_how_it_is_used(arguments: tuple[str, ...]) -> None:
    done = tether(*arguments)
    assert done.returncode == 1
    assert "usage" in done.stderr
    assert "Traceback" not in done.stderr
