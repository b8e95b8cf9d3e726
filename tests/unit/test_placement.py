"""The change campaign sees each thing that is not as described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from matrix.ids import RoomId, UserId
from provisioning.snapshot import Membership
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, small
from tests.lib.memory_homeserver import OWN
from tests.lib.placement import STATE, SeenRoom, Wanted, misplaced

SNAPSHOT = topology(small().community, SETTINGS)
WANTED = Wanted(SNAPSHOT, {key: RoomId(f"!{key}") for key in SNAPSHOT.rooms})
LOBBY, STRANGER = RoomId("!lobby"), UserId("@mallory:palabre.localhost")
AWA = UserId("@awa.diallo:palabre.localhost")
Rooms = dict[RoomId, SeenRoom]


def as_described() -> Rooms:
    """Return the rooms as they ought to be, with everybody in them."""
    found: Rooms = {}
    for key, room in SNAPSHOT.rooms.items():
        create = {"type": "m.space"} if room.is_space else {}
        state: dict[str, Any] = {name: room.state[name, ""] for name in STATE}
        found[WANTED.ids[key]] = SeenRoom(
            dict.fromkeys(room.members, "join"), {**state, "m.room.create": create}
        )
    return found


def found_in(rooms: Rooms, wanted: Wanted = WANTED) -> list[str]:
    return misplaced(wanted, rooms, signed_in={AWA}, provisioner=OWN.provisioner)


def lobby(rooms: Rooms, **members: str) -> None:
    seen = rooms[LOBBY]
    people = {UserId(f"@{name.replace('_', '.')}:palabre.localhost"): how for name, how in members.items()}
    rooms[LOBBY] = replace(seen, members={**seen.members, **people})


def state(rooms: Rooms, room_id: RoomId, name: str, value: object) -> None:
    rooms[room_id] = replace(rooms[room_id], state={**rooms[room_id].state, name: value})


def test_where_all_is_as_described_nothing_is_found() -> None:
    assert found_in(as_described()) == []


SPACE = next(WANTED.ids[key] for key, room in SNAPSHOT.rooms.items() if room.is_space)
CASES: dict[str, tuple[Callable[[Rooms], None], str]] = {
    "a room is a space": (
        lambda rooms: state(rooms, LOBBY, "m.room.create", {"type": "m.space"}),
        "lobby ought not to be a space",
    ),
    "a space is a room": (lambda rooms: state(rooms, SPACE, "m.room.create", {}), "ought to be a space"),
    "a stranger is there": (lambda rooms: lobby(rooms, mallory="join"), f"{STRANGER} is there"),
    "a stranger is invited": (lambda rooms: lobby(rooms, mallory="invite"), f"{STRANGER} is there"),
    "somebody is not there": (lambda rooms: lobby(rooms, awa_diallo="leave"), "ought to be"),
    "another name": (lambda rooms: state(rooms, LOBBY, "m.room.name", {"name": "X"}), "m.room.name is"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_thing_that_is_not_as_described_is_found(name: str) -> None:
    change, said = CASES[name]
    rooms = as_described()
    change(rooms)
    (what,) = found_in(rooms)
    assert said in what


def test_who_has_left_and_is_in_an_old_room_is_found() -> None:
    account = replace(SNAPSHOT.accounts[AWA], former=True)
    wanted = Wanted(replace(SNAPSHOT, rooms={}, accounts={**SNAPSHOT.accounts, AWA: account}), WANTED.ids)
    assert any("is there still" in what for what in found_in(as_described(), wanted))


def test_who_has_not_signed_in_need_not_be_invited() -> None:
    key = next(key for key, room in SNAPSHOT.rooms.items() if room.members.get(AWA) is Membership.REQUESTED)
    rooms = as_described()
    seen = rooms[WANTED.ids[key]]
    rooms[WANTED.ids[key]] = replace(seen, members={u: m for u, m in seen.members.items() if u != AWA})
    assert found_in(rooms)
    assert misplaced(WANTED, rooms, signed_in=(), provisioner=OWN.provisioner) == []
