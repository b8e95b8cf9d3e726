"""What somebody asks a plan for besides the description, by the options of ``palabre plan`` and ``apply``. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from matrix.ids import RoomId
from provisioning.snapshot import Snapshot


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


def with_gates(rooms: Collection[str], desired: Snapshot) -> frozenset[str]:
    """Return keys of rooms with those that belong together: a safe room and the space that leads into it."""
    pairs = ((room.key, room.gate) for room in desired.rooms.values() if room.gate is not None)
    return frozenset({*rooms, *(key for pair in pairs if not set(pair).isdisjoint(rooms) for key in pair)})
