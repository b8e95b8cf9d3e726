"""Posts of a bot that runs: after an apply in the zone and languages of then, by the limit of the settings of then.

The bot is the whole bot (`bots.main.run`); who reads it is matrix-js-sdk.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bots import main
from community.storage import Store
from matrix.ids import RoomId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.due_moments import due_at
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.small_server import running_small
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

READER = "@claudine.uwase:palabre.localhost"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_small(tmp_path_factory.mktemp("posts")) as made:
        yield made


@dataclass
class Place:
    """The small network with a reader in its lobby."""

    server: SynapseServer
    config: Path
    peer: Peer
    lobby: RoomId

    async def apply(self) -> None:
        async with open_provisioner(self.config, self.server.data) as provisioner:
            await provisioner.apply(ApplyOptions("test"))

    def settings(self, text: str) -> None:
        (self.config / "settings.yaml").write_text(f"version: 1\n{text}\n")

    def calendar(self, text: str) -> None:
        (self.config / "calendar.yaml").write_text(f"version: 1\n{text}\n")

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        data, stop = self.server.data, asyncio.Event()
        running = asyncio.create_task(main.run(self.config, data, stop=stop))
        try:
            yield
        finally:
            stop.set()
            await running

    async def posted(self, title: str) -> str:
        """Return the post that tells of ``title``, as the reader reads it."""

        async def read() -> str | None:
            return next((body for body in await self.said() if title in body), None)

        return str(await until(read, 90, f"the post of {title}"))

    async def said(self) -> list[str]:
        return [str(m["content"].get("body", "")) for m in await self.peer.messages(self.lobby)]


@pytest.fixture
async def place(server: SynapseServer, tmp_path: Path) -> AsyncIterator[Place]:
    config = Path(shutil.copytree(SMALL, tmp_path / "config"))
    async with open_provisioner(config, server.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        lobby = (await provisioner.homeserver.snapshot()).rooms["lobby"].room_id
    assert lobby is not None
    accounts = json.loads(server.data.sign_in.read_text())["accounts"]
    password = next(each["password"] for each in accounts if each["user_id"] == READER)
    async with await Store.open(server.data.store_url) as store:
        # The bot has been here for days: what was due before its first start is never posted.
        await store.marks.first("bot-first-start", datetime.now(UTC) - timedelta(days=9))
    async with open_peer() as peer:
        await peer.login(server.url, READER, password)
        await peer.call("join", roomId=lobby)
        yield Place(server, config, peer, lobby)


def deadline(key: str, due: datetime) -> str:
    said = f"key: {key}, title: {{fr: {key} fr, en: {key} en}}, due: {due_at(due)}"
    return f"  - {{{said}, rooms: [lobby], remind: [0]}}\n"


async def test_a_running_bot_posts_by_what_was_applied_and_saved_since(place: Place) -> None:
    now = datetime.now(UTC)
    late, recent = now - timedelta(hours=5), now - timedelta(minutes=2)
    place.settings("bots: {late_limit: 1h}")
    place.calendar("deadlines:\n" + deadline("older", late) + deadline("newer", recent))
    await place.apply()
    async with place.bot():
        first = await place.posted("newer")
        # Abidjan is on UTC; both languages are said.
        assert ("newer fr" in first, "newer en" in first) == (True, True)
        assert not any("older" in body for body in await place.said())
        # A longer limit is taken in.
        place.settings("bots: {late_limit: 9h}")
        assert "older" in await place.posted("older")
        # Another zone and other languages are applied: in the old zone this is due in hours.
        text = (place.config / "community.yaml").read_text()
        text = text.replace("timezone: Africa/Abidjan", "timezone: Asia/Dubai")
        (place.config / "community.yaml").write_text(
            text.replace("languages: [fr, en]", "languages: [en]", 1)
        )
        local = (datetime.now(UTC) - timedelta(minutes=1)).astimezone(ZoneInfo("Asia/Dubai"))
        place.calendar("deadlines:\n" + deadline("moved", local))
        await place.apply()
        body = await place.posted("moved")
        assert ("moved fr" in body, "moved en" in body) == (False, True)
