"""From a homeserver's state events to the rooms of ours in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from community.rooms import ROOT_SPACE
from matrix.http import Json
from matrix.ids import RoomId, UserId
from matrix.locator import LOCATOR_TYPE, origin_if_ours
from matrix.sliding_sync import RoomState
from provisioning.snapshot import LINKS, Content, Membership, Room, StateKey
from provisioning.topology import ALLOW_ROOT

OWNED_STATE = (
    "m.room.name",
    "m.room.topic",
    "m.room.power_levels",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.encryption",
    "m.room.canonical_alias",
    LOCATOR_TYPE,
)
"""The state, with an empty state key, that Palabre keeps as described; `LINKS` too, all other is left alone."""

_MEMBERSHIPS = {
    "join": Membership.JOINED,
    "invite": Membership.INVITED,
    "leave": Membership.LEFT,
    "ban": Membership.LEFT,
}


def key_if_ours(events: Mapping[StateKey, Json], provisioner: UserId, community: str) -> str | None:
    """Return the key of a room of ours, None for any other room."""
    create = events.get(("m.room.create", ""), {})
    origin = origin_if_ours(
        create.get("sender", ""), create.get("content", {}), provisioner=provisioner, community=community
    )
    return None if origin is None else origin.key


def our_rooms(states: Iterable[RoomState], provisioner: UserId, community: str) -> dict[str, list[RoomState]]:
    """Return the rooms of ours by key: one for each, but where something went wrong."""
    found: dict[str, list[RoomState]] = {}
    for state in states:
        key = key_if_ours(state.events, provisioner, community)
        if key is not None:
            found.setdefault(key, []).append(state)
    return found


def observe(rooms: Mapping[str, RoomState]) -> dict[str, Room]:
    """Return rooms of ours as a snapshot has them, sorted by key: keys in place of ids."""
    keys = {state.room_id: key for key, state in rooms.items()}
    return {key: _room(key, rooms[key], keys) for key in sorted(rooms)}


def _room(key: str, state: RoomState, keys: Mapping[RoomId, str]) -> Room:
    events = state.events
    return Room(
        key=key,
        is_space=events["m.room.create", ""]["content"].get("type") == "m.space",
        state={
            owned: _with_keys(events[owned]["content"], keys)
            for event_type in OWNED_STATE
            if (owned := (event_type, "")) in events
        }
        | _links(events, keys),
        members={
            UserId(user_id): _MEMBERSHIPS[event["content"]["membership"]]
            for (event_type, user_id), event in events.items()
            if event_type == "m.room.member" and event["content"].get("membership") in _MEMBERSHIPS
        },
        room_id=state.room_id,
    )


def _links(events: Mapping[StateKey, Json], keys: Mapping[RoomId, str]) -> dict[StateKey, Content]:
    """Return the links to rooms of ours; one without ``via`` is no link (spec, ``m.space.child``)."""
    return {
        (event_type, keys[RoomId(room_id)]): event["content"]
        for (event_type, room_id), event in events.items()
        if event_type in LINKS and room_id in keys and event["content"].get("via")
    }


def _with_keys(content: Content, keys: Mapping[RoomId, str]) -> Content:
    """Return ``content`` with `ALLOW_ROOT` in place of the root space's id, as the description has it."""
    if not isinstance(content.get("allow"), list):
        return content
    return {**content, "allow": [_allow_with_key(rule, keys) for rule in content["allow"]]}


def _allow_with_key(rule: object, keys: Mapping[RoomId, str]) -> object:
    if isinstance(rule, dict) and keys.get(RoomId(str(rule.get("room_id")))) == ROOT_SPACE:
        return {**rule, "room_id": ALLOW_ROOT}
    return rule
