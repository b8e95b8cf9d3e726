"""The homeserver port on a real Synapse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog

from matrix.admin import AdminApi, ServerAccount
from matrix.client_api import ClientApi
from matrix.errors import (
    Forbidden,
    HomeserverUnreachable,
    MatrixError,
    MatrixRequestError,
    NotFound,
    UnknownToken,
)
from matrix.http import HomeserverClient, Json
from matrix.ids import RoomAlias, RoomId, UserId, room_alias
from matrix.joined_rooms import JoinedRooms
from matrix.locator import LOCATOR_TYPE
from provisioning.errors import (
    AccountClosed,
    AccountMissing,
    AliasTaken,
    NotAdministrator,
    PersonBanned,
    ProvisionerOutside,
    SessionEnded,
)
from provisioning.observation import (
    chosen,
    doubled,
    is_replaced,
    key_if_ours,
    observe,
    our_rooms,
    sendable,
)
from provisioning.snapshot import Account, Closing, Content, OwnAccounts, Room, Snapshot, StateKey
from provisioning.topology import alias_localpart, creation_body

log = structlog.get_logger()

_PATIENCE = 15.0
"""Seconds for which a room that may still be being made is looked for."""
_PAUSE = 0.25
_ATTEMPTS = 4
_CONFLICT = 409
_ALIAS = "m.room.canonical_alias"

P = ParamSpec("P")
R = TypeVar("R")


def _explained(
    method: Callable[Concatenate[SynapseHomeserver, P], Awaitable[R]],
) -> Callable[Concatenate[SynapseHomeserver, P], Coroutine[Any, Any, R]]:
    """Say of a refusal that concerns the provisioner itself what is to be done."""

    @wraps(method)
    async def call(self: SynapseHomeserver, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await method(self, *args, **kwargs)
        except UnknownToken as error:
            raise SessionEnded from error
        except Forbidden as error:
            if error.what.startswith("admin/") and not await self.is_administrator():
                raise NotAdministrator(self.own.provisioner) from error
            raise

    return call


class SynapseHomeserver:
    """A real Synapse, through the provisioner's admin token.

    It remembers what it has seen, so a second snapshot asks only for what is new: keep it. ``patience`` is in
    seconds: for so long a room that is only half there is taken to be still in the making.
    """

    def __init__(
        self,
        http: HomeserverClient,
        own: OwnAccounts,
        *,
        community: str,
        server_name: str,
        patience: float = _PATIENCE,
    ) -> None:
        self.own = own
        self._url = http.url
        self._client = ClientApi(http)
        self._admin = AdminApi(http)
        self._joined = JoinedRooms(http, own.provisioner)
        self._community = community
        self._server_name = server_name
        self._patience = patience

    async def is_administrator(self) -> bool:
        """Whether the admin API may be used."""
        try:
            await self._admin.find_account(self.own.provisioner)
        except Forbidden:
            return False
        return True

    @_explained
    async def snapshot(self) -> Snapshot:
        """Return every account, and every room that is ours: two requests, and one for each doubled room."""
        states, accounts = await asyncio.gather(self._joined.rooms(), self._admin.accounts())
        found = our_rooms(states, self.own.provisioner, self._community)
        named = {}
        for key in doubled(found):
            room_id = await self._client.resolve_alias(self._alias(key))
            log.warning(
                "rooms_doubled", key=key, room_ids=[room.room_id for room in found[key]], alias=room_id
            )
            if room_id is not None:
                named[key] = room_id
        return Snapshot(
            accounts={account.user_id: _account(account) for account in accounts},
            rooms=observe(chosen(found, named), self.own),
            own=self.own,
        )

    def _alias(self, key: str) -> RoomAlias:
        return room_alias(alias_localpart(self._community, key), self._server_name)

    # --- rooms ----------------------------------------------------------------------------------------------------

    @_explained
    async def create_room(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        """Make a room, or find the one that an earlier call has made.

        The alias is taken before anything else of the room exists, so there are never two of one key.
        """
        body = creation_body(room, self._community, self.own, room_ids)
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                return await self._client.create_room(body)
            except MatrixError as error:
                if not _may_be_there(error):
                    raise
                found = await self._find(room)
                if found is not None:
                    return found
                if not attempts_left:
                    raise
            await asyncio.sleep(_PAUSE)
        raise AssertionError("unreachable: the last attempt raises")

    async def _find(self, room: Room) -> RoomId | None:
        """Return the room behind the alias once it has all its state, or what there is when patience ends.

        None where there is none, or no more: the alias is taken from a room of ours that is another one by now,
        and from one that its maker never entered (the homeserver died in the middle), which can't be mended.

        Raises:
            AliasTaken: the room behind the alias is not ours.
        """
        alias = self._alias(room.key)
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience
        while True:
            room_id = await self._client.resolve_alias(alias)
            if room_id is None:
                return None
            events = await self._events(room_id)
            key = self._key(events)
            if events and key is None:
                raise AliasTaken(alias)
            if events and (key != room.key or is_replaced(events)):
                await self._free(alias)
                return None
            if _is_complete(events):
                self._require_inside(room.key, events)
                return room_id
            if clock() > deadline:
                if ("m.room.member", self.own.provisioner) in events:
                    return room_id
                await self._free(alias)
                return None
            await asyncio.sleep(_PAUSE)

    def _require_inside(self, key: str, events: Mapping[StateKey, Json]) -> None:
        """Make sure that the provisioner has not left a room of ours: nobody there could do what it does."""
        own = events.get(("m.room.member", self.own.provisioner), {})
        if own.get("content", {}).get("membership") != "join":
            raise ProvisionerOutside(key, self.own.break_glass)

    async def _events(self, room_id: RoomId) -> Mapping[StateKey, Json]:
        return {(e["type"], e["state_key"]): e for e in await self._admin.room_state(room_id)}

    def _key(self, events: Mapping[StateKey, Json]) -> str | None:
        return key_if_ours(events, self.own.provisioner, self._community)

    async def _free(self, alias: RoomAlias) -> None:
        with suppress(NotFound):
            await self._client.delete_alias(alias)

    @_explained
    async def rename_room(self, room_id: RoomId, room: Room, *, was: str) -> None:
        """Give a room the alias, the canonical alias and the locator of its new key."""
        await self._point(self._alias(room.key), room_id)
        for event_type in (_ALIAS, LOCATOR_TYPE):
            await self._client.send_state(room_id, event_type, room.state[event_type, ""])
        if await self._client.resolve_alias(self._alias(was)) == room_id:
            await self._free(self._alias(was))

    async def _point(self, alias: RoomAlias, room_id: RoomId) -> None:
        """Make an alias lead to a room, away from any other room of ours.

        Raises:
            AliasTaken: it belongs to a room that is not ours.
        """
        there = await self._client.resolve_alias(alias)
        if there == room_id:
            return
        if there is not None:
            events = await self._events(there)
            if events and self._key(events) is None:
                raise AliasTaken(alias)
            await self._free(alias)
        try:
            await self._client.put_alias(alias, room_id)
        except MatrixRequestError as error:
            # Asked for twice, because the first answer was lost.
            if error.status != _CONFLICT or await self._client.resolve_alias(alias) != room_id:
                raise

    @_explained
    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event; Synapse accepts no canonical alias that does not lead there already."""
        alias = content.get("alias")
        if (event_type, state_key) == (_ALIAS, "") and isinstance(alias, str):
            await self._point(RoomAlias(alias), room_id)
        await self._client.send_state(room_id, event_type, sendable(event_type, content), state_key)

    # --- people ---------------------------------------------------------------------------------------------------

    @_explained
    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a user into a room by the admin API, which refuses who is in it already."""
        await self._open_account(user_id)
        try:
            await self._admin.join(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._stands(room_id, user_id) != "join":
                raise

    @_explained
    async def invite(self, room_id: RoomId, user_id: UserId) -> None:
        """Invite a user; whoever has invited them before stays their inviter."""
        await self._open_account(user_id)
        if await self._stands(room_id, user_id) in ("join", "invite"):
            return
        try:
            await self._client.invite(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._stands(room_id, user_id) not in ("join", "invite"):
                raise

    async def _open_account(self, user_id: UserId) -> None:
        """Look whether somebody can be in a room at all: Synapse invites closed accounts and such as never were."""
        account = await self._account(user_id)
        if account.deactivated:
            raise AccountClosed(user_id)

    async def _account(self, user_id: UserId) -> ServerAccount:
        account = await self._admin.find_account(user_id)
        if account is None:
            raise AccountMissing(user_id)
        return account

    async def _stands(self, room_id: RoomId, user_id: UserId) -> str | None:
        """Return a membership; a ban is an error, for whoever asks wanted them to be there."""
        membership = await self._client.membership(room_id, user_id)
        if membership == "ban":
            raise PersonBanned(user_id)
        return membership

    @_explained
    async def remove(self, room_id: RoomId, user_id: UserId) -> None:
        """Kick a user, which Synapse refuses for one who is not there."""
        try:
            await self._client.kick(room_id, user_id)
        except MatrixRequestError as error:
            if error.status != 403 or await self._client.membership(room_id, user_id) in ("join", "invite"):
                raise

    # --- accounts -------------------------------------------------------------------------------------------------

    @_explained
    async def create_account(self, account: Account, password: str) -> None:
        """Make a person's account."""
        await self._admin.create_account(account.user_id, password, account.name)

    @_explained
    async def close_account(self, user_id: UserId, closing: Closing) -> None:
        """Lock an account without devices, or deactivate it, which takes them and its rooms away by itself."""
        if (await self._account(user_id)).deactivated:
            return
        if closing is Closing.DEACTIVATE:
            await self._admin.deactivate(user_id)
            return
        # Before, so that being broken off leaves an account that is seen to be open; and after, because somebody
        # may have signed in meanwhile.
        await self._admin.delete_devices(user_id)
        await self._admin.lock(user_id)
        await self._admin.delete_devices(user_id)

    @_explained
    async def reopen_account(self, account: Account, password: str) -> None:
        """Unlock an account, or activate it; its name may have changed meanwhile."""
        there = await self._account(account.user_id)
        if there.deactivated or there.locked:
            await self._admin.reopen(account.user_id, password)
        if account.name and there.display_name != account.name:
            await self._admin.set_display_name(account.user_id, account.name)

    @_explained
    async def set_display_name(self, user_id: UserId, name: str) -> None:
        """Set the name in the profile; Synapse sends it into the rooms."""
        await self._account(user_id)
        await self._admin.set_display_name(user_id, name)

    @_explained
    async def set_password(self, user_id: UserId, password: str, *, sign_out: bool) -> None:
        """Reset a password by the admin API, which would open no closed account but leave it half so."""
        there = await self._account(user_id)
        if there.deactivated or there.locked:
            raise AccountClosed(user_id)
        await self._admin.set_password(user_id, password, sign_out=sign_out)

    async def opens(self, user_id: UserId, password: str) -> bool:
        """Try to sign in, as far as that leaves no trace. The admin token is not sent along."""
        async with HomeserverClient(self._url, attempts=1) as http:
            return await ClientApi(http).password_opens(user_id, password)


def _account(account: ServerAccount) -> Account:
    if account.deactivated:
        closed: Closing | None = Closing.DEACTIVATE
    else:
        closed = Closing.LOCK if account.locked else None
    return Account(account.user_id, account.display_name or "", closed=closed)


def _may_be_there(error: MatrixError) -> bool:
    """Whether a room may be there although createRoom failed: an earlier call made it, or this one did.

    Synapse says 409 where another call has taken the alias a moment ago.
    """
    if isinstance(error, MatrixRequestError):
        return error.errcode == "M_ROOM_IN_USE" or error.status == _CONFLICT or error.status >= 500
    return isinstance(error, HomeserverUnreachable)


def _is_complete(events: Mapping[StateKey, Json]) -> bool:
    """Whether createRoom has ended: it sends power levels and everything after them in one piece."""
    return ("m.room.power_levels", "") in events
