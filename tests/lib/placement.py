"""What of a community is not as described, as the homeserver's administration tells. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matrix.ids import RoomId, UserId
from provisioning.snapshot import Membership, Room, Snapshot

HERE = ("join", "invite")
STATE = ("m.room.name", "m.room.topic", "m.room.power_levels", "m.room.history_visibility")


@dataclass(frozen=True)
class SeenRoom:
    """A room of the community as the homeserver's administration tells."""

    members: Mapping[UserId, str]
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is described, as far as it can be had; ``ids`` are those of the rooms by key."""

    snapshot: Snapshot
    ids: Mapping[str, RoomId]


def misplaced(
    described: Wanted,
    rooms: Mapping[RoomId, SeenRoom],
    *,
    signed_in: Collection[UserId],
    provisioner: UserId,
) -> list[str]:
    """Return what is not as described; who has not signed in need not have been invited."""
    wanted, found = described.snapshot, list[str]()
    for key, room in wanted.rooms.items():
        there = rooms[described.ids[key]]
        found += [f"{key}: {what}" for what in _misplaced_in(room, there, signed_in, provisioner)]
        if (there.state["m.room.create"].get("type") == "m.space") is not room.is_space:
            found.append(f"{key} ought {'' if room.is_space else 'not '}to be a space")
        for name in STATE:
            if there.state[name] != room.state[name, ""]:
                found.append(f"{key}: {name} is {there.state[name]}")
    former = {user for user, account in wanted.accounts.items() if account.former}
    described_ids = {described.ids[key] for key in wanted.rooms}
    for room_id in rooms.keys() - described_ids:
        still = [user for user in former if rooms[room_id].members.get(user) in HERE]
        found += [f"{rooms[room_id].state['m.room.name']}: {user} is there still" for user in still]
    return found


def _misplaced_in(
    room: Room, there: SeenRoom, signed_in: Collection[UserId], provisioner: UserId
) -> Iterator[str]:
    for user, wanted in room.members.items():
        stands = there.members.get(user, "out")
        waits = wanted is Membership.REQUESTED and user not in signed_in
        enough = ("join",) if wanted is Membership.JOINED else HERE
        if stands not in enough and not waits:
            yield f"{user} ought to be {wanted} and is {stands}"
    known = {*room.members, *room.may_enter, provisioner}
    yield from (
        f"{user} is there" for user in sorted(there.members.keys() - known) if there.members[user] in HERE
    )
