"""`palabre backup` and `palabre restore` are killed at any moment: what is there is whole, or is not there."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.lib.backups import content_of, small_installation
from tests.lib.commands import palabre, start

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
async def test_a_backup_that_is_there_is_whole_and_older_ones_stay(tmp_path: Path, kills: int) -> None:
    place = await small_installation(tmp_path / "place")
    (place.data.synapse / "media" / "big").write_bytes(bytes(20_000_000))
    began = time.monotonic()
    newest = await place.back_up()
    whole = time.monotonic() - began
    before = content_of(place.data.synapse)
    draw = random.Random(kills)  # noqa: S311 - no secret
    for _number in range(kills):
        await kill_after(
            ("backup", "--config", place.config, "--data", place.data.root), draw.random() * whole * 1.2
        )
        # Two of one second have one name.
        await asyncio.sleep(1)
        # Of one day the rule keeps the newest.
        assert place.archives()[-1] >= newest
        newest = place.archives()[-1]
        for archive in place.archives():
            assert (await palabre("backup", "verify", archive, "--identity", place.key.path)).code == 0
    await place.back_up()
    assert content_of(place.data.synapse) == before
    assert not (place.data.run / "backup").exists()
    assert list(place.backups.glob(".*")) == []


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
async def test_a_folder_that_is_put_back_is_whole_or_is_not_there(tmp_path: Path, kills: int) -> None:
    place = await small_installation(tmp_path / "place")
    (place.data.synapse / "media" / "big").write_bytes(bytes(20_000_000))
    archive, to = await place.back_up(), tmp_path / "new"
    began = time.monotonic()
    assert (await place.restore(archive, to)).code == 0
    whole, wanted = time.monotonic() - began, content_of(to)
    draw = random.Random(kills)  # noqa: S311 - no secret
    to.rename(tmp_path / "first")
    for number in range(kills):
        await kill_after(
            ("restore", archive, "--identity", place.key.path, "--to", to), draw.random() * whole * 1.2
        )
        if to.exists():
            assert content_of(to) == wanted
            to.rename(tmp_path / f"done{number}")
    assert (await place.restore(archive, to)).code == 0
    assert content_of(to) == wanted
    assert list(tmp_path.glob(".*")) == []


async def kill_after(arguments: tuple[object, ...], seconds: float) -> None:
    """Start a command, and kill it after so long, unless it has ended."""
    process = await start(arguments, {"LANGUAGE": "en"})
    ending = asyncio.create_task(process.communicate())
    await asyncio.wait({ending}, timeout=seconds)
    if process.returncode is None:
        process.kill()
    await ending
