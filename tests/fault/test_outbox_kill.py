"""The bot is killed on both sides of the send of a scheduled message; the room shows each message exactly once."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.peer_client import Message, Peer, open_peer, until
from tests.lib.running import Running, copy_of_example, palabre_up

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(300)]

LEAD = "@claudine.uwase:palabre.localhost"
TITLES = ("Avant le serveur", "Après le serveur")
"""Killed after encryption, before the homeserver has it; killed once it has, before that is noted."""
SECONDS_AHEAD = 60
SECONDS_APART = 20


def plan_deadlines(config: Path, first: datetime) -> None:
    with (config / "calendar.yaml").open("a") as calendar:
        for number, title in enumerate(TITLES):
            due = first + timedelta(seconds=number * SECONDS_APART)
            calendar.write(
                f"  - {{key: kill-{number}, title: {title}, due: {due:%Y-%m-%d %H:%M:%S}, "
                "timezone: UTC, rooms: [exchange.waste], remind: [0]}\n"
            )


class Killer:
    """Kills the bot at the first scheduled message before it is passed on, at the second after it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._moments: Iterator[str] = iter(("before", "after"))
        self._next: str | None = next(self._moments)
        self.kills: list[str] = []

    async def before(self, request: web.Request, body: bytes) -> bool:
        return self._kill("before", request, body)

    async def after(self, request: web.Request, body: bytes) -> bool:
        return self._kill("after", request, body)

    def _kill(self, moment: str, request: web.Request, body: bytes) -> bool:
        if moment != self._next or "/send/m.room.encrypted/" not in request.path:
            return False
        if b"org.palabre.occurrence" not in body:
            return False
        os.kill(int((self._data / "run" / "bots.ready").read_text()), signal.SIGKILL)
        self.kills.append(moment)
        self._next = next(self._moments, None)
        return True


async def test_a_scheduled_message_appears_once_though_the_bot_is_killed_around_its_send(
    tmp_path: Path,
) -> None:
    config, data = copy_of_example(tmp_path), tmp_path / "data"
    killer = Killer(data)
    async with cutting_proxy("") as proxy:
        proxy.before, proxy.after = killer.before, killer.after
        settings = (config / "settings.yaml").read_text()
        settings = settings.replace("homeserver:\n", f"homeserver:\n  bots_url: {proxy.url}\n")
        (config / "settings.yaml").write_text(settings)
        plan_deadlines(config, datetime.now(UTC) + timedelta(seconds=SECONDS_AHEAD))
        port = _free_port()
        proxy.upstream = f"http://127.0.0.1:{port}"
        async with palabre_up(data, config, port=port) as up, open_peer() as peer:
            messages = await _both_messages(up, peer)
    assert killer.kills == ["before", "after"]
    for title in TITLES:
        (found,) = (m for m in messages if title in m["content"].get("body", ""))
        assert found["failure"] is None
        assert found["shieldColour"] == 0
    assert up.log("bots").count('"event": "ready"') == 3


async def _both_messages(up: Running, peer: Peer) -> list[Message]:
    await peer.login(up.url, LEAD, up.password(LEAD))

    async def invited() -> str | None:
        names = {r["alias"]: r["roomId"] for r in await peer.rooms() if r["membership"] == "invite"}
        return next((room for alias, room in names.items() if "exchange.waste" in str(alias)), None)

    room_id = str(await until(invited, 30, "the invitation"))
    await peer.call("join", roomId=room_id)

    async def both() -> bool:
        bodies = [m["content"].get("body", "") for m in await peer.messages(room_id)]
        return all(any(title in body for body in bodies) for title in TITLES)

    await until(both, SECONDS_AHEAD + SECONDS_APART + 60, "both messages")
    # The bot comes back after the second kill and looks at its outbox: a double would come now.
    await until(lambda: _ready_again(up), 60, "the bot to be back")
    asked = await peer.ask(room_id, "!p help")
    await peer.reply_to(room_id, asked)
    return await peer.messages(room_id)


async def _ready_again(up: Running) -> bool:
    return up.log("bots").count('"event": "ready"') >= 3


def _free_port() -> int:

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
