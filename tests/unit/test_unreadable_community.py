"""What was applied last and cannot be read is not taken for "nothing was applied", and is said to be so."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bots.community_reloader import CommunityReloader
from community.core.doctor import State
from community.core.errors import DescriptionError
from community.description.data_folder import DataFolder
from community.description.known_community import OtherCommunity
from community.description.model import Community
from community.storage import Store
from community.storage.in_force import community_in_force, usable_description
from provisioning.checkup import _of_description
from provisioning.plan import Plan
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.unreadable import make_unreadable

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SAID = "What was applied last cannot be read: another version of Palabre has written it, or the store is damaged."


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "config"))


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
async def store(data: DataFolder) -> AsyncIterator[Store]:
    async with await Store.open(data.store_url) as opened:
        await opened.applied.replace(small().community, at=NOW)
        await make_unreadable(opened)
        yield opened


async def test_a_process_that_starts_goes_by_the_files_of_the_same_community(
    config: Path, data: DataFolder, store: Store
) -> None:
    assert await community_in_force(config, data, store) == small().community
    assert (await usable_description(config, data, store, SETTINGS)).community == small().community


async def test_the_files_of_another_community_are_refused(
    config: Path, data: DataFolder, store: Store
) -> None:
    """Also where nothing else knows which community it is: its key is read as far as it can be."""
    path = config / "community.yaml"
    path.write_text(path.read_text().replace("key: small", "key: other"))
    with pytest.raises(OtherCommunity, match="those of the community “small”, not of “other”"):
        await community_in_force(config, data, store)
    with pytest.raises(OtherCommunity):
        await usable_description(config, data, store, SETTINGS)


async def test_nothing_stands_in_for_files_with_mistakes(
    config: Path, data: DataFolder, store: Store
) -> None:
    (config / "calendar.yaml").write_text("version: 1\nevents: 3\n")
    with pytest.raises(DescriptionError):
        await usable_description(config, data, store, SETTINGS)


async def test_a_running_bot_keeps_what_it_has_and_says_so(store: Store) -> None:
    taken: list[Community] = []

    async def take(community: Community) -> None:
        taken.append(community)

    reloader = CommunityReloader(store, 0, [take])
    with capture_logs() as logs:
        await reloader.refresh()
        await reloader.refresh()
    assert not taken
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("applied_unreadable", "error")
    assert line["reason"].startswith(SAID)


async def test_the_doctor_says_it(store: Store) -> None:
    (finding,) = _of_description(small(), Plan(()), await store.applied.latest())
    assert (finding.state, str(finding.sentence)) == (State.FAULT, SAID)
    assert "palabre apply" in str(finding.remedy)
