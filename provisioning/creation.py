"""How a described room is made, and what is described of it as the homeserver has it: ids in place of keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matrix.ids import RoomId
from matrix.locator import Origin
from provisioning.errors import NeedsRoom
from provisioning.snapshot import AVATAR, CHILD, LINKS, Content, OwnAccounts, Room, StateKey
from provisioning.topology import alias_localpart

_NOT_INITIAL = frozenset({"m.room.power_levels", "m.room.canonical_alias", CHILD})
"""Owned state with a place of its own in createRoom's body, or not yet possible (children are made later)."""


def creation_body(
    room: Room, community: str, own: OwnAccounts, room_ids: Mapping[str, RoomId], picture: str | None = None
) -> dict[str, Any]:
    """Return createRoom's body: everything the room needs is in its ``initial_state``.

    ``room_ids`` has the ids of the rooms that exist, by key; ``picture`` is the ``mxc://`` of the room's.

    Raises:
        NeedsRoom: its parents or the root space that its join rule names are not among them.
    """
    creation: dict[str, Any] = {
        "m.federate": room.federated,
        "additional_creators": [own.break_glass],
        **Origin(community, room.key).creation_content(),
    }
    if room.is_space:
        creation["type"] = "m.space"
    initial = [
        resolved(state_key, content, room_ids)
        for state_key, content in sorted(room.state.items())
        if state_key[0] not in _NOT_INITIAL
    ]
    return {
        "room_version": "12",
        # Whatever a preset says, each of its rules is overridden below.
        "preset": "public_chat" if room.is_space else "private_chat",
        "visibility": "private",
        "room_alias_name": alias_localpart(community, room.key),
        "creation_content": creation,
        "power_level_content_override": room.state["m.room.power_levels", ""],
        "initial_state": [
            {"type": event_type, "state_key": state_key, "content": content}
            for (event_type, state_key), content in (*initial, *_avatar(picture))
        ],
    }


def _avatar(picture: str | None) -> tuple[tuple[StateKey, Content], ...]:
    return () if picture is None else (((AVATAR, ""), {"url": picture}),)


def resolved(
    state_key: StateKey, content: Content, room_ids: Mapping[str, RoomId]
) -> tuple[StateKey, Content]:
    """Return a piece of described state as the homeserver has it: ids of rooms in place of their keys.

    Raises:
        NeedsRoom: a room that it names is not in ``room_ids``.
    """
    event_type, key = state_key
    if event_type in LINKS:
        return (event_type, _id(key, room_ids)), content
    if event_type != "m.room.join_rules" or "allow" not in content:
        return state_key, content
    allow = [{**rule, "room_id": _id(rule["room_id"], room_ids)} for rule in content["allow"]]
    return state_key, {**content, "allow": allow}


def _id(key: str, room_ids: Mapping[str, RoomId]) -> RoomId:
    if key not in room_ids:
        raise NeedsRoom(key)
    return room_ids[key]
