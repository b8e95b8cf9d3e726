"""`palabre backup`, `palabre restore`: what is copied, what is refused and in which sentence."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from community.description.backups import archive_name
from palabre_cli.backup.encryption import BackupKey
from tests.lib.backups import NOW, SmallInstallation, content_of, small_installation
from tests.lib.commands import on_a_terminal, palabre


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[SmallInstallation]:
    yield await small_installation(tmp_path / "place")


async def test_all_that_must_not_be_lost_is_copied_and_put_back_while_locks_are_held(
    place: SmallInstallation,
) -> None:
    data = place.data
    with ExitStack() as held:
        # What runs holds these, and a database in the middle of a transaction.
        for name in ("lock", "bot-crypto.lock", "apply.lock"):
            held.enter_context(data.locked(name, "somebody"))
        writer = held.enter_context(closing(sqlite3.connect(data.synapse / "homeserver.db")))
        writer.execute("INSERT INTO event (body) VALUES ('not committed')")
        archive = await place.back_up()
    before = content_of(data.root)
    ran = await place.restore(archive, place.folder / "new")
    assert ran.code == 0, ran
    after = content_of(place.folder / "new" / "data")
    made_anew = {name for name in before if name.startswith(("logs/", "run/", "backups/")) or "lock" in name}
    changed = {"bot-crypto/DEVICE.sqlite"}
    assert before.keys() - after.keys() == made_anew
    assert {name for name in after if after[name] != before[name]} == changed
    assert content_of(place.folder / "new" / "config") == content_of(place.config)
    assert not list((place.folder / "new").rglob(".*"))
    with closing(sqlite3.connect(place.folder / "new" / "data" / "bot-crypto" / "DEVICE.sqlite")) as crypto:
        assert crypto.execute("SELECT written FROM device").fetchall() == [(0,)]
    for path in (place.folder / "new").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert (data.run / "backup").exists() is False
    verified = await palabre("backup", "verify", archive, "--identity", place.key.path)
    assert (verified.code, "is whole" in verified.out) == (0, True)
    # Nothing of it stands in the archive as it is.
    assert b"a signing key" not in archive.read_bytes()
    assert place.key.text(NOW).splitlines()[-1] not in ran.out + ran.err + verified.out


async def test_the_file_of_a_network_is_copied_with_it(place: SmallInstallation) -> None:
    (place.folder / ".init.json").write_text("{}")
    (place.folder / "Caddyfile").write_text("caddy")
    archive = await place.back_up()
    assert (await place.restore(archive, place.folder.parent / "new")).code == 0
    there = {path.name for path in (place.folder.parent / "new").iterdir()}
    assert {".init.json", "Caddyfile", "config", "data"} <= there


async def test_media_behind_a_link_are_copied(place: SmallInstallation) -> None:
    media, elsewhere = place.data.synapse / "media", place.folder.parent / "disk"
    media.rename(elsewhere)
    media.symlink_to(elsewhere)
    (elsewhere / "round").symlink_to(elsewhere)
    assert (await place.restore(await place.back_up(), place.folder / "new")).code == 0
    copied = place.folder / "new" / "data" / "synapse" / "media"
    assert content_of(copied) == {"local_content/aB/cD/picture": bytes(range(256)) * 5000}
    assert not copied.is_symlink()


async def test_a_store_that_is_elsewhere_is_copied_too(place: SmallInstallation) -> None:
    elsewhere = place.folder.parent / "store.db"
    place.data.store.rename(elsewhere)
    with (place.config / "settings.yaml").open("a") as settings:
        settings.write(f"store_url: sqlite+aiosqlite:///{elsewhere}\n")
    ran = await place.restore(await place.back_up(), place.folder / "new")
    assert (ran.code, str(elsewhere) in ran.out) == (0, True)
    found = content_of(place.folder / "new" / "databases")
    assert found == {"palabre.db": content_of(elsewhere.parent)["store.db"]}


async def test_old_backups_go_by_the_rule_and_nothing_else_does(place: SmallInstallation) -> None:
    place.backups.mkdir(mode=0o700)
    for days in range(40):
        (place.backups / archive_name("palabre.localhost", NOW - timedelta(days=1000 + days))).touch()
    others = [
        place.backups / "notes.txt",
        place.backups / archive_name("other.org", NOW - timedelta(days=2000)),
    ]
    for other in others:
        other.touch()
    left = place.backups / f".{archive_name('palabre.localhost', NOW)}.part"
    left.touch()
    newest = await place.back_up()
    there = set(place.backups.iterdir())
    assert {newest, *others} <= there
    assert left not in there
    assert len(there) < 15


REFUSALS = {
    "not empty": "is not an empty folder: nothing was put back.",
    "wrong key": "does not open",
    "no key": "There is no private key for backups in",
    "cut off": "is damaged, or no backup of Palabre's.",
    "changed": "is damaged, or no backup of Palabre's.",
    "other file": "is damaged, or no backup of Palabre's.",
    "missing": "cannot be read: No such file or directory.",
}


@pytest.mark.parametrize("what", REFUSALS)
async def test_what_cannot_be_put_back_is_one_sentence_and_leaves_nothing(
    place: SmallInstallation, what: str, tmp_path: Path
) -> None:
    archive, key, to = await place.back_up(), place.key.path, tmp_path / "new"
    content = archive.read_bytes()
    match what:
        case "not empty":
            to.mkdir()
            (to / "something").touch()
        case "wrong key":
            key = tmp_path / "other.txt"
            key.write_text(BackupKey.draw(key).text(NOW))
        case "no key":
            key = archive
        case "cut off":
            archive.write_bytes(content[:-100])
        case "changed":
            archive.write_bytes(content[:70_000] + bytes([content[70_000] ^ 1]) + content[70_001:])
        case "other file":
            archive.write_bytes(b"something else" * 100)
        case _:
            archive = tmp_path / "nothing"
    ran = await place.restore(archive, to, key)
    assert ran.code == 1
    assert REFUSALS[what] in ran.err
    assert len(ran.err.splitlines()) == 1
    assert [path.name for path in to.iterdir()] == ["something"] if what == "not empty" else not to.exists()
    assert not list(tmp_path.glob(".*"))


async def test_a_backup_of_a_newer_version_is_one_sentence(place: SmallInstallation) -> None:
    with closing(sqlite3.connect(place.data.store)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    # The newer Palabre makes it; what reads the archive is this one, in the same process.
    ran = await place.palabre("backup")
    assert ran.code == 1
    assert "made by a newer Palabre" in ran.err
    assert place.archives() == []


async def test_without_a_key_no_backup_is_made(place: SmallInstallation) -> None:
    (place.config / "settings.yaml").write_text("version: 1\n")
    ran = await place.palabre("backup")
    assert (ran.code, place.backups.exists()) == (1, False)
    assert "No key is named in settings.yaml" in ran.err


async def test_a_private_key_in_the_settings_is_refused_and_never_shown(place: SmallInstallation) -> None:
    secret = place.key.text(NOW).splitlines()[-1]
    (place.config / "settings.yaml").write_text(f"backup:\n  recipients: [{secret}]\n")
    ran = await place.palabre("backup")
    assert ran.code == 1
    assert "that is the private part of a key" in ran.err
    assert secret not in ran.out + ran.err


async def test_a_second_backup_at_once_is_refused(place: SmallInstallation) -> None:
    with place.data.locked("backup.lock", "palabre backup"):
        ran = await place.palabre("backup")
    assert ran.code == 1
    assert "is in use by process" in ran.err


async def test_a_damaged_database_is_one_sentence_and_no_backup_is_left(place: SmallInstallation) -> None:
    path = place.data.synapse / "homeserver.db"
    content = path.read_bytes()
    path.write_bytes(content[:100] + os.urandom(len(content) - 100))
    ran = await place.palabre("backup")
    assert ran.code == 1
    assert "cannot be copied" in ran.err
    assert list(place.backups.iterdir()) == []


async def test_on_a_full_disk_nothing_is_left_and_one_sentence_says_so(
    place: SmallInstallation, tmp_path: Path
) -> None:
    archive = await place.back_up()
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], check=False, capture_output=True
    )
    # Where the tests may not mount, a file that cannot grow stands for the full disk.
    full = disk if mounted.returncode == 0 else Path("/dev/full")
    try:
        written = await palabre(
            "backup", "--config", place.config, "--data", place.data.root, "--to", full / "backups"
        )
        ran = await place.restore(archive, full / "new")
        assert (written.code, ran.code) == (1, 1)
        for said in (written.err, ran.err):
            assert "is full: nothing was written there." in said or mounted.returncode != 0
            assert len(said.splitlines()) == 1
        if mounted.returncode == 0:
            assert [path.name for path in disk.rglob("*")] == ["backups"]
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_a_key_is_written_once_and_its_public_part_is_what_the_settings_take(
    place: SmallInstallation, tmp_path: Path
) -> None:
    path = tmp_path / "key.txt"
    ran = await palabre("backup", "key", "--to", path)
    assert ran.code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = BackupKey.read(path).recipient
    (lines,) = re.findall(r"^backup:\n  recipients: \[age1\w+\]\n", ran.out, re.MULTILINE)
    assert public in lines
    assert "AGE-SECRET-KEY" not in ran.out
    again = await palabre("backup", "key", "--to", path)
    assert (again.code, "is there already" in again.err) == (1, True)
    (place.config / "settings.yaml").write_text(lines)
    verified = await palabre("backup", "verify", await place.back_up(), "--identity", path)
    assert verified.code == 0


async def test_a_private_key_is_shown_on_a_terminal_alone() -> None:
    piped = await palabre("backup", "key")
    assert (piped.code, "AGE-SECRET-KEY" in piped.out + piped.err) == (1, False)
    code, shown = await on_a_terminal("backup", "key")
    assert (code, shown.count("AGE-SECRET-KEY-1")) == (0, 1)


async def test_age_and_tar_read_it_without_palabre(place: SmallInstallation, tmp_path: Path) -> None:
    archive = await place.back_up()
    with archive.open("rb") as source, (tmp_path / "a.tar").open("wb") as target:
        place.key.decrypt(source, target)
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "a.tar"], cwd=tmp_path / "out", check=True)
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "MANIFEST.sha256"], cwd=tmp_path / "out", check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("name", [b"back\\slash", b"not-utf8-\xff", b"new\nline", b"del\x7f", b"\x1b[31m.db"])
async def test_a_file_with_an_odd_name_is_left_out_and_said_and_the_rest_is_copied(
    place: SmallInstallation, name: bytes
) -> None:
    odd = place.data.root / os.fsdecode(name)
    odd.write_bytes(place.data.store.read_bytes())
    before = content_of(place.config)
    ran = await place.palabre("backup")
    assert (ran.code, "read again; not all is in it." in ran.out) == (3, True), ran
    (line,) = ran.err.splitlines()
    assert ascii(str(odd)) in line
    assert (await place.restore(place.archives()[-1], place.folder / "new")).code == 3
    assert content_of(place.folder / "new" / "config") == before
    assert (place.folder / "new" / "data" / "palabre.db").exists()
    assert not (place.folder / "new" / "data" / os.fsdecode(name)).exists()


@pytest.mark.parametrize("folder", ["identity", "bot-crypto"])
async def test_without_the_bots_keys_no_backup_is_made(place: SmallInstallation, folder: str) -> None:
    (place.data.root / folder).rename(place.folder / "elsewhere")
    ran = await place.palabre("backup")
    assert (ran.code, "The bot has an account, but nothing is in" in ran.err) == (1, True)
    assert place.archives() == []


@pytest.mark.parametrize("is_gone", [True, False])
async def test_media_that_are_elsewhere_are_missed(place: SmallInstallation, is_gone: bool) -> None:
    media, elsewhere = place.data.synapse / "media", place.folder / "elsewhere"
    with (place.data.synapse / "homeserver.yaml").open("a") as file:
        file.write(f"media_store_path: {elsewhere}\n")
    assert (await place.palabre("backup")).code == 0
    if is_gone:
        media.rename(place.folder / "other")
    else:
        elsewhere.mkdir()
    for old in place.archives():
        old.unlink()
    ran = await place.palabre("backup")
    assert (ran.code, f"the homeserver keeps them in {elsewhere}" in ran.err) == (3, True)
    assert "whole" not in ran.out


async def test_a_folder_that_cannot_be_read_is_not_left_out_in_silence(place: SmallInstallation) -> None:
    folder = place.data.synapse / "media" / "local_content"
    folder.chmod(0)
    # Root may read every folder, unless that power is taken away.
    powerless = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
    before = powerless if os.geteuid() == 0 else ()
    ran = await palabre("backup", "--config", place.config, "--data", place.data.root, before=before)
    folder.chmod(0o700)
    assert (ran.code, f"{folder} cannot be read: Permission denied" in ran.err) == (1, True), ran
    assert place.archives() == []
