"""Reads our rooms from a homeserver's state events. Pure.

No content of a room makes it raise: a malformed event counts as empty, and the plan then corrects it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from matrix.ids import RoomId, UserId, is_user_id
from matrix.locator import LOCATOR_TYPE, ORIGIN_COMMUNITY, ORIGIN_KEY, origin_if_ours, read_locator
from matrix.sliding_sync import RoomState
from provisioning.observed_people import absences, left_by, memberships
from provisioning.snapshot import (
    AVATAR,
    CHILD,
    LINKS,
    Content,
    OwnAccounts,
    Room,
    StateKey,
    key_elsewhere,
)
from provisioning.state_events import Events, content_at, content_of

OWNED_STATE = (
    "m.room.name",
    "m.room.topic",
    "m.room.power_levels",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.encryption",
    "m.room.canonical_alias",
    "m.room.retention",
    "m.room.server_acl",
    LOCATOR_TYPE,
)
"""The state, with an empty state key, that Palabre keeps as described; `LINKS` too, all other is left alone."""

_VISIBILITY = "m.room.history_visibility"
_OPEN_ACL: Content = {"allow": ["*"], "deny": [], "allow_ip_literals": True}
_NO_RULE: Mapping[str, tuple[Content, ...]] = {
    "m.room.canonical_alias": ({},),
    "m.room.retention": ({},),
    "m.room.server_acl": ({}, _OPEN_ACL),
}
"""A state event cannot be deleted: one with this content counts as absent."""

_WITHOUT_CREATORS = frozenset(str(number) for number in range(1, 12))
"""Room versions in which a creator's power is what the power levels say."""


def key_if_ours(events: Events, provisioner: UserId, community: str) -> str | None:
    """Return the key of a room of ours, None for any other room.

    It is the locator's, since a room may have been renamed; where there is no locator that can be read, the key
    that the room was made for.
    """
    sender = events.get(("m.room.create", ""), {}).get("sender")
    create = content_at(events, "m.room.create")
    origin = origin_if_ours(str(sender), create, provisioner=provisioner, community=community)
    if origin is None:
        return None
    locator = read_locator(content_at(events, LOCATOR_TYPE))
    return origin.key if locator is None else locator.key


def is_replaced(events: Events) -> bool:
    """Whether somebody has closed the room with a tombstone; one that was redacted is none."""
    return bool(content_at(events, "m.room.tombstone"))


def is_safe(events: Events) -> bool:
    """Whether a room's locator says that it is a safe one."""
    locator = read_locator(content_at(events, LOCATOR_TYPE))
    return locator is not None and locator.safe


def is_left(events: Events, user_id: UserId) -> bool:
    """Whether somebody was a member of a room, or invited, and is not in it now."""
    return content_of(events, "m.room.member", user_id).get("membership") not in (None, "join")


def is_inhabited(events: Events) -> bool:
    """Whether anybody is in a room."""
    return any(
        event_type == "m.room.member" and content_of(events, event_type, key).get("membership") == "join"
        for event_type, key in events
    )


def children(spaces: Iterable[Events]) -> tuple[RoomId, ...]:
    """Return the rooms that spaces link to, whether or not they are known; each once."""
    return tuple(
        dict.fromkeys(
            RoomId(key)
            for events in spaces
            for event_type, key in events
            if event_type == CHILD and content_of(events, event_type, key).get("via")
        )
    )


def communities(states: Iterable[RoomState], provisioner: UserId) -> frozenset[str]:
    """Return the keys of all communities that the provisioner has made rooms for."""
    named = (
        content_at(state.events, "m.room.create").get(ORIGIN_COMMUNITY)
        for state in states
        if state.events.get(("m.room.create", ""), {}).get("sender") == provisioner
    )
    return frozenset(name for name in named if isinstance(name, str) and name)


def rooms_elsewhere(states: Collection[RoomState], own: OwnAccounts, community: str) -> dict[str, Room]:
    """Return the rooms that the provisioner has made for other communities than ours, by `key_elsewhere`."""
    found = {
        key_elsewhere(other, key): state
        for other in sorted(communities(states, own.provisioner) - {community})
        for key, state in chosen(our_rooms(states, own.provisioner, other), {}).items()
    }
    return observe(found, own)


