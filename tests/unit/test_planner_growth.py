"""The work of the pure planner grows with what there is, not faster: counted, without a look at a clock.

Calls of functions are counted, and for user ids each comparison and each look-up in a dictionary or set too, so that a
search through a list is seen, which takes one call however long the list is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from benchmarks.provision import OWN, SETTINGS, network
from matrix.ids import UserId
from provisioning.planner import plan
from provisioning.snapshot import Membership, Room, Snapshot
from provisioning.topology import topology
from tests.lib.work import calls

SIZES = ((36, 120), (144, 480))
"""Rooms and people: four times as many of both."""
MOST = 1.1
"""How much more than linearly it may grow, as in benchmarks/scale.py."""


class CountedId(str):
    """A user id whose comparisons and look-ups are calls of Python's."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)


def counted_id(user: UserId) -> UserId:
    return UserId(CountedId(user))


def with_counted_ids(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with an id of its own, not the same object, wherever somebody is named."""

    def of_room(room: Room) -> Room:
        members = {counted_id(user): stands for user, stands in room.members.items()}
        return replace(room, members=members, may_enter=frozenset(map(counted_id, room.may_enter)))

    return replace(
        snapshot,
        accounts={
            counted_id(user): replace(account, user_id=counted_id(user))
            for user, account in snapshot.accounts.items()
        },
        rooms={key: of_room(room) for key, room in snapshot.rooms.items()},
    )


def half_done(desired: Snapshot) -> Snapshot:
    """Return what is there half-way: every other room, every other person in them, as many who do not belong."""
    rooms = {}
    for key in [*desired.rooms][::2]:
        room = desired.rooms[key]
        kept = dict([*room.members.items()][::2])
        others = [user for user in desired.accounts if user not in room.members][: len(room.members)]
        rooms[key] = replace(room, members={**kept, **dict.fromkeys(others, Membership.JOINED)})
    return replace(desired, rooms=rooms)


@dataclass(frozen=True)
class Case:
    """What is wanted, once more as what is there, and how many rooms and memberships that is."""

    desired: Snapshot
    there: Snapshot
    things: int

    @classmethod
    def of(cls, rooms: int, people: int) -> Case:
        made = topology(network(rooms, bots=True, people=people).community, SETTINGS)
        count = len(made.rooms) + sum(len(room.members) for room in made.rooms.values())
        return cls(with_counted_ids(made), with_counted_ids(made), count)


NOTHING = Snapshot({}, {}, OWN)


def growth(work: Callable[[Case], Callable[[], object]]) -> float:
    """Return by how much the work for one thing grows from the small to the large case."""
    small, large = (Case.of(*size) for size in SIZES)
    return calls(work(large)) / large.things / (calls(work(small)) / small.things)


@pytest.mark.parametrize(
    "there",
    [
        lambda _case: NOTHING,
        lambda case: case.there,
        lambda case: half_done(case.there),
    ],
    ids=["from nothing", "nothing to do", "half-way"],
)
def test_a_plan_grows_with_the_community(there: Callable[[Case], Snapshot]) -> None:
    def work(case: Case) -> Callable[[], object]:
        actual = there(case)
        return lambda: plan(case.desired, actual)

    assert growth(work) <= MOST


def test_a_plan_that_ends_everything_grows_with_what_there_is() -> None:
    assert growth(lambda case: lambda: plan(replace(case.desired, rooms={}), case.there)) <= MOST


def test_what_there_ought_to_be_grows_with_the_community() -> None:
    def work(size: tuple[int, int]) -> tuple[int, int]:
        community = network(size[0], bots=True, people=size[1]).community
        return calls(lambda: topology(community, SETTINGS)), Case.of(*size).things

    (small, few), (large, many) = map(work, SIZES)
    assert (large / many) / (small / few) <= MOST


def test_a_search_through_a_list_is_seen() -> None:
    def search(case: Case) -> Callable[[], object]:
        people, others = [*case.there.accounts], [*case.desired.accounts]
        return lambda: [user in people for user in others]

    assert growth(search) > MOST
