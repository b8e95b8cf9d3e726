"""Where `palabre web` listens under `palabre up`: the same port as before, another where that is taken."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bots.features.feeds.served import serving
from community.core.doctor import State
from community.description.data_folder import UP_LOCK, DataFolder
from community.description.settings import HomeserverSettings, Settings, is_for_this_computer
from community.feeds.address import HEALTH, feed_address, feed_server
from community.feeds.listening import is_noted_by, note_listening, noted_port
from matrix.public_server import PublicAnswer, answer_here
from palabre_cli.feed_findings import feed_finding, own_feed_findings
from web.errors import WebPortTaken
from web.server import Served, run


@asynccontextmanager
async def pages(folder: Path, ports: Sequence[int], feeds: Path | None = None) -> AsyncIterator[int]:
    """Serve on one of ``ports``; give the port that was noted."""
    stop, note = asyncio.Event(), folder / "web.json"
    note.unlink(missing_ok=True)
    listening = partial(note_listening, note)
    running = asyncio.create_task(
        run(Served(folder, feeds), "127.0.0.1", ports, stop=stop, listening=listening)
    )
    while not running.done() and noted_port(note) is None:
        await asyncio.sleep(0.01)
    if running.done():
        running.result()
    try:
        yield noted_port(note) or 0
    finally:
        stop.set()
        await running


@contextmanager
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as got:
        return got.status, await got.text()


async def test_the_noted_port_is_taken_and_another_where_it_is_not_free(tmp_path: Path) -> None:
    async with pages(tmp_path, [0]) as first:
        assert (await get(first, "/healthz"))[0] == 200
        assert is_noted_by(tmp_path / "web.json", os.getpid())
        assert stat.S_IMODE((tmp_path / "web.json").stat().st_mode) == 0o600
    async with pages(tmp_path, [first, 0]) as again:
        assert again == first
    with taken() as port:
        async with pages(tmp_path, [port, 0]) as other:
            assert other != port
        # A port that somebody has asked for is that one or none.
        with pytest.raises(WebPortTaken):
            async with pages(tmp_path, [port]):
                pass


async def test_health_says_whether_feeds_can_be_read_and_nothing_of_which(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / f"{'a' * 64}.json").write_text("{}")
    async with pages(tmp_path, [0], feeds) as port:
        assert await get(port, HEALTH) == (200, "OK\n")
        found = await asyncio.to_thread(answer_here, "127.0.0.1", port, HEALTH)
        assert feed_finding("http://x", found).state is State.OK
        (feeds / f"{'a' * 64}.json").unlink()
        feeds.rmdir()
        found = await asyncio.to_thread(answer_here, "127.0.0.1", port, HEALTH)
        assert (found.status, feed_finding("http://x", found).state) == (503, State.FAULT)
    async with pages(tmp_path, [0]) as port:
        found = await asyncio.to_thread(answer_here, "127.0.0.1", port, HEALTH)
        assert feed_finding("http://x", found).state is State.WARNING
    found = await asyncio.to_thread(answer_here, "127.0.0.1", port, HEALTH)
    assert found.failure is not None
    assert feed_finding("http://x", found).state is State.WARNING


@pytest.mark.parametrize("body", [b"<html>some site</html>", b"OK", b""])
def test_another_web_site_is_not_taken_for_the_feeds(body: bytes) -> None:
    assert feed_finding("https://x", PublicAnswer(200, {}, body)).state is State.WARNING


def test_doctor_looks_while_up_runs_and_not_otherwise(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.prepare()
    assert list(own_feed_findings(data)) == []
    with taken() as port:
        pass
    note_listening(data.web_port, port)
    assert list(own_feed_findings(data)) == []
    with data.locked(UP_LOCK, "palabre up"):
        (found,) = own_feed_findings(data)
    assert found.state is State.WARNING


@pytest.mark.parametrize("written", ["", "{", "[]", '{"port": "8010"}', '{"port": 0}', '{"port": 70000}'])
def test_a_damaged_note_is_as_good_as_none(tmp_path: Path, written: str) -> None:
    path = tmp_path / "web.json"
    path.write_text(written)
    assert noted_port(path) is None
    assert not is_noted_by(path, os.getpid())


def test_where_feeds_are_served(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.prepare()
    assert feed_server(Settings(), data) is None
    data.web_port.write_text(json.dumps({"pid": 1, "port": 8765}))
    assert feed_server(Settings(), data) == "http://127.0.0.1:8765"
    public = Settings(
        homeserver=HomeserverSettings(server_name="example.org"), public_address="https://palabre.example.org"
    )
    assert feed_server(public, data) == "https://palabre.example.org"
    assert [is_for_this_computer(server) for server in ("http://127.0.0.1:8765", "https://x.org")] == [
        True,
        False,
    ]
    address = feed_address("https://x.org", "s", "pt")
    assert (address.ics, address.page) == (
        "https://x.org/palabre/calendar/s/pt.ics",
        "https://x.org/palabre/calendar/s/pt",
    )


@pytest.mark.parametrize(
    ("answer", "is_believed"),
    [
        (PublicAnswer(200, {}, b"OK\n"), (True, True)),
        (PublicAnswer(404, {}, b"no"), (False, False)),
        (PublicAnswer(503, {}, b"nothing is published here\n"), (False, False)),
        (PublicAnswer(200, {}, b"<html>"), (False, False)),
        (PublicAnswer(502), (False, False)),
        # A container reaches nothing outside: others may.
        (PublicAnswer(failure="no route"), (True, False)),
    ],
)
async def test_an_address_is_said_only_where_nothing_else_answers(
    answer: PublicAnswer, is_believed: tuple[bool, bool]
) -> None:
    for server, expected in zip(("https://x.example.org", "http://127.0.0.1:8010"), is_believed, strict=True):
        assert await serving(server, lambda _server: answer) == (server if expected else None)


async def test_what_answers_in_time_is_asked_and_nothing_longer(tmp_path: Path) -> None:
    assert await serving(None) is None
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    async with pages(tmp_path, [0], feeds) as port:
        here = f"http://127.0.0.1:{port}"
        assert await serving(here) == here
    assert await serving(here) is None
    slow = threading.Event()

    def ask(_server: str) -> PublicAnswer:
        slow.wait()
        return PublicAnswer(404)

    try:
        assert await serving("https://x.example.org", ask, patience=0.01) == "https://x.example.org"
    finally:
        slow.set()
