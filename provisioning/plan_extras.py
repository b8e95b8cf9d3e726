"""What somebody asks a plan for besides the description, by the options of ``palabre plan`` and ``apply``. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from community.core.messages import msg
from community.core.plain_text import one_line
from matrix.ids import RoomId
from provisioning.errors import NothingAskedFor
from provisioning.snapshot import Snapshot, community_elsewhere


@dataclass(frozen=True)
class PlanExtras:
    """``only_in``: keys of the rooms into which people are asked again; into all where there are none.

    ``archive``: communities whose rooms, which no description names any more, are archived. ``unlist``: rooms that are
    taken out of the lists of our spaces.
    """

    only_in: frozenset[str] = frozenset()
    archive: frozenset[str] = frozenset()
    unlist: frozenset[RoomId] = frozenset()

    def concerns(self, *rooms: str | None) -> bool:
        """Whether people are asked again into one of these rooms."""
        return not self.only_in or not self.only_in.isdisjoint(rooms)


NO_EXTRAS = PlanExtras()


def require_there(extras: PlanExtras, actual: Snapshot) -> None:
    """Make sure that there is what is asked for: a slip would look as if it was done already.

    Raises:
        NothingAskedFor: no room was made under a key, or no space lists a room.
    """
    made_under = {community_elsewhere(key) for key in actual.others}
    for key in sorted(extras.archive - made_under):
        raise NothingAskedFor(
            msg("No room here was made under another key “{key}” of a community.", key=one_line(key)),
            msg("“palabre plan” names the keys under which rooms are in no description."),
        )
    listed = {child for room in actual.rooms.values() for child in room.unknown_children}
    for room_id in sorted(extras.unlist - listed):
        raise NothingAskedFor(
            msg("No space of ours lists a room {room_id} that is none of ours.", room_id=one_line(room_id)),
            msg("“palabre plan” names the rooms that can be taken out of a list."),
        )


def with_gates(rooms: Collection[str], desired: Snapshot) -> frozenset[str]:
    """Return keys of rooms with those that belong together: a safe room and the space that leads into it."""
    pairs = ((room.key, room.gate) for room in desired.rooms.values() if room.gate is not None)
    return frozenset({*rooms, *(key for pair in pairs if not set(pair).isdisjoint(rooms) for key in pair)})
