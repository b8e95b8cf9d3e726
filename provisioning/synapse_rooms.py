"""Making rooms on a Synapse so that none is made twice, and their aliases and state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable, MatrixError, MatrixRequestError, NotFound
from matrix.http import Json
from matrix.ids import RoomAlias, RoomId, room_alias
from matrix.locator import LOCATOR_TYPE
from provisioning.creation import creation_body
from provisioning.drawing import Drawing, draw
from provisioning.errors import AliasTaken, ProvisionerOutside
from provisioning.observation import is_inhabited, is_replaced, key_if_ours, sendable
from provisioning.snapshot import AVATAR, Content, OwnAccounts, Room, StateKey
from provisioning.synapse_accounts import acting_as
from provisioning.topology import alias_localpart

PATIENCE = 15.0
"""Seconds for which a room that may still be being made is looked for."""
_PAUSE = 0.25
_ATTEMPTS = 4
_CONFLICT = 409
_ALIAS = "m.room.canonical_alias"
_ALIAS_KEY: StateKey = (_ALIAS, "")


class SynapseRooms:
    """The rooms of one community. ``patience`` is in seconds."""

    def __init__(
        self,
        client: ClientApi,
        admin: AdminApi,
        own: OwnAccounts,
        *,
        community: str,
        server_name: str,
        patience: float,
    ) -> None:
        self._client = client
        self._admin = admin
        self._own = own
        self._community = community
        self._server_name = server_name
        self._patience = patience
        self._pictures: dict[Drawing, str] = {}
        """Where the pictures are that were uploaded."""

    def alias(self, key: str) -> RoomAlias:
        """Return the alias of the room with a key."""
        return room_alias(alias_localpart(self._community, key), self._server_name)

    async def create(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        """Make a room, or find the one that an earlier call has made.

        The alias is taken before anything else of the room exists, so there are never two of one key.
        """
        room_id = await self._made(room, room_ids)
        if _ALIAS_KEY not in room.state:
            await self.hide(room_id)
        return room_id

    async def _made(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        picture = None if room.drawing is None else await self._picture(room.drawing)
        body = creation_body(room, self._community, self._own, room_ids, picture)
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

    async def _picture(self, drawing: Drawing) -> str:
        """Return where a picture is, which is uploaded the first time that this process needs it."""
        if drawing not in self._pictures:
            self._pictures[drawing] = await self._client.upload_media(draw(drawing), "image/png")
        return self._pictures[drawing]

    async def set_picture(self, room_id: RoomId, drawing: Drawing) -> None:
        """Give a room a picture."""
        await self._client.send_state(room_id, AVATAR, {"url": await self._picture(drawing)})

    async def _find(self, room: Room) -> RoomId | None:
        """Return the room behind the alias once it has all its state, or what there is when patience ends.

        None where there is none, or no more: the alias is taken from a room of ours that is another one by now,
        and from one that its maker never entered (the homeserver died in the middle), which can't be mended.

        Raises:
            AliasTaken: the room behind the alias is not ours.
        """
        alias = self.alias(room.key)
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience
        while True:
            room_id = await self._client.resolve_alias(alias)
            if room_id is None:
                return None
            events = await self.events(room_id)
            key = self._key(events)
            if events and key is None:
                raise AliasTaken(alias)
            if events and (key != room.key or is_replaced(events)):
                await self._free(alias)
                return None
            if _is_complete(events):
                if not is_inhabited(events):
                    # Nobody can come into it any more, nor read what was said there.
                    await self._free(alias)
                    return None
                self._require_inside(room.key, events)
                return room_id
            if clock() > deadline:
                if ("m.room.member", self._own.provisioner) in events:
                    return room_id
                await self._free(alias)
                return None
            await asyncio.sleep(_PAUSE)

    def _require_inside(self, key: str, events: Mapping[StateKey, Json]) -> None:
        """Make sure that the provisioner has not left a room of ours: nobody there could do what it does."""
        own = events.get(("m.room.member", self._own.provisioner), {})
        if own.get("content", {}).get("membership") != "join":
            raise ProvisionerOutside(key, self._own.provisioner)

    async def come_back(self, room_id: RoomId, key: str, url: str) -> None:
        """Join a room that the provisioner has left, invited by the bot where it must be invited.

        Raises:
            ProvisionerOutside: it may not come in, and the bot is not there or may not invite.
        """
        with suppress(Forbidden):
            await self._client.join(room_id)
            return
        if room_id not in await self._admin.rooms_of(self._own.bot):
            raise ProvisionerOutside(key, self._own.provisioner)
        try:
            async with acting_as(url, self._admin, self._own.bot) as bot:
                await bot.invite(room_id, self._own.provisioner)
        except Forbidden as error:
            raise ProvisionerOutside(key, self._own.provisioner) from error
        await self._client.join(room_id)

    async def events(self, room_id: RoomId) -> Mapping[StateKey, Json]:
        """Return a room's state as an administrator sees it, whoever is in it; nothing where there is none."""
        return {(e["type"], e["state_key"]): e for e in await self._admin.room_state(room_id)}

    def _key(self, events: Mapping[StateKey, Json]) -> str | None:
        return key_if_ours(events, self._own.provisioner, self._community)

    async def hide(self, room_id: RoomId) -> None:
        """Take every alias of ours away from a room; Synapse empties its canonical alias by itself."""
        for alias in await self._client.local_aliases(room_id):
            await self._free(alias)

    async def _free(self, alias: RoomAlias) -> None:
        with suppress(NotFound):
            await self._client.delete_alias(alias)

    async def rename(self, room_id: RoomId, room: Room, *, was: str) -> None:
        """Give a room the alias, the canonical alias and the locator of its new key."""
        if _ALIAS_KEY not in room.state:
            await self.hide(room_id)
            await self._client.send_state(room_id, LOCATOR_TYPE, room.state[LOCATOR_TYPE, ""])
            return
        await self._point(self.alias(room.key), room_id)
        for event_type in (_ALIAS, LOCATOR_TYPE):
            await self._client.send_state(room_id, event_type, room.state[event_type, ""])
        if await self._client.resolve_alias(self.alias(was)) == room_id:
            await self._free(self.alias(was))

    async def _point(self, alias: RoomAlias, room_id: RoomId) -> None:
        """Make an alias lead to a room, away from any other room of ours.

        Raises:
            AliasTaken: it belongs to a room that is not ours.
        """
        there = await self._client.resolve_alias(alias)
        if there == room_id:
            return
        if there is not None:
            events = await self.events(there)
            if events and self._key(events) is None:
                raise AliasTaken(alias)
            await self._free(alias)
        try:
            await self._client.put_alias(alias, room_id)
        except MatrixRequestError as error:
            # Asked for twice, because the first answer was lost.
            if error.status != _CONFLICT or await self._client.resolve_alias(alias) != room_id:
                raise

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event; Synapse accepts no canonical alias that does not lead there already."""
        alias = content.get("alias")
        if (event_type, state_key) == _ALIAS_KEY:
            if isinstance(alias, str):
                await self._point(RoomAlias(alias), room_id)
            else:
                await self.hide(room_id)
        await self._client.send_state(room_id, event_type, sendable(event_type, content), state_key)


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
