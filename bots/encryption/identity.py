"""The bot's session, device and cross-signing identity, checked at each start.

The order matters. The seeds are on the disk before their public keys are uploaded. A new device id always has a new
crypto store, and a store is never used for another device. The device is signed, and the signature verified as the
server returns it, before anything is sent.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bots.encryption.cross_signing import USAGES, Identity, Json, public_key
from bots.encryption.crypto_file import is_readable
from bots.encryption.devices import devices_of
from bots.encryption.generation import later_generation, raise_generation
from bots.encryption.machine import Machine
from bots.encryption.seeds import drawn_identity, keep, kept_identities
from bots.encryption.short_session import ACCOUNT, kept_account, login
from bots.encryption.store import CryptoStore
from bots.encryption.worker import Worker
from bots.errors import (
    CryptoStoreDamaged,
    CryptoStoreForeign,
    ForeignIdentity,
    IdentityRefused,
)
from community.description.data_folder import BOTS_LOCK, DataFolder, write_private_json
from matrix.client_api import ClientApi
from matrix.errors import UnknownToken
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, DeviceId, UserId

log = structlog.get_logger()

LOCK = BOTS_LOCK


@dataclass(frozen=True)
class OpenDevice:
    """A signed-in and signed device. Its machine may only be used in the thread of ``worker``.

    No other process can open the device until `close` is called.
    """

    user_id: UserId
    device_id: DeviceId
    machine: Machine
    worker: Worker
    identity: Identity
    _data: DataFolder
    _resources: ExitStack

    async def require_own_identity(self, client: ClientApi) -> None:
        """Make sure that the account's cross-signing keys are still ours.

        Raises:
            ForeignIdentity: somebody who has the account's password, or the homeserver, has replaced them.
            MatrixError: the homeserver does not answer or refuses.
        """
        if public_keys(await client.query_keys([self.user_id]), self.user_id) != self.identity.public_keys:
            raise ForeignIdentity(self.user_id, self._data.identity)

    async def sign(self, client: ClientApi) -> None:
        """Make sure that the homeserver shows the device with its keys and our signature.

        Raises:
            IdentityRefused: it shows others, or does not take the signature.
            MatrixError: the homeserver does not answer or refuses.
        """
        await _sign(client, self.identity, self.machine)

    async def close(self) -> None:
        """Close the crypto store and release its lock."""
        await self.worker.run(self.machine.store.close)
        self.worker.close()
        self._resources.close()


async def open_device(
    http: HomeserverClient, data: DataFolder, *, signed_only: bool = True, pinned_only: bool = False
) -> OpenDevice:
    """Sign in (again), open the device's crypto store, publish and sign its keys.

    ``http`` is left with the session's token. ``signed_only``, ``pinned_only``: see `Machine`.

    Raises:
        DataFolderError: another process has the crypto store open.
        NoAccount: there is no password, or it is wrong.
        ForeignIdentity: the account's cross-signing keys are not ours.
        IdentityUnreadable: our seeds cannot be opened.
        IdentityRefused: the server did not take the signature.
        CryptoStoreUnwritable: the disk is full.
        MatrixError: the homeserver does not answer or refuses.
    """
    with ExitStack() as resources:
        resources.enter_context(data.locked(LOCK, "palabre bots"))
        worker = Worker()
        resources.callback(worker.close)
        machine, identity = await _open(ClientApi(http), data, worker, signed_only=signed_only)
        machine.devices.pinned_only = pinned_only
        return OpenDevice(
            machine.own.user_id, machine.own.device_id, machine, worker, identity, data, resources.pop_all()
        )


async def _open(
    client: ClientApi, data: DataFolder, worker: Worker, *, signed_only: bool
) -> tuple[Machine, Identity]:
    secret = await _session(client, data)
    user_id = UserId(secret["user_id"])
    identity = await _published_identity(client, data, user_id)
    store = await _opened_store(client, data, worker, secret)
    if store is None:
        await client.logout()
        secret = await _sign_in(client, data, secret)
        store = await worker.run(_store_of, data, secret, client.http.time)
    try:
        machine = Machine(store, user_id, DeviceId(secret["device_id"]), signed_only)
        if not machine.own.is_published:
            body = await worker.run(machine.own.to_upload, 0, fallback=True, now=_now())
            await client.upload_keys(body or {})
            await worker.run(machine.own.uploaded, _now())
        machine.own.use_signed_device_keys(await _sign(client, identity, machine))
        machine.own.master = identity.master.public
        await raise_generation(client, worker, store, user_id, machine.own.device_id)
    except BaseException:
        await worker.run(store.close)
        raise
    return machine, identity


def _store_of(data: DataFolder, secret: Mapping[str, str], server: datetime | None) -> CryptoStore:
    path = store_path(data, secret["device_id"])
    return CryptoStore.open(
        path, secret["user_id"], secret["device_id"], secret["pickle_key"], _now(), server
    )


async def _opened_store(
    client: ClientApi, data: DataFolder, worker: Worker, secret: Mapping[str, str]
) -> CryptoStore | None:
    """Return the device's crypto store; None where it cannot be used for it any more and was moved aside."""
    try:
        store = await worker.run(_store_of, data, secret, client.http.time)
    except (CryptoStoreDamaged, CryptoStoreForeign) as error:
        _set_aside(store_path(data, secret["device_id"]), str(error.sentence))
        return None
    user_id, device_id = UserId(secret["user_id"]), DeviceId(secret["device_id"])
    try:
        generation = await worker.run(lambda: store.generation)
        later = await later_generation(client, user_id, device_id, generation)
        if later is not None:
            await worker.run(store.note_put_back, later, _now())
    except BaseException:
        await worker.run(store.close)
        raise
    return store


