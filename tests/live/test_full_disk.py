"""A disk that fills up: files are refused while messages go on, coordinators are told, and back again.

Where the tests may mount, the data folder is a small file system of its own, which is filled; elsewhere the settings
ask for more room than there is.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from community.core.disk import MEGABYTE, free_bytes
from community.core.private_files import open_to_others
from community.description.data_folder import DataFolder
from community.jobs.notices import NOTICE, NoticeKind
from community.storage import Store
from tests.lib.documented import documented, words_of
from tests.lib.peer_client import until
from tests.lib.running import begin_as_the_example, copy_of_example, palabre, palabre_up

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(900)]

LEAST = 100
SIZE = 400


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a file system of `SIZE` megabytes; give whether that was possible."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}M", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def settings(config: Path, least: int) -> None:
    (config / "settings.yaml").write_text(f"version: 1\nhomeserver:\n  least_free_mb: {least}\n")


def fill(disk: Path, left: int) -> None:
    """Write zeros until ``left`` megabytes are free."""
    with (disk / "filler").open("wb") as file:
        while (free_bytes(disk) or 0) > left * MEGABYTE:
            file.write(bytes(MEGABYTE))
            file.flush()


async def test_files_are_refused_while_the_disk_is_nearly_full_and_messages_go_on(tmp_path: Path) -> None:
    config = copy_of_example(tmp_path)
    settings(config, LEAST)
    with small_disk(tmp_path / "disk") as mounted:
        disk = tmp_path / "disk"

        def full() -> None:
            fill(disk, LEAST // 2) if mounted else settings(config, 10**9)

        def empty() -> None:
            (disk / "filler").unlink() if mounted else settings(config, LEAST)

        await begin_as_the_example(disk / "data")
        async with palabre_up(disk / "data", config) as up, aiohttp.ClientSession() as session:
            assert open_to_others(up.data) == ()
            person = Person(session, up.url)
            await person.sign_in("@claudine.uwase:palabre.localhost", up.password)
            assert await person.upload() == (200, None)
            full()
            await until(lambda: person.uploads_end_with((413, "M_TOO_LARGE")), 60, "uploads to be refused")
            assert await person.makes_a_room()
            with documented("docs/operator.md", "3. The disk is full") as next_command:
                words = words_of(next_command("palabre doctor"))
                _, said, _ = await palabre(*words, "--json", "--config", str(config), "--data", str(up.data))
            states = {finding["name"]: finding["state"] for finding in json.loads(said)["findings"]}
            assert states["disk"] == "fault", said
            empty()
            await until(lambda: person.uploads_end_with((200, None)), 60, "uploads to be taken")
        async with (
            await Store.open(DataFolder(up.data).store_url) as store,
            store.transaction() as connection,
        ):
            rows = await connection.exec_driver_sql("SELECT idempotency_key FROM jobs ORDER BY id")
            told = [key.split("/")[1] for (key,) in rows if key.startswith(f"{NOTICE}/files-")]
    assert told == [NoticeKind.FILES_REFUSED, NoticeKind.FILES_AGAIN]


class Person:
    """An ordinary account, by plain requests."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._headers: dict[str, str] = {}

    async def sign_in(self, user: str, password: Callable[[str], str]) -> None:
        identifier = {"type": "m.id.user", "user": user}
        body = {"type": "m.login.password", "identifier": identifier, "password": password(user)}
        _, answer = await self._post("/_matrix/client/v3/login", json=body)
        self._headers = {"Authorization": f"Bearer {answer['access_token']}"}

    async def upload(self) -> tuple[int, str | None]:
        status, answer = await self._post("/_matrix/media/v3/upload", data=b"x" * 1000)
        return status, answer.get("errcode")

    async def uploads_end_with(self, wanted: tuple[int, str | None]) -> bool:
        try:
            return await self.upload() == wanted
        except aiohttp.ClientError:
            return False  # the homeserver is being started again

    async def makes_a_room(self) -> bool:
        for _ in range(50):
            try:
                status, _ = await self._post("/_matrix/client/v3/createRoom", json={})
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)
            else:
                return status == 200
        return False

    async def _post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        async with self._session.post(self._url + path, headers=self._headers, **body) as answer:
            return answer.status, await answer.json()
