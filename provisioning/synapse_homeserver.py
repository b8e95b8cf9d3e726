"""The homeserver port on a real Synapse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from community.rooms import ROOT_SPACE
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable, NotFound, RoomInUse
from matrix.http import HomeserverClient, Json
from matrix.ids import RoomId, UserId, room_alias
from matrix.locator import LOCATOR_TYPE, origin_if_ours
from matrix.sliding_sync import RoomState, joined_rooms_state
from provisioning.errors import AliasTaken
from provisioning.snapshot import Account, Content, Membership, Room, Snapshot, StateKey
from provisioning.topology import ALLOW_ROOT, OwnAccounts, creation_body

OWNED_STATE = (
    "m.room.name",
    "m.room.topic",
    "m.room.power_levels",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.encryption",
    LOCATOR_TYPE,
)
"""The state that Palabre keeps as described; any other is left alone."""

_MEMBERSHIPS = {
    "join": Membership.JOINED,
    "invite": Membership.INVITED,
    "leave": Membership.LEFT,
    "ban": Membership.LEFT,
}
_ALIAS_PATIENCE = 30
"""How often, and `_ALIAS_PAUSE` seconds apart, a room that is being made is looked for."""
_ALIAS_PAUSE = 0.5


class SynapseHomeserver:
    """A real Synapse, through the provisioner's admin token."""

    def __init__(self, http: HomeserverClient, own: OwnAccounts, *, community: str, server_name: str) -> None:
        self._http = http
        self._client = ClientApi(http)
        self._admin = AdminApi(http)
        self._own = own
        self._community = community
        self._server_name = server_name

    async def snapshot(self) -> Snapshot:
        """Return every account, and every room that is ours: two requests (and one per thousand accounts)."""
        states, accounts = await asyncio.gather(joined_rooms_state(self._http), self._admin.accounts())
        ours = {state.room_id: state for state in states if self._key(state.events) is not None}
        keys = {room_id: self._key(state.events) or "" for room_id, state in ours.items()}
        rooms = [_room(state, keys) for state in ours.values()]
        return Snapshot(
            accounts={a.user_id: Account(a.user_id, a.display_name or "") for a in accounts},
            rooms={room.key: room for room in sorted(rooms, key=lambda room: room.key)},
        )

    def _key(self, events: Mapping[StateKey, Json]) -> str | None:
        create = events.get(("m.room.create", ""), {})
        origin = origin_if_ours(
            create.get("sender", ""),
            create.get("content", {}),
            provisioner=self._own.provisioner,
            community=self._community,
        )
        return None if origin is None else origin.key

    async def create_account(self, account: Account, password: str) -> None:
        """Make a person's account."""
        await self._admin.create_account(account.user_id, password, account.name)

    async def create_room(self, room: Room, room_ids: dict[str, str]) -> RoomId:
        """Make a room, or find the one that an earlier call has made."""
        body = creation_body(room, self._community, self._own, server=self._server_name, room_ids=room_ids)
        try:
            return await self._client.create_room(body)
        except (RoomInUse, HomeserverUnreachable):
            # Either an earlier call made it and its answer was lost, or this one may have.
            return await self._find_or_create(room, body)

    async def _find_or_create(self, room: Room, body: dict[str, Any]) -> RoomId:
        """Poll the alias until the room behind it has all its state; make the room where there is none.

        A room of ours that stays incomplete (the homeserver died in the middle of making it) is returned as it
        is: the next plan completes it.
        """
        alias = room_alias(room.alias_localpart, self._server_name)
        for _ in range(_ALIAS_PATIENCE):
            room_id = await self._client.resolve_alias(alias)
            if room_id is None:
                try:
                    return await self._client.create_room(body)
                except RoomInUse:
                    continue  # it has appeared in between
            if await self._is_complete(room_id, room, alias):
                break
            await asyncio.sleep(_ALIAS_PAUSE)
        if room_id is None:
            raise AliasTaken(alias)
        return room_id

    async def _is_complete(self, room_id: RoomId, room: Room, alias: str) -> bool:
        """Whether the room that bears our alias has all its state; it may still be being made.

        Raises:
            AliasTaken: it is not ours.
        """
        try:
            events = _by_key(await self._client.room_state(room_id))
        except NotFound:
            return False
        except Forbidden as error:
            raise AliasTaken(alias) from error
        if self._key(events) != room.key:
            raise AliasTaken(alias)
        return all(key in events for key in room.state)

    async def set_state(self, room_id: RoomId, event_type: str, state_key: str, content: Content) -> None:
        """Set a state event."""
        await self._client.send_state(room_id, event_type, content, state_key)

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        """Put a user into a room by the admin API."""
        await self._admin.join(room_id, user_id)


def _by_key(events: list[Json]) -> dict[StateKey, Json]:
    return {(event["type"], event["state_key"]): event for event in events}


def _room(state: RoomState, keys: Mapping[RoomId, str]) -> Room:
    events = state.events
    roots = [room_id for room_id, key in keys.items() if key == ROOT_SPACE]
    create = events["m.room.create", ""]["content"]
    children = {
        keys[RoomId(key)]
        for (event_type, key), event in events.items()
        if event_type == "m.space.child" and event["content"].get("via") and RoomId(key) in keys
    }
    members = {
        UserId(user_id): _MEMBERSHIPS[event["content"]["membership"]]
        for (event_type, user_id), event in events.items()
        if event_type == "m.room.member" and event["content"].get("membership") in _MEMBERSHIPS
    }
    return Room(
        key=keys[state.room_id],
        alias_localpart="",
        is_space=create.get("type") == "m.space",
        state={
            (event_type, ""): _unresolved(events[event_type, ""]["content"], roots)
            for event_type in OWNED_STATE
            if (event_type, "") in events
        },
        children=frozenset(children),
        members=members,
        room_id=state.room_id,
    )


def _unresolved(content: Content, roots: list[RoomId]) -> Content:
    """Return ``content`` with `ALLOW_ROOT` in place of the root space's id, as the description has it."""
    if "allow" not in content:
        return content
    allow = [
        {**rule, "room_id": ALLOW_ROOT} if rule.get("room_id") in roots else rule for rule in content["allow"]
    ]
    return {**content, "allow": allow}