def _now() -> datetime:
    return datetime.now(UTC)


async def _session(client: ClientApi, data: DataFolder) -> dict[str, str]:
    """Return the stored session if it is still valid and its crypto store intact, else sign in anew."""
    secret = kept_account(data)
    if "device_id" in secret:
        stands = await _stands(client, secret)
        if stands and _is_whole(store_path(data, secret["device_id"])):
            return secret
        if stands:
            # The old device's keys are lost; while the server lists it, others would still encrypt for it.
            await client.logout()
    return await _sign_in(client, data, secret)


async def _sign_in(client: ClientApi, data: DataFolder, secret: Mapping[str, str]) -> dict[str, str]:
    """Sign in as a new device, and store the session."""
    session = await login(client, data, secret)
    client.http.use_token(session.access_token)
    kept = {
        "user_id": secret["user_id"],
        "password": secret["password"],
        "device_id": session.device_id,
        "access_token": session.access_token,
        "pickle_key": base64.b64encode(os.urandom(32)).decode(),
    }
    write_private_json(data.secret(ACCOUNT), kept)
    return kept


def store_path(data: DataFolder, device_id: str) -> Path:
    """Return the file of a device's crypto store."""
    return data.bot_crypto / f"{device_id}.sqlite"


def _is_whole(path: Path) -> bool:
    """Whether a crypto store exists and can be read; a damaged one is moved aside."""
    if not path.exists():
        return False
    if is_readable(path):
        return True
    _set_aside(path, "damaged")
    return False


def _set_aside(path: Path, reason: str) -> None:
    """Move a store with its journal out of the way."""
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        if each.exists():
            each.replace(each.with_name(each.name + ".aside"))
    log.warning("crypto_store_set_aside", path=str(path), reason=reason)


async def _stands(client: ClientApi, secret: Mapping[str, str]) -> bool:
    client.http.use_token(AccessToken(secret["access_token"]))
    try:
        return await client.whoami() == secret["user_id"]
    except UnknownToken:
        return False


async def _published_identity(client: ClientApi, data: DataFolder, user_id: UserId) -> Identity:
    """Return the identity whose seeds are on the disk and whose keys are on the server.

    A new one is made only where neither has any; its seeds are written before its public keys are uploaded.
    """
    answer = await client.query_keys([user_id])
    kept = kept_identities(data, user_id)
    if answer.get("master_keys", {}).get(user_id) is None:
        identity = kept[0] if kept else drawn_identity(data, user_id)
        await client.upload_cross_signing_keys(identity.upload_body())
        keep(data, identity)
        return identity
    found = public_keys(answer, user_id)
    ours = next((identity for identity in kept if identity.public_keys == found), None)
    if ours is None:
        raise ForeignIdentity(user_id, data.identity)
    keep(data, ours)
    return ours


def public_keys(answer: Json, user_id: UserId) -> dict[str, str | None]:
    """Return the account's cross-signing keys, as the answer of ``/keys/query`` shows them, by usage."""
    return {
        usage: public_key(answer.get(f"{usage}_keys", {}).get(user_id), user_id=user_id, usage=usage)
        for usage in USAGES
    }


async def _sign(client: ClientApi, identity: Identity, machine: Machine) -> Json:
    """Sign this device if it is not signed, verify the signature, and return the device keys with all signatures.

    The keys that the server shows are compared with those of the crypto store: Synapse still shows an old signature
    after the keys have changed.
    """
    user_id, device_id = UserId(identity.user_id), machine.own.device_id
    for attempt in range(2):
        answer = await client.query_keys([user_id])
        keys = answer.get("device_keys", {}).get(user_id, {}).get(device_id, {})
        if keys.get("keys") != {
            f"{name}:{device_id}": key for name, key in machine.own.identity_keys.items()
        }:
            raise IdentityRefused(user_id)
        if any(d.device_id == device_id and d.signed for d in devices_of(answer, user_id).devices):
            return {name: value for name, value in keys.items() if name != "unsigned"}
        if attempt == 0:
            await client.upload_signatures({user_id: {device_id: identity.signed_device(keys)}})
    raise IdentityRefused(user_id)
