"""`palabre upgrade`: a data folder of an older Palabre is brought forward, after a backup.

``tests/data/older`` has the store (revision 0009) and the bot's crypto file (form 2) as commit a8adaff wrote them:
the statements that make them.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bots.encryption.crypto_file import VERSION
from community.storage import Store
from community.storage.schema_revision import known_revisions, revision_of
from tests.lib.backups import SmallInstallation, content_of, small_installation
from tests.lib.commands import palabre, start
from tests.lib.documented import documented, words_of

OLDER = Path(__file__).parent.parent / "data" / "older"


async def older(folder: Path) -> SmallInstallation:
    """Make an installation as that commit left it."""
    place = await small_installation(folder)
    for path, name in ((place.data.store, "palabre"), (place.data.bot_crypto / "DEVICE.sqlite", "DEVICE")):
        path.unlink()
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript((OLDER / f"{name}.sql").read_text())
            connection.execute("PRAGMA journal_mode = WAL")
    return place


async def forms(place: SmallInstallation) -> tuple[str | None, int]:
    with closing(sqlite3.connect(place.data.bot_crypto / "DEVICE.sqlite")) as crypto:
        (version,) = crypto.execute("PRAGMA user_version").fetchone()
    return await revision_of(place.data.store_url), version


async def entries(place: SmallInstallation) -> set[str]:
    async with await Store.open(place.data.store_url) as store:
        directory = await store.entries.directory()
        assert [entry.action for entry in await store.audit.read()] == ["apply"]
    return {contact.key for contact in directory.contacts}


async def test_an_older_data_folder_is_backed_up_and_brought_forward_and_loses_nothing(
    tmp_path: Path,
) -> None:
    place = await older(tmp_path / "place")
    assert await forms(place) == ("0009", 2)
    with documented("docs/operator.md", "Upgrade") as next_command:
        ran = await place.palabre(*words_of(next_command("palabre upgrade")))
    assert ran.code == 0, ran
    assert await forms(place) == (known_revisions()[0], VERSION)
    (archive,) = place.archives()
    assert (await place.restore(archive, tmp_path / "before")).code == 0
    before = SmallInstallation(tmp_path / "before", place.key)
    assert await forms(before) == ("0009", 2)
    assert await entries(place) == await entries(before) != set()


async def test_what_is_new_is_left_as_it_is(tmp_path: Path) -> None:
    place = await small_installation(tmp_path / "place")
    before = content_of(place.data.root)
    ran = await place.palabre("upgrade")
    assert (ran.code, "nothing to do" in ran.out) == (0, True)
    assert {**content_of(place.data.root), **before}.keys() - before.keys() == {
        "lock",
        "serve.lock",
        "bot-crypto.lock",
        "apply.lock",
    }
    assert place.archives() == []


@pytest.mark.parametrize("what", ["the store", "the crypto file"])
async def test_what_a_newer_version_has_written_is_refused_and_left(tmp_path: Path, what: str) -> None:
    place = await older(tmp_path / "place")
    if what == "the store":
        path, statement = place.data.store, "UPDATE alembic_version SET version_num = '9999'"
    else:
        path, statement = place.data.bot_crypto / "DEVICE.sqlite", f"PRAGMA user_version = {VERSION + 1}"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    before = await forms(place)
    ran = await place.palabre("upgrade")
    assert ran.code == 1
    assert "A newer Palabre has written" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert await forms(place) == before
    assert place.archives() == []


@pytest.mark.parametrize("lock", ["lock", "serve.lock", "bot-crypto.lock", "apply.lock"])
async def test_it_refuses_while_something_runs(tmp_path: Path, lock: str) -> None:
    place = await older(tmp_path / "place")
    with place.data.locked(lock, "palabre up"):
        ran = await place.palabre("upgrade")
    assert (ran.code, "is in use by process" in ran.err) == (1, True)
    assert await forms(place) == ("0009", 2)


async def test_without_a_key_nothing_is_changed_unless_one_has_a_copy(tmp_path: Path) -> None:
    place = await older(tmp_path / "place")
    (place.config / "settings.yaml").unlink()
    ran = await place.palabre("upgrade")
    assert (ran.code, "No key is named" in ran.err) == (1, True)
    assert await forms(place) == ("0009", 2)
    assert (await place.palabre("upgrade", "--without-backup")).code == 0
    assert await forms(place) == (known_revisions()[0], VERSION)


@pytest.mark.fault
@pytest.mark.parametrize("kills", [5, pytest.param(60, marks=pytest.mark.soak)])
async def test_an_upgrade_that_was_killed_can_be_run_again(tmp_path: Path, kills: int) -> None:
    draw = random.Random(kills)  # noqa: S311 - no secret
    for number in range(kills):
        place = await older(tmp_path / f"place{number}")
        options = ("--config", place.config, "--data", place.data.root)
        process = await start(("upgrade", *options), {"LANGUAGE": "en"})
        ending = asyncio.create_task(process.communicate())
        await asyncio.wait({ending}, timeout=0.3 + 2.5 * draw.random())
        if process.returncode is None:
            process.kill()
        await ending
        # A backup of this second may be there already.
        await asyncio.sleep(1)
        assert (await palabre("upgrade", *options)).code == 0
        assert await forms(place) == (known_revisions()[0], VERSION)
        assert await entries(place)
        assert place.archives()
