"""Brings the bot back with the recovery key alone: its identity, and the keys of what was said before.

Everything is verified before anything is changed: the seeds against the published identity, the backup against both.
The sessions are taken in room by room and in parts, each written before the next: what is in memory at once is one
room's answer. Broken off at any point, it can be done again, and what was taken in stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bots.encryption.cross_signing import SEED_BYTES, Identity, SigningKey, at, decoded
from bots.encryption.identity import OpenDevice, open_device, public_keys
from bots.encryption.key_backup.backup_key import KEY_BYTES, BackupSecret, is_version_of
from bots.encryption.key_backup.kept_writers import LOCK, keep_backup
from bots.encryption.key_backup.recovery_key import read
from bots.encryption.key_backup.secret_storage import SecretStorageKey
from bots.encryption.key_backup.server_secrets import BACKUP_SECRET, SEED_SECRETS, ServerSecrets
from bots.encryption.key_backup.sessions import in_parts, restore
from bots.encryption.seeds import keep
from bots.encryption.short_session import ShortSession, short_session
from bots.errors import OtherBackup, OtherIdentityStored, SecretUnreadable
from community.description.data_folder import BOTS_LOCK, DataFolder
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import DeviceId, RoomId, UserId
from matrix.key_backup_api import KeyBackupApi

AT_ONCE = 500
"""The most sessions that are taken in by one transaction."""
_LOOKED_AT = 10
"""How many versions before the newest are looked at."""
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of it: the new device, how many sessions were restored and how many were refused.

    ``rooms``: of how many rooms sessions were looked for. ``is_newest``: nothing can be added to a backup that is not.
    """

    user_id: UserId
    device_id: DeviceId
    sessions: int
    refused: int
    rooms: int
    is_newest: bool = True


@dataclass(frozen=True, slots=True)
class HowFar:
    """How far the restoring of sessions is: rooms that are done, of how many, and sessions so far."""

    done: int
    rooms: int
    sessions: int


@dataclass(frozen=True, slots=True)
class _Verified:
    """What the recovery key opens, found to be ours. ``version``: that of the backup, and whether it is the newest."""

    identity: Identity
    backup: BackupSecret | None
    version: str
    is_newest: bool = True


async def recover(
    http: HomeserverClient,
    data: DataFolder,
    recovery_key: str,
    *,
    without_backup: bool = False,
    said: Callable[[HowFar], None] = lambda _far: None,
) -> Recovered:
    """Take the identity and the sessions back. The bot must not run. ``said`` is told after each part.

    ``without_backup``: the identity alone.

    Raises:
        RecoveryKeyMistyped, RecoveryKeyWrong, NothingStored, SecretUnreadable: nothing was changed.
        OtherIdentityStored, OtherBackup: nothing was changed.
        DataFolderInUse: the bot is running.
        NoAccount: there is no password, or it is wrong.
        IdentityRefused: the homeserver did not take the new device's signature; another call goes on.
        MatrixError: the homeserver does not answer or refuses; another call goes on.
    """
    storage = SecretStorageKey(read(recovery_key))
    with data.locked(BOTS_LOCK, "palabre bot recover"), data.locked(LOCK, "palabre bot recover"):
        async with short_session(http, data) as session:
            found = await _verified(http, session, storage, without_backup=without_backup)
        keep(data, found.identity)
        if found.backup is not None:
            former = () if found.is_newest else (found.version,)
            keep_backup(data, found.identity.user_id, (found.backup.writer,), former)
    device = await open_device(http, data)
    try:
        return await _restore(http, device, found, said)
    finally:
        await device.close()


async def _verified(
    http: HomeserverClient, session: ShortSession, storage: SecretStorageKey, *, without_backup: bool
) -> _Verified:
    secrets, user_id = ServerSecrets(session.client, session.user_id), session.user_id
    names = SEED_SECRETS if without_backup else (*SEED_SECRETS, BACKUP_SECRET)
    opened = await secrets.opened(storage, names)
    seeds = (_decoded(name, opened[name], SEED_BYTES) for name in SEED_SECRETS)
    identity = Identity(user_id, *map(SigningKey, seeds))
    if public_keys(await session.client.query_keys([user_id]), user_id) != identity.public_keys:
        raise OtherIdentityStored(user_id)
    if without_backup:
        return _Verified(identity, None, "")
    backup = BackupSecret(user_id, _decoded(BACKUP_SECRET, opened[BACKUP_SECRET], KEY_BYTES))
    version, is_newest = await opened_version(KeyBackupApi(http), backup, identity)
    return _Verified(identity, backup, version, is_newest)


async def opened_version(api: KeyBackupApi, backup: BackupSecret, identity: Identity) -> tuple[str, bool]:
    """Return the version of the backup that a key opens, and whether it is the newest.

    It is not where the making of a new recovery key was broken off: a version was begun whose key nobody has seen.

    Raises:
        OtherBackup: there is none.
        MatrixError: the homeserver does not answer or refuses.
    """
    public, user_id, master = backup.writer.public, identity.user_id, identity.master.public
    newest = await api.version()
    if is_version_of(newest, public, user_id=user_id, master=master):
        return str(at(newest, "version")), True
    number = str(at(newest, "version"))
    # Synapse counts its versions.
    last = int(number) if number.isdecimal() and len(number) < _DIGITS else 0
    for before in range(last - 1, max(0, last - 1 - _LOOKED_AT), -1):
        if is_version_of(await api.version(str(before)), public, user_id=user_id, master=master):
            return str(before), False
    raise OtherBackup(user_id)


def _decoded(name: str, text: str, size: int) -> bytes:
    try:
        key = decoded(text)
    except ValueError as error:
        raise SecretUnreadable(name) from error
    if len(key) != size:
        raise SecretUnreadable(name)
    return key


async def _restore(
    http: HomeserverClient, device: OpenDevice, found: _Verified, said: Callable[[HowFar], None]
) -> Recovered:
    if found.backup is None:
        return Recovered(device.user_id, device.device_id, 0, 0, 0)
    rooms = sorted(await ClientApi(http).joined_rooms())
    total = refused = 0

    def take_in(key: BackupSecret, room_id: RoomId, part: Mapping[str, Any]) -> tuple[int, int]:
        done = restore(device.machine, key, found.version, room_id, part)
        device.machine.store.commit(datetime.now(UTC))
        return done

    for number, room_id in enumerate(rooms):
        sessions = await KeyBackupApi(http).sessions(found.version, room_id)
        for part in in_parts(sessions, AT_ONCE):
            done = await device.worker.run(take_in, found.backup, room_id, part)
            total, refused = total + done[0], refused + done[1]
            said(HowFar(number, len(rooms), total))
        said(HowFar(number + 1, len(rooms), total))
    return Recovered(device.user_id, device.device_id, total, refused, len(rooms), found.is_newest)
