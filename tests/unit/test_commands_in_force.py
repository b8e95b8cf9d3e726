"""Commands on the store go by the community that was applied last, as the bot does, and not by what is only saved."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from community.storage import Store
from matrix.http import RequestCounts
from palabre_cli.errors import CommandError
from palabre_cli.reset_password import _whose
from provisioning.provisioner import ApplyOptions, Provisioner
from tests.lib.commands import Ran, palabre
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.entries import added, contact
from tests.lib.memory_homeserver import MemoryHomeserver

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HEADER = "key;name;function;cities;confirmed\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "config"))


@pytest.fixture
async def data(tmp_path: Path) -> DataFolder:
    """A data folder where the small network was applied."""
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    async with await Store.open(folder.store_url) as store:
        await store.applied.replace(small().community, at=NOW)
        entry = contact("awa", name="Awa Diallo", cities=("bamako",), confirmed="2024-01-01")
        await store.entries.change([added(entry)], actor="test", at=NOW)
    return folder


def edit(config: Path, before: str, after: str) -> None:
    path = config / "community.yaml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


async def run(config: Path, data: DataFolder, *words: object) -> Ran:
    return await palabre(*words, "--config", config, "--data", data.root)


async def test_a_table_is_read_by_the_cities_that_were_applied(config: Path, data: DataFolder) -> None:
    edit(config, "kigali", "kigali-ville")
    table = config.parent / "contacts.csv"
    table.write_text(HEADER + "desk;Desk;Anything;kigali;2026-11-01\n")
    assert (await run(config, data, "directory", "import", table, "--yes")).code == 0
    table.write_text(HEADER + "other;Other;Anything;kigali-ville;2026-11-01\n")
    ran = await run(config, data, "directory", "import", table, "--yes")
    assert (ran.code, "kigali-ville" in ran.err) == (1, True)


async def test_what_is_stale_is_asked_by_the_cities_that_were_applied(config: Path, data: DataFolder) -> None:
    edit(config, "bamako", "bko")
    ran = await run(config, data, "directory", "stale", "--city", "bamako")
    assert (ran.code, "contact awa" in ran.out) == (0, True)
    ran = await run(config, data, "directory", "stale", "--city", "bko")
    assert (ran.code, "bko" in ran.err) == (1, True)


async def test_a_mistake_in_the_files_keeps_nobody_from_the_stores_directory(
    config: Path, data: DataFolder
) -> None:
    (config / "community.yaml").write_text("]")
    assert (await run(config, data, "directory", "stale")).code == 0


async def test_a_person_is_known_who_was_applied(config: Path, data: DataFolder) -> None:
    edit(config, "username: awa.diallo", "username: awa.toure")
    assert (await run(config, data, "person", "awa.diallo")).code == 0
    ran = await run(config, data, "person", "awa.toure")
    assert (ran.code, "Nobody of the name awa.toure is known" in ran.err) == (1, True)


async def test_a_password_is_reset_of_who_was_applied_and_of_who_is_new(data: DataFolder) -> None:
    """Who is new may have an account already, which is taken from whoever made it before they are let in."""
    async with await Store.open(data.store_url) as store:
        applied = Provisioner(
            small(), SETTINGS, SMALL, data, MemoryHomeserver(), store, "http://x", RequestCounts()
        )
        await applied.apply(ApplyOptions("test"))
        members = [m.model_dump(mode="json", by_alias=True) for m in small().community.members]
        renamed = [{**m, "username": m["username"].replace("awa.diallo", "awa.toure")} for m in members]
        files = replace(applied, description=small(members=renamed))
        _, by = await _whose(files, "awa.diallo")
        assert by.description.community == small().community
        assert (await _whose(files, "awa.toure"))[1] is files
        with pytest.raises(CommandError):
            await _whose(files, "nobody.at-all")
