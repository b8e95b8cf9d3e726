"""Who the bot is: its session, its device, its cross-signing keys, checked at each start.

The order matters. Seeds are on the disk before their public keys are uploaded; a new device id always comes with a
new crypto store and a store never outlives its device; the device is signed, and the signature verified as the
server gives it back, before anything is sent.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

from bots.encryption.cross_signing import (
    SEED_BYTES,
    USAGES,
    Identity,
    Json,
    SigningKey,
    public_key,
    signed_devices,
)
from bots.encryption.machine import Machine
from bots.errors import ForeignIdentity, IdentityRefused, NoAccount
from community.data_folder import DataFolder, read_private_json, write_private_json
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, UnknownToken
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, DeviceId, UserId

_DEVICE_NAME = "Palabre"
_SECRET = "bot.json"
_SEEDS = "cross-signing.json"


@dataclass(frozen=True)
class OpenDevice:
    """A signed-in, signed device, ready to speak. ``folder`` holds its files."""

    user_id: UserId
    device_id: DeviceId
    machine: Machine
    folder: Path


async def open_device(http: HomeserverClient, data: DataFolder) -> OpenDevice:
    """Sign in (again), open the device's crypto store, publish and sign its keys.

    The caller holds the lock on the crypto store. ``http`` is left with the session's token.

    Raises:
        NoAccount: there is no password, or it is wrong.
        ForeignIdentity: the account's cross-signing keys are not ours.
        IdentityRefused: the server did not take the signature.
        MatrixError: the homeserver does not answer or refuses.
    """
    client = ClientApi(http)
    secret = await _session(client, data)
    user_id, device_id = UserId(secret["user_id"]), DeviceId(secret["device_id"])
    identity = _identity(data.identity / _SEEDS, user_id)
    await _publish_identity(client, identity, data)
    machine = Machine(user_id, device_id, data.bot_crypto, secret["pickle_key"])
    if not machine.is_published:
        body = machine.keys_to_upload(0, fallback=True)
        machine.keys_uploaded(await client.upload_keys(body or {}))
    machine.use_signed_device_keys(await _sign(client, identity, device_id, machine))
    return OpenDevice(user_id, device_id, machine, data.bot_crypto)


async def _session(client: ClientApi, data: DataFolder) -> dict[str, str]:
    """Return the kept session where it still stands and its crypto store is there, else a new one."""
    path = data.secret(_SECRET)
    secret = read_private_json(path)
    if secret is None:
        raise NoAccount(path)
    device_id = secret.get("device_id")
    if device_id is not None and _store(data, device_id).exists() and await _stands(client, secret):
        return secret
    client.http.use_token(None)
    try:
        session = await client.login(UserId(secret["user_id"]), secret["password"], device_name=_DEVICE_NAME)
    except Forbidden as error:
        raise NoAccount(path) from error
    client.http.use_token(session.access_token)
    secret = {
        "user_id": secret["user_id"],
        "password": secret["password"],
        "device_id": session.device_id,
        "access_token": session.access_token,
        "pickle_key": base64.b64encode(os.urandom(32)).decode(),
    }
    write_private_json(path, secret)
    return secret


def _store(data: DataFolder, device_id: str) -> Path:
    return data.bot_crypto / f"{device_id}.db"


async def _stands(client: ClientApi, secret: dict[str, str]) -> bool:
    client.http.use_token(AccessToken(secret["access_token"]))
    try:
        return await client.whoami() == secret["user_id"]
    except UnknownToken:
        return False


def _identity(path: Path, user_id: UserId) -> Identity:
    """Return the identity kept in ``path``; one drawn and written now where there is none."""
    seeds = read_private_json(path)
    if seeds is None:
        drawn = {usage: base64.b64encode(os.urandom(SEED_BYTES)).decode() for usage in USAGES}
        seeds = {"user_id": user_id, **drawn}
        write_private_json(path, seeds)
    if seeds["user_id"] != user_id:
        raise ForeignIdentity(user_id, path.parent)
    keys = [SigningKey(base64.b64decode(seeds[usage])) for usage in USAGES]
    return Identity(user_id, *keys)


async def _publish_identity(client: ClientApi, identity: Identity, data: DataFolder) -> None:
    """Upload the public keys where the server has none; stop where it has others."""
    user_id = UserId(identity.user_id)
    answer = await client.query_keys([user_id])
    there = answer.get("master_keys", {}).get(user_id)
    if there is None:
        await client.upload_cross_signing_keys(identity.upload_body())
        return
    found = {
        usage: public_key(answer.get(f"{usage}_keys", {}).get(user_id), user_id=user_id, usage=usage)
        for usage in USAGES
    }
    ours = {
        "master": identity.master.public,
        "self_signing": identity.self_signing.public,
        "user_signing": identity.user_signing.public,
    }
    if found != ours:
        raise ForeignIdentity(user_id, data.identity)


async def _sign(client: ClientApi, identity: Identity, device_id: DeviceId, machine: Machine) -> Json:
    """Sign this device where that is not done, verify it, and return its keys with all signatures.

    What the server shows is compared with the keys of the crypto store: Synapse goes on showing an old signature
    over changed keys.
    """
    user_id = UserId(identity.user_id)
    for attempt in range(2):
        answer = await client.query_keys([user_id])
        keys = answer.get("device_keys", {}).get(user_id, {}).get(device_id, {})
        device = signed_devices(answer, user_id).get(device_id)
        own = {f"{name}:{device_id}": key for name, key in machine.identity_keys.items()}
        if keys.get("keys") != own:
            raise IdentityRefused(user_id)
        if device is not None:
            return {name: value for name, value in device.items() if name != "unsigned"}
        if attempt == 0:
            await client.upload_signatures({user_id: {device_id: identity.signed_device(keys)}})
    raise IdentityRefused(user_id)
