"""Rooms that are there under a key which the description has given up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provisioning.snapshot import CHILD, LINKS, Content, Room, Snapshot, set_aside


def renamings(desired: Snapshot, actual: Snapshot) -> dict[str, str]:
    """Return the old key of each described room that is there under a former key.

    A room that is lived in goes before one that was archived, also before one that has the new key already.
    """
    renamed = _listed_by_gates(desired, actual)
    taken = set(renamed.values())
    free = {key for key in actual.rooms if key not in desired.rooms and key not in taken}
    for key in sorted(desired.rooms):
        room, there = desired.rooms[key], None if key in taken else actual.rooms.get(key)
        if key in renamed or (there is not None and not there.is_archived):
            continue
        former = [
            actual.rooms[k] for k in room.was if k in free and actual.rooms[k].is_space is room.is_space
        ]
        best = min(former, key=lambda old: old.is_archived, default=None)
        if best is not None and (there is None or not best.is_archived):
            renamed[key] = best.key
            free.discard(best.key)
    return renamed


def _listed_by_gates(desired: Snapshot, actual: Snapshot) -> dict[str, str]:
    """Return the key, on the homeserver, of each safe room that has another one by now.

    A room that the provisioner has left keeps the key that it was made with. Its gate has the new one, and lists it:
    that tells whose room it is also where the description has given up ``was``, or has another room with that key.
    """
    found: dict[str, str] = {}
    for key, room in desired.rooms.items():
        gate = None if room.gate is None else actual.rooms.get(room.gate)
        listed = () if gate is None else (child for event_type, child in gate.state if event_type == CHILD)
        for child in listed:
            if child != key and child in actual.rooms and not actual.rooms[child].inside:
                found[key] = child
    return found


def with_new_keys(actual: Snapshot, renamed: Mapping[str, str]) -> Snapshot:
    """Return ``actual`` with the rooms of ``renamed`` (new key → old key) under their new keys."""
    if not renamed:
        return actual
    new = {old: key for key, old in renamed.items()}
    # An archived room that had the key gives way.
    new |= {key: set_aside(actual.rooms[key]) for key in renamed if key in actual.rooms and key not in new}

    def moved(room: Room) -> Room:
        state = {
            (event_type, new.get(key, key) if event_type in LINKS else key): _moved(content, new)
            for (event_type, key), content in room.state.items()
        }
        return replace(room, key=new.get(room.key, room.key), state=state)

    rooms = {room.key: room for room in map(moved, actual.rooms.values())}
    return replace(actual, rooms=rooms)


def _moved(content: Content, new: Mapping[str, str]) -> Content:
    """Return a join rule with new keys in place of old ones; any other content as it is."""
    allow = content.get("allow")
    if not isinstance(allow, list):
        return content
    return {**content, "allow": [_moved_rule(rule, new) for rule in allow]}


def _moved_rule(rule: object, new: Mapping[str, str]) -> object:
    if not isinstance(rule, dict) or rule.get("room_id") not in new:
        return rule
    return {**rule, "room_id": new[rule["room_id"]]}
