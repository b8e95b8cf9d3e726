"""Puts sessions into the key backup as they come, in the background; notices a backup that is not ours.

A homeserver could begin a version of its own, whose key it has. So nothing is put into a version before its signature
by our master key is verified, and a version that has none is told to people.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bots.encryption.cross_signing import Json
from bots.encryption.identity import OpenDevice
from bots.encryption.key_backup.backup_key import BackupWriter, is_version_of
from bots.encryption.key_backup.kept_writers import LOCK, KeptBackup, keep_backup, kept_backup
from bots.encryption.key_backup.sessions import for_backup
from community.description.data_folder import DataFolder, DataFolderInUse
from matrix.errors import NotFound, WrongBackupVersion
from matrix.key_backup_api import KeyBackupApi

log = structlog.get_logger()

AT_ONCE = 100
"""The most sessions in one request."""
REQUESTS_IN_A_ROW = 20
"""The most requests of one look; the next goes on."""
VERIFY_EVERY = timedelta(hours=1)


class KeyUploads:
    """The sessions of a device, on their way into the backup.

    ``waiting``: whether some were not there at the last look. ``foreign``: the name of a version that is not ours,
    empty where there is none on the homeserver although we have made one; None where all is well, or there is no
    backup.
    """

    def __init__(
        self, api: KeyBackupApi, device: OpenDevice, data: DataFolder, *, now: Callable[[], datetime]
    ) -> None:
        self.waiting = False
        self.foreign: str | None = None
        self._api = api
        self._device = device
        self._backups = device.machine.store.backups
        self._crypto = device.worker.run
        self._data = data
        self._now = now
        self._kept = KeptBackup()
        self._writer: BackupWriter | None = None
        self._version = ""
        self._verified: datetime | None = None

    async def look(self) -> None:
        """Put what is due into the backup, where there is one.

        Raises:
            DataFolderError: the file of the backup is damaged.
            CryptoStoreUnwritable: the disk is full.
            MatrixError: the homeserver does not answer or refuses; the next look goes on.
        """
        if self._data.holder(LOCK) is not None:
            return  # a recovery key is being made: which version is ours is not settled yet
        kept = kept_backup(self._data, self._device.user_id)
        if kept.writers != self._kept.writers or self._is_to_verify():
            await self._verify(kept)
        if self._writer is None:
            return
        try:
            for _ in range(REQUESTS_IN_A_ROW):
                if not await self._put_some(self._writer):
                    await self._delete_former(self._writer)
                    break
        except (WrongBackupVersion, NotFound):
            log.warning("key_backup_replaced")
            await self._verify(kept)

    def _is_to_verify(self) -> bool:
        return self._verified is None or self._now() - self._verified >= VERIFY_EVERY

    async def _verify(self, kept: KeptBackup) -> None:
        """Find out into which version sessions may be put."""
        self._writer, shown = None, None if not kept.writers else await self._api.version()
        self._kept, self._verified = kept, self._now()
        self._writer = next((each for each in kept.writers if self._is_ours(shown, each)), None)
        self.foreign = None
        if self._writer is None or shown is None:
            if kept.writers:
                self.foreign = "" if shown is None else str(shown["version"])
                log.error("key_backup_foreign", missing=shown is None)
            return
        self._version, self.waiting = str(shown["version"]), True
        for room_id in await self._crypto(self._backups.left_rooms):
            await self._api.delete_room(self._version, room_id)
        there = await self._crypto(self._backups.begin, self._version)
        count = shown.get("count")
        if not isinstance(count, int) or count < there:
            # The homeserver was put back from a copy, or keeps something back.
            log.warning("key_backup_incomplete", kept=there)
            await self._crypto(self._backups.forget)

    def _is_ours(self, shown: Json | None, writer: BackupWriter) -> bool:
        master = self._device.identity.master.public
        return is_version_of(shown, writer.public, user_id=self._device.user_id, master=master)

    async def _put_some(self, writer: BackupWriter) -> bool:
        """Put some sessions there; return whether there may be more."""
        names = await self._crypto(self._backups.due, AT_ONCE)
        self.waiting = bool(names)
        if not names:
            return False
        for room_id, session_id in await self._crypto(self._backups.there_before, names):
            # Of two that read equally far the homeserver would keep the former.
            await self._api.delete_session(self._version, room_id, session_id)
        rooms = await self._crypto(for_backup, self._device.machine, writer, names)
        await self._api.put(self._version, rooms)
        await self._crypto(self._note, names)
        return True

    def _note(self, names: list[tuple[str, str]]) -> None:
        self._backups.uploaded(names, self._version)
        self._device.machine.store.commit(self._now())

    async def _delete_former(self, writer: BackupWriter) -> None:
        """Delete the versions before ours, whose keys are all in it now."""
        kept, user_id = self._kept, self._device.user_id
        if not kept.former or not kept.is_in_use or writer != kept.writers[0]:
            return
        for version in kept.former:
            if version != self._version:
                await self._api.delete_version(version)
        try:
            with self._data.locked(LOCK, "palabre bots"):
                if kept_backup(self._data, user_id) == kept:
                    keep_backup(self._data, user_id, (writer,), ())
        except DataFolderInUse:
            return  # a new one is being made: its former versions are deleted then
