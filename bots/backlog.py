"""What was said to the bot and is not dealt with yet, and whose turn it is. Pure.

The messages of a room stay in their order. Of each person one message is dealt with in a round, so whoever sends many
waits behind the others, and nobody waits for more than one message of theirs.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from itertools import count

from bots.encryption import Reacted, Received
from matrix.ids import EventId, RoomId

Said = Received | Reacted


class Backlog:
    """Messages and reactions by room, each with the number of its arrival."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, deque[tuple[int, Said]]] = {}
        self._arrivals = count()

    def __len__(self) -> int:
        return sum(map(len, self._rooms.values()))

    @property
    def event_ids(self) -> frozenset[EventId]:
        """The events that wait."""
        return frozenset(each.event_id for waiting in self._rooms.values() for _, each in waiting)

    def add(self, said: Iterable[Said]) -> None:
        """Let more wait, behind what waits in its room."""
        for each in said:
            self._rooms.setdefault(each.room_id, deque()).append((next(self._arrivals), each))

    def next_round(self) -> list[list[Said]]:
        """Take out what is dealt with next: of each room its first messages, of each person one in all rooms.

        A person's message goes first in the room where somebody else has waited longest behind it.
        """
        heard: set[str] = set()
        taken = [self._first(room_id, heard) for room_id in sorted(self._rooms, key=self._urgency)]
        self._rooms = {room_id: waiting for room_id, waiting in self._rooms.items() if waiting}
        return [each for each in taken if each]

    def _first(self, room_id: RoomId, heard: set[str]) -> list[Said]:
        """Take out a room's messages up to the first of a person who is among ``heard``; add their senders."""
        waiting, taken = self._rooms[room_id], list[Said]()
        while waiting and waiting[0][1].sender not in heard:
            _, each = waiting.popleft()
            heard.add(each.sender)
            taken.append(each)
        return taken

    def _urgency(self, room_id: RoomId) -> tuple[float, int]:
        """Return what rooms are sorted by: the first arrival of another than the first sender's, then the first."""
        (first, said), *behind = self._rooms[room_id]
        others = (arrival for arrival, each in behind if each.sender != said.sender)
        return next(others, math.inf), first
