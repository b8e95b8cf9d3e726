"""Examines the bot's device for ``palabre doctor``, without signing in, uploading, claiming or locking anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bots.encryption.cross_signing import Identity
from bots.encryption.crypto_file import is_readable
from bots.encryption.devices import devices_of
from bots.encryption.identity import LOCK, public_keys, store_path
from bots.encryption.key_backup.kept_writers import FILE
from bots.encryption.protocol import ONE_TIME_KEY
from bots.encryption.seeds import RECOVERY, kept_identities
from bots.errors import ForeignIdentity, IdentityUnreadable
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.errors import UnknownToken
from matrix.ids import UserId


class Seeds(StrEnum):
    """The state of the seeds of the bot's identity on the disk."""

    KEPT = "kept"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class Keys(StrEnum):
    """Whether the account's cross-signing keys on the homeserver are ours."""

    OURS = "ours"
    FOREIGN = "foreign"
    NONE = "none"


class Signature(StrEnum):
    """Whether the bot's device on the homeserver is signed by our identity."""

    VALID = "valid"
    NOT_SIGNED = "not signed"
    NOT_THERE = "not there"


class Crypto(StrEnum):
    """The state of the crypto store's file."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What the data folder has of the device. ``holder``: the process that has the crypto store locked.

    ``recovery_key``: whether a recovery key was made, as far as this folder knows.
    """

    seeds: Seeds
    recovery_file: bool
    crypto: Crypto
    holder: str | None
    recovery_key: bool = False


@dataclass(frozen=True, slots=True)
class DeviceOnServer:
    """What the homeserver has of the device.

    ``keys`` is None where the session has ended, so that it cannot be asked.
    """

    keys: Keys | None
    signature: Signature
    one_time_keys: int | None


def on_disk(data: DataFolder, user_id: str, device_id: str | None) -> OnDisk:
    """Return what the data folder has of the bot's device."""
    kept = _kept(data, user_id)
    return OnDisk(
        seeds=kept if isinstance(kept, Seeds) else Seeds.KEPT,
        recovery_file=(data.identity / RECOVERY).exists(),
        crypto=_crypto(store_path(data, device_id)) if device_id is not None else Crypto.MISSING,
        holder=data.holder(LOCK),
        recovery_key=data.secret(FILE).exists(),
    )


def _kept(data: DataFolder, user_id: str) -> list[Identity] | Seeds:
    try:
        return kept_identities(data, user_id) or Seeds.MISSING
    except (IdentityUnreadable, ForeignIdentity):
        return Seeds.UNREADABLE


def _crypto(path: Path) -> Crypto:
    if not path.exists():
        return Crypto.MISSING
    return Crypto.WHOLE if is_readable(path) else Crypto.DAMAGED


async def on_server(client: ClientApi, data: DataFolder, user_id: UserId, device_id: str) -> DeviceOnServer:
    """Ask the homeserver with the bot's own token; nothing is changed there.

    Raises:
        MatrixError: the homeserver does not answer or refuses.
    """
    try:
        answer = await client.query_keys([user_id])
        # An upload without keys returns the number of one-time keys and changes nothing.
        left = (await client.upload_keys({})).get(ONE_TIME_KEY, 0)
    except UnknownToken:
        return DeviceOnServer(None, Signature.NOT_THERE, None)
    shown = public_keys(answer, user_id)
    kept = _kept(data, user_id)
    ours = [identity.public_keys for identity in kept] if isinstance(kept, list) else []
    keys = Keys.NONE if shown["master"] is None else Keys.OURS if shown in ours else Keys.FOREIGN
    device = next((d for d in devices_of(answer, user_id).devices if d.device_id == device_id), None)
    if device is None:
        return DeviceOnServer(keys, Signature.NOT_THERE, left)
    return DeviceOnServer(keys, Signature.VALID if device.signed else Signature.NOT_SIGNED, left)
