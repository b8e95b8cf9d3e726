"""Makes a recovery key: secret storage with the bot's identity, and a new version of the key backup.

The bot may run: it adds to the new version as soon as it sees it. The order of the steps is such that, whenever they
are broken off, either the former key or the new one opens everything, and another call makes all of it anew.
"""

from __future__ import annotations

from collections.abc import Callable

from bots.encryption.cross_signing import Identity, unpadded
from bots.encryption.identity import public_keys
from bots.encryption.key_backup.backup_key import ALGORITHM, BackupSecret
from bots.encryption.key_backup.kept_writers import FILE, LOCK, keep_backup, kept_backup
from bots.encryption.key_backup.recovery_key import written
from bots.encryption.key_backup.secret_storage import SecretStorageKey
from bots.encryption.key_backup.server_secrets import BACKUP_SECRET, SEED_SECRETS, ServerSecrets
from bots.encryption.seeds import drawn_identity, keep, kept_identities
from bots.encryption.short_session import ShortSession, kept_account, short_session
from bots.errors import ForeignIdentity, NoIdentity
from community.description.data_folder import BOTS_LOCK, DataFolder
from matrix.http import HomeserverClient
from matrix.ids import UserId
from matrix.key_backup_api import KeyBackupApi


async def make_recovery_key(
    http: HomeserverClient, data: DataFolder, *, replaces: Callable[[], None] = lambda: None
) -> str:
    """Make a new recovery key and return it as it is to be written down; it is kept nowhere.

    ``replaces`` is called where there is one already, before anything is made; it may raise.

    Raises:
        DataFolderInUse: another command is making one.
        NoAccount: there is no password, or it is wrong.
        NoIdentity: the bot has none yet, or this is not its folder.
        ForeignIdentity: the published identity is not ours.
        MatrixError: the homeserver does not answer or refuses; the former key may still be the one that opens.
    """
    with data.locked(LOCK, "palabre bot recovery-key"):
        async with short_session(http, data) as session:
            identity = await _own_identity(session, data)
            storage, backup = SecretStorageKey.drawn(), BackupSecret.drawn(session.user_id)
            secrets = ServerSecrets(session.client, session.user_id)
            if await secrets.default_key() is not None:
                replaces()
            key_id = await secrets.put(storage, {**_seeds(identity), BACKUP_SECRET: unpadded(backup.private)})
            await _new_version(http, data, identity, backup)
            await secrets.use(key_id)
            kept = kept_backup(data, identity.user_id)
            keep_backup(data, identity.user_id, kept.writers, kept.former)
            return written(storage.key)


async def _own_identity(session: ShortSession, data: DataFolder) -> Identity:
    published = public_keys(await session.client.query_keys([session.user_id]), session.user_id)
    kept = kept_identities(data, session.user_id)
    if not kept:
        raise NoIdentity(data.root)
    ours = next((identity for identity in kept if identity.public_keys == published), None)
    if ours is None:
        raise ForeignIdentity(session.user_id, data.identity)
    return ours


def _seeds(identity: Identity) -> dict[str, str]:
    keys = (identity.master, identity.self_signing, identity.user_signing)
    return {name: unpadded(key.seed) for name, key in zip(SEED_SECRETS, keys, strict=True)}


async def _new_version(
    http: HomeserverClient, data: DataFolder, identity: Identity, backup: BackupSecret
) -> None:
    api, before = KeyBackupApi(http), kept_backup(data, identity.user_id)
    present = await api.version()
    former = (*before.former, *(() if present is None else (str(present["version"]),)))
    keep_backup(data, identity.user_id, (backup.writer, *before.writers), former, is_in_use=False)
    await api.create_version(ALGORITHM, backup.writer.auth_data(identity))


async def renew_identity(http: HomeserverClient, data: DataFolder, *, is_lost: bool = False) -> None:
    """Replace the identity on the homeserver, ours or another's, by a new one. The bot must not run.

    ``is_lost``: it is done also where neither a former one nor a crypto store is; such a folder may not be the bot's.

    There is no way back to a former one: Synapse refuses a master key that it has had before (docs/upstream.md).
    After a crash at any point, the seeds of the identity on the homeserver are on the disk. The recovery key opens
    nothing afterwards, and the key backup is deleted: both may be in other hands too. That is done first, so that it is
    done wherever the new identity is: broken off before, the command is given once more.

    Raises:
        DataFolderError: the bot is running, or the folder cannot be written.
        NoIdentity: the folder may not be the bot's.
        IdentityUnreadable: the former one is damaged, and there is no crypto store.
        NoAccount: there is no password, or it is wrong.
        MatrixError: the homeserver does not answer or refuses.
    """
    with data.locked(BOTS_LOCK, "palabre renew-identity"), data.locked(LOCK, "palabre renew-identity"):
        user_id = UserId(kept_account(data)["user_id"])
        if not is_lost and not any(data.bot_crypto.glob("*")) and not kept_identities(data, user_id):
            raise NoIdentity(data.root)
        async with short_session(http, data) as session:
            identity = drawn_identity(data, user_id)
            body = identity.upload_body()
            await _withdraw(http, data, session)
            await session.client.upload_cross_signing_keys(body, user_id=user_id, password=session.password)
            keep(data, identity)


async def _withdraw(http: HomeserverClient, data: DataFolder, session: ShortSession) -> None:
    """Make the recovery key worthless: take away what it opens on the homeserver."""
    await ServerSecrets(session.client, session.user_id).withdraw()
    api = KeyBackupApi(http)
    # A deleted version makes way for the one before it. No more than a command broken off again and again leaves.
    for _ in range(100):
        version = await api.version()
        if version is None:
            break
        await api.delete_version(str(version["version"]))
    data.secret(FILE).unlink(missing_ok=True)
