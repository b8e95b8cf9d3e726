"""Accounts on Synapse: how one is read and closed, and how it is taken from whoever has made it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from matrix.admin import AdminApi, ServerAccount
from matrix.client_api import ClientApi
from matrix.cross_signing import shown_devices, shown_master_key
from matrix.errors import NotFound
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from provisioning.account_faults import AccountsSeen
from provisioning.errors import StillInRooms
from provisioning.snapshot import Account, AccountClosure, OwnAccounts

_LOOKS_AT_ROOMS = 60
"""How often it is looked whether an account has left its rooms, before that is left to another call."""
_BETWEEN_LOOKS = 0.5
"""Seconds."""
_LOGIN_LASTS = timedelta(minutes=1)
"""How long the token is valid by which something is done in a user's name."""


def account_of(account: ServerAccount) -> Account:
    """Return an account as a snapshot has it."""
    if account.deactivated:
        closed: AccountClosure | None = AccountClosure.DEACTIVATE
    else:
        closed = AccountClosure.LOCK if account.locked else None
    return Account(account.user_id, account.display_name or "", closed=closed)


async def accounts_seen(admin: AdminApi, client: ClientApi, own: OwnAccounts) -> AccountsSeen:
    """Return what is to be seen of our own accounts, and who may use the admin API. Seven requests."""
    all_own = (own.provisioner, own.bot, own.break_glass)
    answer, administrators, rooms, break_glass = await asyncio.gather(
        client.query_keys(own.sealed),
        admin.administrators(),
        admin.memberships_of(own.break_glass),
        admin.find_account(own.break_glass),
    )
    digests = await asyncio.gather(*(admin.password_digest(account) for account in all_own))
    shown = {account: shown_master_key(answer, account) for account in own.sealed}
    passwords = dict(zip(all_own, digests, strict=True))
    return AccountsSeen(
        administrators=frozenset(administrators),
        devices={account: shown_devices(answer, account) for account in own.sealed},
        master_keys={account: key for account, key in shown.items() if key is not None},
        break_glass_rooms=tuple(sorted(room for room, stands in rooms.items() if stands == "join")),
        break_glass_absent=tuple(sorted(r for r, stands in rooms.items() if stands in ("invite", "leave"))),
        break_glass_used=None if break_glass is None else break_glass.last_seen,
        passwords={account: digest for account, digest in passwords.items() if digest is not None},
    )


async def has_recovery_key(admin: AdminApi, user_id: UserId) -> bool:
    """Whether somebody has a recovery key: only whether one is named, not which, is taken from their account data."""
    try:
        data = await admin.account_data(user_id)
    except NotFound:
        return False
    named = data.get("m.secret_storage.default_key")
    return isinstance(named, dict) and isinstance(named.get("key"), str)


async def close(admin: AdminApi, user_id: UserId, closing: AccountClosure) -> None:
    """Lock an account without devices, or deactivate it."""
    if closing is AccountClosure.DEACTIVATE:
        await admin.deactivate(user_id)
        return
    # Before, so that being broken off leaves an account that is seen to be open; and after, because somebody may have
    # signed in meanwhile.
    await admin.delete_devices(user_id)
    await admin.lock(user_id)
    await admin.delete_devices(user_id)


async def take_over(admin: AdminApi, client: ClientApi, user_id: UserId, password: str) -> str | None:
    """Deactivate and activate: that clears an account of more than a new password does.

    Return the master key that it shows still. Synapse takes it out of its rooms in the background, and would go on with
    that in those it is put into next.

    Raises:
        StillInRooms: it is deactivated, and in some rooms still.
    """
    await admin.deactivate(user_id)
    await until_in_no_room(admin, user_id)
    await admin.strip(user_id)
    await admin.reopen(user_id, password)
    return shown_master_key(await client.query_keys([user_id]), user_id)


async def until_in_no_room(admin: AdminApi, user_id: UserId) -> None:
    """Wait until a deactivated account is in no room. Raises StillInRooms where that takes too long."""
    for _ in range(_LOOKS_AT_ROOMS):
        if not await admin.rooms_of(user_id):
            return
        await asyncio.sleep(_BETWEEN_LOOKS)
    raise StillInRooms(user_id)


@asynccontextmanager
async def acting_as(url: str, admin: AdminApi, user_id: UserId) -> AsyncIterator[ClientApi]:
    """Give a client with a token of a user's that belongs to no device, until the block ends."""
    until = datetime.now(UTC) + _LOGIN_LASTS
    async with HomeserverClient(url, await admin.login_as(user_id, until=until)) as http:
        client = ClientApi(http)
        yield client
        await client.logout()


async def leave_as(url: str, admin: AdminApi, user_id: UserId, room_id: RoomId) -> None:
    """Leave a room in a user's name."""
    async with acting_as(url, admin, user_id) as client:
        await client.leave(room_id)


async def leave_as_locked(url: str, admin: AdminApi, user_id: UserId, room_id: RoomId) -> None:
    """Leave a room in the name of somebody whose account is locked, and is locked again afterwards."""
    # First, so that an account which a killed process leaves open is opened by nothing that its owner knows.
    await admin.set_password(user_id, secrets.token_urlsafe(48), sign_out=True)
    await admin.unlock(user_id)
    try:
        await leave_as(url, admin, user_id, room_id)
    finally:
        # Whatever becomes of it. Killed before, the next plan sees that the account is open.
        await admin.lock(user_id)
        await admin.delete_devices(user_id)