def our_rooms(states: Iterable[RoomState], provisioner: UserId, community: str) -> dict[str, list[RoomState]]:
    """Return the rooms of ours by key: one for each, but where something went wrong or was replaced."""
    found: dict[str, list[RoomState]] = {}
    for state in states:
        key = key_if_ours(state.events, provisioner, community)
        if key is not None:
            found.setdefault(key, []).append(state)
    return found


def doubled(found: Mapping[str, list[RoomState]]) -> tuple[str, ...]:
    """Return the keys that several rooms claim, sorted: only their aliases tell which one is meant."""
    return tuple(
        sorted(k for k, same in found.items() if sum(not is_replaced(state.events) for state in same) > 1)
    )


def chosen(found: Mapping[str, list[RoomState]], named: Mapping[str, RoomId]) -> dict[str, RoomState]:
    """Return each room under a key of its own. ``named`` are the rooms that the aliases of `doubled` keys lead to.

    *The* room of a key is not replaced; of several it is the one that its alias leads to, then the oldest. Another
    one has the key that it was made for, where nobody has that: its locator was changed by mistake. All others are
    there as ``key~room_id``: nobody is described to be in such a room, so it is archived.
    """
    rooms: dict[str, RoomState] = {}
    others: list[tuple[str, RoomState]] = []
    for key, same in sorted(found.items()):
        best, *rest = sorted(same, key=lambda state: _rank(state, named.get(key)))
        if is_replaced(best.events):
            rest = [best, *rest]
        else:
            rooms[key] = best
        others += [(key, state) for state in rest]
    for key, state in others:
        rooms[_other_key(key, state, rooms, found)] = state
    return rooms


def _other_key(
    key: str, state: RoomState, taken: Mapping[str, RoomState], claimed: Mapping[str, list[RoomState]]
) -> str:
    made_for = content_at(state.events, "m.room.create").get(ORIGIN_KEY)
    if (
        isinstance(made_for, str)
        and made_for not in taken
        and made_for not in claimed
        and not is_replaced(state.events)
    ):
        return made_for
    # One whose locator calls it so already keeps its name.
    aside = key if key.endswith(f"~{state.room_id}") else f"{key}~{state.room_id}"
    while aside in taken:
        aside = f"{aside}~{state.room_id}"
    return aside


def _rank(state: RoomState, named: RoomId | None) -> tuple[bool, bool, bool, float, RoomId]:
    return (
        is_replaced(state.events),
        content_at(state.events, LOCATOR_TYPE).get("archived") is True,
        state.room_id != named,
        _made_at(state.events),
        state.room_id,
    )


def _made_at(events: Events) -> float:
    moment = events.get(("m.room.create", ""), {}).get("origin_server_ts")
    return moment if isinstance(moment, int) else float("inf")


def with_abandoned(
    rooms: Mapping[str, RoomState], left: Iterable[RoomState], own: OwnAccounts, community: str
) -> tuple[dict[str, Room], dict[str, Room]]:
    """Return ``rooms`` as a snapshot has them, and those of ``left`` that are ours, no safe ones and of no key there.

    ``left``: rooms that the provisioner is not in.
    """
    found = our_rooms((state for state in left if not is_safe(state.events)), own.provisioner, community)
    abandoned = {key: states[0] for key, states in found.items() if key not in rooms}
    seen = observe({**rooms, **abandoned}, own)
    return {key: seen[key] for key in seen if key in rooms}, {key: seen[key] for key in abandoned}


def observe(rooms: Mapping[str, RoomState], own: OwnAccounts) -> dict[str, Room]:
    """Return rooms of ours as a snapshot has them, sorted by key: keys in place of ids."""
    keys = {state.room_id: key for key, state in rooms.items()}
    return {key: _room(key, rooms[key], keys, own) for key in sorted(rooms)}


