"""The homeserver port on a real Synapse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable, MatrixRequestError, NotFound, RoomInUse
from matrix.http import HomeserverClient, Json
from matrix.ids import RoomAlias, RoomId, UserId, room_alias
from matrix.sliding_sync import RoomState, joined_rooms_state
from provisioning.errors import AliasTaken
from provisioning.observation import key_if_ours, observe, our_rooms
from provisioning.snapshot import Account, Content, OwnAccounts, Room, Snapshot, StateKey
from provisioning.topology import alias_localpart, creation_body

log = structlog.get_logger()

_PATIENCE = 15.0
"""Seconds for which a room that may still be being made is looked for."""
_PAUSE = 0.25
_ATTEMPTS = 3


class SynapseHomeserver:
    """A real Synapse, through the provisioner's admin token.

    ``patience`` is in seconds: for so long a room that is only half there is taken to be still in the making.
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
        self._http = http
        self._client = ClientApi(http)
        self._admin = AdminApi(http)
        self._own = own
        self._community = community
        self._server_name = server_name
        self._patience = patience

    async def snapshot(self) -> Snapshot:
        """Return every account, and every room that is ours: two requests (and one per thousand accounts)."""
        states, accounts = await asyncio.gather(joined_rooms_state(self._http), self._admin.accounts())
        found = our_rooms(states, self._own.provisioner, self._community)
        rooms = {key: await self._the_one(key, same) for key, same in found.items()}
        return Snapshot(
            accounts={
                a.user_id: Account(a.user_id, a.display_name or "", closed=a.deactivated or a.locked)
                for a in accounts
            },
            rooms=observe(rooms),
        )

    async def _the_one(self, key: str, rooms: list[RoomState]) -> RoomState:
        """Return the room of a key. Where there are two, the alias says which; the other is left alone."""
        if len(rooms) == 1:
            return rooms[0]
        named = await self._client.resolve_alias(self._alias(key))
        log.warning("rooms_doubled", key=key, room_ids=[room.room_id for room in rooms], used=named)
        return next((room for room in rooms if room.room_id == named), rooms[0])

    def _alias(self, key: str) -> RoomAlias:
        return room_alias(alias_localpart(self._community, key), self._server_name)

    async def create_account(self, account: Account, password: str) -> None:
        """Make a person's account."""
        await self._admin.create_account(account.user_id, password, account.name)

    async def create_room(self, room: Room, room_ids: Mapping[str, RoomId]) -> RoomId:
        """Make a room, or find the one that an earlier call has made.

        The alias is taken before anything else of the room exists, so there are never two of one key.
        """
        body = creation_body(room, self._community, self._own, room_ids)
        for _ in range(_ATTEMPTS):
            try:
                return await self._client.create_room(body)
            except (RoomInUse, HomeserverUnreachable):
                # Either an earlier call made it and its answer was lost, or this one may have.
                found = await self._find(room)
            except MatrixRequestError as error:
                if error.status < 500:
                    raise
                found = await self._find(room)
            if found is not None:
                return found
        return await self._client.create_room(body)

    async def _find(self, room: Room) -> RoomId | None:
        """Return the room behind the alias once it has all its state, or what there is when patience ends.

        A room that its maker never entered can't be mended (the homeserver died in the middle): its alias is
        taken away, and None returned, so that it is made again.

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
            events = _by_key(await self._admin.room_state(room_id))
            if events and key_if_ours(events, self._own.provisioner, self._community) != room.key:
                raise AliasTaken(alias)
            if _is_complete(events):
                return room_id
            if clock() > deadline:
                return await self._mendable(room_id, alias, events)
            await asyncio.sleep(_PAUSE)

    async def _mendable(
        self, room_id: RoomId, alias: RoomAlias, events: Mapping[StateKey, Json]
    ) -> RoomId | None:
        """Return a room that the next plan completes; free the alias of one that nobody is in."""
        if ("m.room.member", self._own.provisioner) in events:
            return room_id
        with suppress(NotFound):
            await self._client.delete_alias(alias)
        return None

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event."""
        await self._client.send_state(room_id, event_type, content, state_key)

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a user into a room by the admin API."""
        try:
            await self._admin.join(room_id, user_id)
        except Forbidden:
            # Synapse refuses who is in the room already: an earlier call may have lost its answer.
            if await self._client.membership(room_id, user_id) != "join":
                raise


def _by_key(events: list[Json]) -> dict[StateKey, Json]:
    return {(event["type"], event["state_key"]): event for event in events}


def _is_complete(events: Mapping[StateKey, Json]) -> bool:
    """Whether createRoom has ended: it sends power levels and everything after them in one piece."""
    return ("m.room.power_levels", "") in events
