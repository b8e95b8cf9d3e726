"""The description's files change while the bot runs: what follows them is given them, mistakes are not taken in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bots.description_files import DescriptionFiles
from bots.safe_rooms import SafeRooms
from community.description.load import file_stamps, load_description
from community.description.model import Community
from tests.lib.asking import ROOT


class Files:
    """A folder with the example, and who is given it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        shutil.copytree(ROOT / "config", self.config)
        community = load_description(self.config).community
        self.safe_rooms, self.taken = SafeRooms(community, "x"), list[Community]()
        takers = (self.safe_rooms.take, self.taken.append)
        self.files = DescriptionFiles(self.config, file_stamps(self.config), takers)

    def write(self, before: str, after: str) -> None:
        path = self.config / "community.yaml"
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def test_nothing_is_read_again_as_long_as_the_files_are_the_same(files: Files) -> None:
    await files.files.refresh()
    assert files.taken == []


async def test_what_has_changed_is_given_once_to_each(files: Files) -> None:
    (safe,) = files.safe_rooms.current
    files.write(f"key: {safe.key}", "key: frankly")
    for _ in range(2):
        await files.files.refresh()
    assert len(files.taken) == 1
    assert [room.key for room in files.safe_rooms.current] == ["frankly"]


async def test_with_a_mistake_in_them_all_stays_as_it_was_until_it_is_mended(files: Files) -> None:
    before = files.safe_rooms.current
    files.write("version: 1", "version: one")
    await files.files.refresh()
    assert files.taken == []
    assert files.safe_rooms.current == before
    files.write("version: one", "version: 1")
    await files.files.refresh()
    assert len(files.taken) == 1
