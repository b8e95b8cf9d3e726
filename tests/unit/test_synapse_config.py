"""`palabre synapse-config` goes by what was applied, and writes nothing for another homeserver."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from community.description.data_folder import DataFolder
from community.description.known_community import KnownCommunity, note_community
from community.storage import Store
from tests.lib.commands import Ran, palabre
from tests.lib.descriptions import SMALL, small

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Place:
    """A description and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.config = Path(shutil.copytree(SMALL, folder / "config"))
        self.data = DataFolder(folder / "data")
        self.data.prepare()

    async def applied(self) -> None:
        """Note the description as one that was applied."""
        note_community(self.data, KnownCommunity("small", "palabre.localhost"))
        async with await Store.open(self.data.store_url) as store:
            await store.applied.replace(small().community, at=NOW)

    def save(self, name: str, before: str, after: str) -> None:
        path = self.config / name
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after, 1))

    def settings(self, text: str) -> None:
        (self.config / "settings.yaml").write_text(f"version: 1\n{text}\n")

    async def writes(self) -> Ran:
        """Run the command."""
        folders = ("--config", self.config, "--data", self.data.root)
        return await palabre("synapse-config", "--public-url", "https://chat.example.org", *folders)

    @property
    def written(self) -> dict[str, Any]:
        values: dict[str, Any] = yaml.safe_load((self.data.synapse / "homeserver.yaml").read_text())
        return values

    @property
    def resources(self) -> set[str]:
        """What the homeserver serves."""
        names = (
            name for on in self.written["listeners"] for each in on["resources"] for name in each["names"]
        )
        return set(names)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


FEDERATED = ("community.yaml", "key: small\n", "key: small\nfederation: [evil.example.org]\n")


async def test_a_draft_opens_no_federation_until_it_is_applied(place: Place) -> None:
    await place.applied()
    place.save(*FEDERATED)
    assert (await place.writes()).code == 0
    assert place.written["federation_domain_whitelist"] == []
    assert "federation" not in place.resources


async def test_before_anything_was_applied_it_goes_by_the_files(place: Place) -> None:
    place.save(*FEDERATED)
    assert (await place.writes()).code == 0
    assert place.written["federation_domain_whitelist"] == ["evil.example.org"]
    assert "federation" in place.resources
    # It is not this command that begins a community.
    assert not place.data.store.exists()


@pytest.mark.parametrize("is_misspelt", [False, True])
async def test_another_server_name_is_refused_and_nothing_is_written(place: Place, is_misspelt: bool) -> None:
    await place.applied()
    await place.writes()
    before = place.written
    place.settings("homeserver: {server_name: other.localhost}")
    if is_misspelt:
        place.save("community.yaml", "key: small\n", "key: small\nnam: x\n")
    ran = await place.writes()
    assert ran.code == 1
    assert "The accounts and rooms here are on the homeserver “palabre.localhost”, not on" in ran.err
    assert place.written == before


async def test_another_key_is_refused(place: Place) -> None:
    await place.applied()
    place.save("community.yaml", "key: small\n", "key: smal\n")
    assert (await place.writes()).code == 1
    assert not (place.data.synapse / "homeserver.yaml").exists()


@pytest.mark.parametrize("name", ["community.yaml", "directory.yaml", "calendar.yaml"])
async def test_a_mistake_in_a_file_takes_no_homeserver_down(place: Place, name: str) -> None:
    await place.applied()
    place.save(name, "version: 1", "version: one")
    assert (await place.writes()).code == 0
    assert place.written["server_name"] == "palabre.localhost"
