"""`palabre person reset-password` is killed after each request: what it leaves is nobody else's, and is mended."""

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
from matrix.admin import AdminApi
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
THIEF = "what-the-thief-has-chosen"


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
        said, told = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode is not None
        if process.returncode > 0:
            print((said + told).decode())  # noqa: T201 - pytest shows it where the test fails
        return process.returncode


@asynccontextmanager
async def bench(server: SynapseServer, folder: Path, *, thief: bool = False) -> AsyncIterator[Bench]:
    """Give one; with a ``thief``, who has made everybody's account before they were described."""
    place, mark = make_place(server, folder, SMALL, existing="hold"), uuid4().hex[:6]
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
    if thief:
        async with server.provisioner() as http:
            for user in users:
                await AdminApi(http).create_account(user, THIEF, "")
    async with (
        open_provisioner(place.config, place.data, url=server.url) as provisioner,
        cutting_proxy(server.url) as proxy,
    ):
        await provisioner.apply(ApplyOptions("test"))
        write_private(place.data.embedded_url, f"{proxy.url}\n".encode())
        made = Bench(place, proxy, provisioner, users, FirstPasswords(lambda: datetime.now(UTC)))
        for _ in () if thief else users:
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


async def test_killed_after_each_request_an_account_that_was_held_is_held_until_it_is_taken_over(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    async with bench(synapse_server, tmp_path, thief=True) as made:
        status, robbed, closed, taken = -signal.SIGKILL, 0, 0, list[UserId]()
        for index, user in enumerate(made.users):
            status = await made.reset(user, kill_at=index)
            plan, actual = await made.provisioner.plan()
            is_closed = actual.accounts[user].closed is not None
            # It gets nothing, or all was done but for the command's last words.
            if user in plan.held or is_closed:
                assert not any(user in room.members for room in actual.rooms.values())
                robbed, closed = robbed + 1, closed + is_closed
                assert await made.provisioner.is_held(user)
                assert await made.reset(user, kill_at=1000) == 0
            assert not await made.opens(user, THIEF)
            assert await made.opens(user, made.entry(user)["password"])
            taken.append(user)
            if status != -signal.SIGKILL:
                break
        assert status == 0
        assert robbed > 3
        assert closed > 1
        await made.provisioner.apply(ApplyOptions("test"))
        _, actual = await made.provisioner.plan()
        inside = {user for user, stands in actual.rooms["lobby"].members.items() if stands == "joined"}
        assert inside & set(made.users) == set(taken)
