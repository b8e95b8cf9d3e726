"""The backup under the former recovery key stays, and can be restored, until the key of the new one is in use."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from bots.encryption import KeyUploads
from bots.encryption.identity import OpenDevice
from bots.encryption.key_backup.backup_key import ALGORITHM, BackupSecret
from bots.encryption.key_backup.kept_writers import keep_backup, kept_backup
from bots.encryption.key_backup.restoring import opened_version
from bots.errors import OtherBackup
from community.description.data_folder import DataFolder
from matrix.errors import NotFound
from matrix.http import Call, HomeserverClient
from matrix.ids import DeviceId
from matrix.key_backup_api import KeyBackupApi
from tests.lib.given_history import BOT, GivingBot, SameThread
from tests.lib.machines import identity_of

OURS = identity_of(BOT)
FORMER, NEW = (BackupSecret(BOT, each * 32) for each in (b"f", b"n"))


@dataclass
class Versions:
    """What the homeserver has of the backup: its versions, by name. ``newest`` is the name that it gives as that."""

    kept: dict[str, BackupSecret]
    newest: str
    deleted: list[str] = field(default_factory=list)

    async def send(self, call: Call) -> dict[str, Any]:
        name = call.path.rpartition("/")[2].replace("version", self.newest)
        if call.method == "DELETE":
            self.deleted.append(name)
            return {}
        if call.method == "PUT":
            return {}
        if name not in self.kept:
            raise NotFound("M_NOT_FOUND", 404, "room_keys/version")
        data = self.kept[name].writer.auth_data(OURS)
        return {"version": name, "algorithm": ALGORITHM, "auth_data": data, "count": 0}

    @property
    def api(self) -> KeyBackupApi:
        return KeyBackupApi(cast(HomeserverClient, self))


async def test_a_key_opens_the_version_before_one_whose_making_was_broken_off() -> None:
    versions = Versions({"3": FORMER, "7": NEW}, "7")
    assert await opened_version(versions.api, NEW, OURS) == ("7", True)
    assert await opened_version(versions.api, FORMER, OURS) == ("3", False)


@pytest.mark.parametrize("newest", ["7", "", "seven", "9" * 5000, "0", "-1", "1e9"])
async def test_where_no_version_is_of_the_key_it_is_said(newest: str) -> None:
    for kept in ({}, {newest: NEW}, {newest: NEW, "1": NEW}):
        with pytest.raises(OtherBackup):
            await opened_version(Versions(kept, newest).api, FORMER, OURS)


async def test_the_former_version_is_deleted_once_the_new_key_is_in_use_and_not_before(
    tmp_path: Path,
) -> None:
    bot, versions, data = GivingBot(tmp_path), Versions({"3": FORMER, "7": NEW}, "7"), DataFolder(tmp_path)
    data.prepare()
    device = OpenDevice(BOT, DeviceId("BOT"), bot.machine, SameThread(), OURS, data, ExitStack())
    writers = (NEW.writer, FORMER.writer)
    for is_in_use, deleted in ((False, []), (True, ["3"])):
        keep_backup(data, BOT, writers, ("3",), is_in_use=is_in_use)
        await KeyUploads(versions.api, device, data, now=bot.time).look()
        assert versions.deleted == deleted
    assert kept_backup(data, BOT).former == ()
