"""Looking at the bot's device without being it: nothing is signed in, uploaded, claimed or locked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bots.encryption.cross_signing import Identity
from bots.encryption.crypto_file import is_readable
from bots.encryption.devices import devices_of
from bots.encryption.identity import LOCK, public_keys, store_path
from bots.encryption.protocol import ONE_TIME_KEY
from bots.encryption.seeds import RECOVERY, kept_identities
from bots.errors import ForeignIdentity, IdentityUnreadable
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.errors import UnknownToken
from matrix.ids import UserId


class Seeds(StrEnum):
    """What is there of the seeds of the bot's identity."""

    KEPT = "kept"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class Keys(StrEnum):
    """The account's cross-signing keys on the homeserver, compared with ours."""

    OURS = "ours"
    FOREIGN = "foreign"
    NONE = "none"


class Signature(StrEnum):
    """The bot's device on the homeserver."""

    VALID = "valid"
    NOT_SIGNED = "not signed"
    NOT_THERE = "not there"


class Crypto(StrEnum):
    """The crypto store's file."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What the data folder has. ``holder`` is who holds the crypto store's lock."""

    seeds: Seeds
    recovery_file: bool
    crypto: Crypto
    holder: str | None


@dataclass(frozen=True, slots=True)
class DeviceOnServer:
    """What the homeserver says of the device; ``keys`` are None where the session has ended and nobody can ask."""

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
        # Without keys, an upload only tells how many there are.
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
