"""Who of those in a room gets its keys from us. Pure.

That somebody is in a room says little: whoever holds an account of the server's can put anybody in. So keys go to
those who are known, and to whom somebody who may ask guests in has invited there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bots.encryption.room_view import RoomView
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """Who is who in a room. ``hosts`` may ask guests in there; ``never``: accounts that get no key in any room."""

    people: Collection[str]
    hosts: Collection[str] = ()
    never: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets a room's keys, sorted. ``guests`` are those of them who are not known, each with their host.

    ``refused`` may read as far as the room's rules go, and get no key.
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
    """Whether somebody was invited by a host who is known now."""
    host = room.invited_by.get(user)
    return host in known.hosts and host in known.people
