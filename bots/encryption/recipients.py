"""Decides who in a room gets its keys from us. Pure.

Membership alone is not enough: the server's administrator can put anybody into a room. Keys go to people who are known,
and to guests whom a person with the right to invite guests has invited into that room.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bots.encryption.room_view import RoomView
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """The people who count in a room. ``hosts`` may invite guests; ``never``: accounts that get no key in any room."""

    people: Collection[str]
    hosts: Collection[str] = ()
    never: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets a room's keys (``given``), in the order of `RoomView.entitled`.

    ``guests`` are those of them whom the store does not know, each with whoever has invited them. ``refused`` may read
    by the room's rules, but get no key.
    """

    given: tuple[UserId, ...]
    refused: tuple[UserId, ...] = ()
    guests: Mapping[UserId, UserId] = field(default_factory=dict)


def recipients(room: RoomView, known: KnownPeople) -> Recipients:
    """Return who of a room's readers gets its keys."""
    guests = {
        user: room.invited_by[user]
        for user in room.entitled
        if user not in known.people and user not in known.never and _is_hosted(room, user, known)
    }
    given: list[UserId] = []
    refused: list[UserId] = []
    for user in room.entitled:
        known_here = user in guests or (user in known.people and user not in known.never)
        (given if known_here else refused).append(user)
    return Recipients(tuple(given), tuple(refused), guests)


def _is_hosted(room: RoomView, user: UserId, known: KnownPeople) -> bool:
    """Whether a user was invited by somebody who is a host now."""
    host = room.invited_by.get(user)
    return host in known.hosts and host in known.people