def observed(events: Events, own: OwnAccounts) -> Room:
    """Return one room as a snapshot has it, but for the other rooms that it names."""
    locator = read_locator(content_at(events, LOCATOR_TYPE))
    key = "" if locator is None else locator.key
    return _room(key, RoomState(RoomId(""), dict(events)), {}, own)


def _room(key: str, state: RoomState, keys: Mapping[RoomId, str], own: OwnAccounts) -> Room:
    events = state.events
    create = content_at(events, "m.room.create")
    return Room(
        key=key,
        is_space=create.get("type") == "m.space",
        state={**_owned(events, keys), **_links(events, keys)},
        members=memberships(events, own),
        federated=create.get("m.federate") is not False,
        room_id=state.room_id,
        creators=_creators(events, create),
        replaced=is_replaced(events),
        inside=content_of(events, "m.room.member", own.provisioner).get("membership") == "join",
        left_by=left_by(events, own.provisioner),
        absent=absences(events),
        made_for=made_for if isinstance(made_for := create.get(ORIGIN_KEY), str) else None,
        unknown_children=_unknown_children(events, create, keys),
        has_picture=bool(content_at(events, AVATAR).get("url")),
        closed_at=_closed_at(events),
    )


def _closed_at(events: Events) -> int | None:
    """Return since when whoever comes is shown nothing from before, None where they are."""
    if content_at(events, _VISIBILITY).get("history_visibility") != "joined":
        return None
    at = events[_VISIBILITY, ""].get("origin_server_ts")
    return at if isinstance(at, int) else None


def _unknown_children(events: Events, create: Content, keys: Mapping[RoomId, str]) -> tuple[RoomId, ...]:
    is_space = create.get("type") == "m.space"
    return tuple(sorted(child for child in children((events,)) if child not in keys)) if is_space else ()


def _owned(events: Events, keys: Mapping[RoomId, str]) -> dict[StateKey, Content]:
    owned = {
        (event_type, ""): _with_keys(event_type, content_at(events, event_type), keys)
        for event_type in OWNED_STATE
        if (event_type, "") in events
    }
    found = {key: content for key, content in owned.items() if content not in _NO_RULE.get(key[0], ())}
    if content_at(events, "m.room.create").get("type") == "m.space":
        # The homeserver encrypts whatever is made on it; in a space, which holds no messages, that means nothing.
        found.pop(("m.room.encryption", ""), None)
    return found


def sendable(event_type: str, content: Content) -> Content:
    """Return ``content`` as a homeserver accepts it: no ``m.room.server_acl`` may be empty (it would lock out all)."""
    return _OPEN_ACL if event_type == "m.room.server_acl" and not content else content


def _creators(events: Events, create: Content) -> tuple[UserId, ...]:
    """Return who has infinite power for ever (spec, "Room version 12")."""
    version = create.get("room_version", "1")
    if not isinstance(version, str) or version in _WITHOUT_CREATORS:
        return ()
    additional = create.get("additional_creators")
    named = [events["m.room.create", ""].get("sender"), *(additional if isinstance(additional, list) else [])]
    return tuple(dict.fromkeys(UserId(user_id) for user_id in named if is_user_id(user_id)))


def _links(events: Events, keys: Mapping[RoomId, str]) -> dict[StateKey, Content]:
    """Return the links to rooms of ours; one without ``via`` is no link (spec, ``m.space.child``)."""
    return {
        (event_type, keys[RoomId(room_id)]): content
        for (event_type, room_id), event in events.items()
        if event_type in LINKS and room_id in keys
        if isinstance(content := event.get("content"), dict) and content.get("via")
    }


def _with_keys(event_type: str, content: Content, keys: Mapping[RoomId, str]) -> Content:
    """Return ``content`` with keys in place of the ids of rooms of ours, as the description has it."""
    if event_type != "m.room.join_rules" or not isinstance(content.get("allow"), list):
        return content
    return {**content, "allow": [_allow_with_key(rule, keys) for rule in content["allow"]]}


def _allow_with_key(rule: object, keys: Mapping[RoomId, str]) -> object:
    if not isinstance(rule, dict):
        return rule
    key = keys.get(RoomId(str(rule.get("room_id"))))
    return rule if key is None else {**rule, "room_id": key}
