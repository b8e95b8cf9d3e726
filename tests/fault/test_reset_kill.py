"""`palabre person reset-password` is killed after each request: a password that sign-in.json has opens the account."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from aiohttp import web

from community.description.data_folder import write_private
from matrix.ids import UserId
from provisioning.first_passwords import FirstPasswords
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from tests.lib.commands import start
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(400)]

PEOPLE = 24
"""One for each request that it may be killed after: the homeserver counts failed attempts of each."""


@dataclass
class Bench:
    """People with first passwords that were tried, and a proxy between the command and the homeserver."""

    place: Place
    proxy: CuttingProxy
    provisioner: Provisioner
    users: list[UserId]
    passwords: FirstPasswords

    def entry(self, user: UserId) -> dict[str, Any]:
        (found,) = (e for e in self.provisioner.book().accounts() if e["user_id"] == user)
        return found

    async def look(self) -> None:
        """Look once at first passwords, as the service does."""
        await self.passwords.look(self.provisioner.homeserver, self.place.data, self.provisioner.book())

    async def opens(self, user: UserId, password: str | None) -> bool:
        return password is not None and await self.provisioner.homeserver.opens(user, password)

    async def reset(self, user: UserId, *, kill_at: int) -> int:
        """Run the command, killed once the homeserver has answered request ``kill_at``; return its status."""
        arguments = ("person", "reset-password", user, *self.place.options, "--yes")
        process = await start(arguments, {"LANGUAGE": "en"})
        left = kill_at

        async def after(_request: web.Request, _body: bytes) -> bool:
            nonlocal left
            left -= 1
            if left == -1:
                os.kill(process.pid, signal.SIGKILL)
            return left == -1

        self.proxy.after = after
        await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode is not None
        return process.returncode


@asynccontextmanager
async def bench(server: SynapseServer, folder: Path) -> AsyncIterator[Bench]:
    place, mark = make_place(server, folder, SMALL), uuid4().hex[:6]
    path = place.config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    names = [f"p{number}.{mark}" for number in range(PEOPLE)]
    described["members"] = [
        {"username": name, "name": name, "role": "city-lead", "city": "kigali", "languages": ["en"]}
        for name in names
    ]
    path.write_text(yaml.safe_dump(described, allow_unicode=True))
    for name in ("calendar.yaml", "directory.yaml"):
        (place.config / name).write_text("version: 1\n")
    users = [server.user(name) for name in names]
    async with (
        open_provisioner(place.config, place.data, url=server.url) as provisioner,
        cutting_proxy(server.url) as proxy,
    ):
        await provisioner.apply(ApplyOptions("test"))
        write_private(place.data.embedded_url, f"{proxy.url}\n".encode())
        made = Bench(place, proxy, provisioner, users, FirstPasswords(lambda: datetime.now(UTC)))
        for _ in users:
            await made.look()
        yield made


async def test_killed_after_each_request_one_of_the_two_opens_and_the_file_says_which(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with bench(synapse_server, tmp_path) as made:
        status, unsettled, old, new = -signal.SIGKILL, 0, 0, 0
        for index, user in enumerate(made.users):
            before = made.entry(user)["password"]
            status = await made.reset(user, kill_at=index)
            entry = made.entry(user)
            drawn = entry["password"] if entry["password"] != before else None
            assert entry.get("before", before) == before
            unsettled += "before" in entry
            # What the service does by itself: whatever was put back is tried again too.
            for _ in range(3):
                await made.look()
            settled = made.entry(user)
            assert "before" not in settled
            assert settled["password"] in (before, drawn)
            assert await made.opens(user, settled["password"])
            old, new = old + (settled["password"] == before), new + (settled["password"] == drawn)
            if status != -signal.SIGKILL:
                break
        assert status == 0
        assert unsettled > 1
        assert old > 1
        assert new > 1
