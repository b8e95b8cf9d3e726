"""Sealed accounts: the provisioner and the break-glass account have an identity that nobody can sign with.

Their cross-signing keys are made here in memory, published, and forgotten: no device of theirs can ever be signed with
them. Whoever wants a signed device must publish other keys, which needs the account's password and is seen, since the
public master key is noted in the data folder. That is an alarm and no lock: clients go on giving keys to a changed
identity, and ordinary ones to an unsigned device too. The lock is that these accounts are in no safe room.

A key is noted before it is published, so being killed at any moment loses nothing: what the homeserver shows is
compared with what was noted.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from community.accounts.identity_notes import IdentityNotes
from community.description.data_folder import DataFolder
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.cross_signing import SEED_BYTES, Identity, SigningKey, shown_master_key
from matrix.errors import NeedsPassword
from matrix.http import HomeserverClient
from matrix.ids import UserId
from provisioning.snapshot import OwnAccounts

LOCK = "own-accounts.lock"
"""Held by whoever changes our own accounts' identities, passwords or sessions."""
_LOGIN_LASTS = timedelta(minutes=1)


async def seal_accounts(http: HomeserverClient, own: OwnAccounts, data: DataFolder) -> None:
    """Publish an identity for each account that is to be sealed and is not; ``http`` has the provisioner's token.

    An identity that is there and not ours is left alone: `provisioning.account_faults` finds it.

    Raises:
        MatrixError: the homeserver does not answer or refuses.
        DataFolderError: another process does the same at this moment, or the disk is full.
    """
    notes = IdentityNotes(data)
    open_ones = [user_id for user_id in own.sealed if not notes.is_settled(user_id)]
    if not open_ones:
        return
    with data.locked(LOCK, "palabre"):
        for user_id in open_ones:
            await _seal(http, user_id, own, notes)


async def _seal(http: HomeserverClient, user_id: UserId, own: OwnAccounts, notes: IdentityNotes) -> None:
    if await confirm(http, user_id, notes):
        return
    account = await AdminApi(http).find_account(user_id)
    if account is None or account.deactivated or account.locked:
        return
    identity = drawn_identity(user_id)
    notes.begin(user_id, identity.public_keys["master"])
    async with acting_as(http, user_id, own) as client:
        # Refused where keys that an earlier, killed process had sent have come in between.
        with suppress(NeedsPassword):
            await client.upload_cross_signing_keys(identity.upload_body())
    await confirm(http, user_id, notes)


async def confirm(http: HomeserverClient, user_id: UserId, notes: IdentityNotes) -> bool:
    """Note the key that the homeserver shows, if it is ours; return whether it shows one at all."""
    shown = shown_master_key(await ClientApi(http).query_keys([user_id]), user_id)
    if shown is not None and shown in notes.keys(user_id):
        notes.confirm(user_id, shown)
    return shown is not None


def drawn_identity(user_id: UserId) -> Identity:
    """Return a new identity; its private halves are in this process's memory alone."""
    master, self_signing, user_signing = (SigningKey(secrets.token_bytes(SEED_BYTES)) for _ in range(3))
    return Identity(user_id, master, self_signing, user_signing)


@asynccontextmanager
async def acting_as(http: HomeserverClient, user_id: UserId, own: OwnAccounts) -> AsyncIterator[ClientApi]:
    """Give the API as an account of ours; a token made for that belongs to no device, and is ended."""
    if user_id == own.provisioner:
        yield ClientApi(http)
        return
    token = await AdminApi(http).login_as(user_id, until=datetime.now(UTC) + _LOGIN_LASTS)
    async with HomeserverClient(http.url, token) as other:
        yield ClientApi(other)
        await ClientApi(other).logout()
