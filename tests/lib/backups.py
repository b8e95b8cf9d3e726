"""A small data folder with one of each kind of what a backup copies, and commands on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bots.encryption.crypto_file import open_file
from bots.encryption.seeds import drawn_identity, keep
from community.description.data_folder import DataFolder, write_private_json
from community.storage import Store
from palabre_cli.backup.encryption import BackupKey
from tests.lib.commands import Ran, palabre

BOT = "@palabre:palabre.localhost"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@dataclass(frozen=True)
class SmallInstallation:
    """A description, a data folder and a key for backups."""

    folder: Path
    key: BackupKey

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def data(self) -> DataFolder:
        return DataFolder(self.folder / "data")

    @property
    def backups(self) -> Path:
        return self.data.root / "backups"

    def archives(self) -> list[Path]:
        """Return the finished backups, the oldest first."""
        return sorted(self.backups.glob("palabre-*"))

    async def palabre(self, *arguments: object) -> Ran:
        """Run a command on it."""
        return await palabre(*arguments, "--config", self.config, "--data", self.data.root)

    async def back_up(self) -> Path:
        """Make a backup; return its file."""
        ran = await self.palabre("backup")
        assert ran.code == 0, ran
        return self.archives()[-1]

    async def restore(self, archive: Path, to: Path, key: Path | None = None, *options: str) -> Ran:
        """Put a backup back."""
        return await palabre("restore", archive, "--identity", key or self.key.path, "--to", to, *options)


async def small_installation(folder: Path) -> SmallInstallation:
    """Make one in a new folder."""
    key = BackupKey.draw(folder / "key.txt")
    made = SmallInstallation(folder, key)
    made.config.mkdir(parents=True)
    key.path.write_text(key.text(NOW))
    made.config.joinpath("settings.yaml").write_text(f"backup:\n  recipients: [{key.recipient}]\n")
    made.config.joinpath("community.yaml").write_text("# anything\n")
    data = made.data
    data.prepare()
    await (await Store.open(data.store_url)).close()
    secret = {"user_id": BOT, "device_id": "DEVICE", "pickle_key": "pickle"}
    write_private_json(data.secret("bot.json"), secret)
    keep(data, drawn_identity(data, BOT))
    connection, _account = open_file(data.bot_crypto / "DEVICE.sqlite", BOT, "DEVICE", "pickle", NOW)
    connection.close()
    data.synapse.joinpath("homeserver.yaml").write_text("database: {name: sqlite3}\n")
    data.synapse.joinpath("signing.key").write_text("a signing key\n")
    with closing(sqlite3.connect(data.synapse / "homeserver.db")) as homeserver, homeserver:
        homeserver.execute("PRAGMA journal_mode = WAL")
        homeserver.execute("CREATE TABLE event (number INTEGER PRIMARY KEY, body TEXT)")
        homeserver.executemany("INSERT INTO event (body) VALUES (?)", [(f"event {n}",) for n in range(2000)])
    media = data.synapse / "media" / "local_content" / "aB" / "cD"
    media.mkdir(parents=True)
    media.joinpath("picture").write_bytes(bytes(range(256)) * 5000)
    data.logs.joinpath("bots.log").write_text("a log\n")
    data.ready_file("bots").write_text("1")
    return made


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file below a folder, databases as the statements that make them."""
    return {
        path.relative_to(root).as_posix(): _statements(path) or path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def _statements(path: Path) -> bytes:
    if not path.read_bytes().startswith(b"SQLite format 3\0"):
        return b""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()).encode()
