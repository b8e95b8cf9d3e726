"""What was said to the bot and is not dealt with yet, and whose turn it is. Pure.

The messages of a room stay in their order. Of each person one message is dealt with in a round, and whoever sends many
waits behind the others: nobody waits for more than one message of theirs, but in the room where they send them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Set
from itertools import count

from bots.encryption import Reacted, Received
from matrix.ids import EventId, RoomId

Said = Received | Reacted
MOST_PASSED_OVER = 4
"""Rounds in which the others go first; then it is the turn of who was passed over."""


class Backlog:
    """Messages and reactions by room, each with the number of its arrival."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, deque[tuple[int, Said]]] = {}
        self._arrivals = count()
        self._passed_over: dict[str, int] = {}

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

    def drop(self, event_ids: Set[str]) -> list[Said]:
        """Take out the messages with these ids, which are deleted, and return them."""
        dropped = [
            each for waiting in self._rooms.values() for _, each in waiting if each.event_id in event_ids
        ]
        for room_id in {each.room_id for each in dropped}:
            left = deque(one for one in self._rooms[room_id] if one[1].event_id not in event_ids)
            self._rooms[room_id] = left
        self._rooms = {room_id: waiting for room_id, waiting in self._rooms.items() if waiting}
        return dropped

    def next_round(self) -> list[list[Said]]:
        """Take out what is dealt with next: of each room its first messages, of each person one in all rooms.

        Who has just had a turn and has more to say is passed over for some rounds while others wait, but not where
        others wait behind them in the same room. A person's message goes first in the room where somebody else has
        waited longest behind it.
        """
        people = {each.sender for waiting in self._rooms.values() for _, each in waiting}
        before = {person: rounds for person, rounds in self._passed_over.items() if person in people}
        is_full = people <= before.keys()
        passed = set() if is_full else {who for who, rounds in before.items() if rounds < MOST_PASSED_OVER}
        heard: set[str] = set()
        taken = [self._first(room_id, heard, passed) for room_id in sorted(self._rooms, key=self._urgency)]
        self._rooms = {room_id: waiting for room_id, waiting in self._rooms.items() if waiting}
        self._passed_over = {person: rounds + 1 for person, rounds in before.items()} | dict.fromkeys(
            heard, 0
        )
        return [each for each in taken if each]

    def _first(self, room_id: RoomId, heard: set[str], passed: Set[str]) -> list[Said]:
        """Take out a room's messages up to the first of a person who has no turn; add their senders to ``heard``."""
        waiting, taken = self._rooms[room_id], list[Said]()
        if {each.sender for _, each in waiting} <= passed:
            return taken
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
