"""Whom an entry of the calendar is for, by its audience or else its rooms; and who may be shown what of it. Pure.

**Who may see what.** What is posted where anybody of the network may come by their city or theme is the network's:
whoever has a role in it may know that it takes place, what it is called, when, where, and for whom. What is posted
only in rooms of certain roles or people, in a safe room or nowhere, is theirs: nobody else learns that it is, also
where its audience is wider than its rooms. The link by which one joins, the note, what is to be handed in and where
are for those whom it concerns. Coordinators see all. Somebody without a role sees what is for everybody, without its
link. In a room it is the room that is looked at: what is posted there is shown in full, whoever asks; of the rest
what all who read there may know, without details.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from community.description.admitted import is_open_to_all
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Deadline, Event
from community.description.membership import RoomScope
from community.description.model import Community, Member
from community.description.rooms import NO_ROLE, coordinating_roles, rooms_made_for


@dataclass(frozen=True, slots=True)
class EntryScope:
    """Keys of those whom an entry is for. ``cities`` are those named, and of its cohorts; none: all of them.

    ``everyone``: the whole community. ``rooms`` are those it is posted in. ``is_open``: anybody of the network may know
    of it.
    """

    themes: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    everyone: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is shown entries. ``member`` is the asker, where they are one, with ``role``.

    ``readers`` are the roles of all who read the answer. ``room`` is the key of the room where it is given, None
    directly.
    """

    role: str
    member: Member | None
    readers: frozenset[str]
    room: str | None = None


class EntryScopes:
    """Says whom entries of one community are for."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._entry_rooms = EntryRooms(community)
        self._rooms = dict(_rooms(community))

    def of(self, entry: Event | Deadline) -> EntryScope:
        """Return whom an entry is for."""
        keys = frozenset(self._entry_rooms.rooms_of(entry))
        rooms = [self._rooms[key] for key in sorted(keys) if key in self._rooms]
        is_open = self._entry_rooms.is_open(entry)
        audience = entry.audience
        if audience.is_said:
            cohorts = frozenset(audience.cohorts)
            return EntryScope(
                frozenset(audience.themes),
                cohorts,
                frozenset(audience.cities) | self._cities_of(cohorts),
                frozenset(audience.roles),
                keys,
                audience.everyone,
                is_open,
            )
        places = [place for place, _is_restricted in rooms]
        cohorts = frozenset(place.cohort for place in places if place.cohort)
        everywhere = any(not (place.cohort or place.city) for place in places)
        cities = frozenset(place.city for place in places if place.city) | self._cities_of(cohorts)
        return EntryScope(
            frozenset(place.theme for place in places if place.theme),
            cohorts,
            frozenset() if everywhere else cities,
            frozenset(),
            keys,
            any(place == RoomScope() and not is_restricted for place, is_restricted in rooms),
            is_open,
        )

    def cities_of_room(self, key: str) -> tuple[str, ...]:
        """Return the keys of the cities that a room is for, sorted: all, where it is for no cohort and no city."""
        place, _is_restricted = self._rooms.get(key, (RoomScope(), False))
        there = {place.city} if place.city else self._cities_of(frozenset({place.cohort or ""}))
        return tuple(sorted(there or self._community.city))

    def _cities_of(self, cohorts: frozenset[str]) -> frozenset[str]:
        known = self._community.cohort
        return frozenset(city for key in cohorts if key in known for city in known[key].cities)


def _rooms(community: Community) -> Iterator[tuple[str, tuple[RoomScope, bool]]]:
    """Yield the key of each room with what it is made for, and whether it is only for some roles or people."""
    for spec in community.rooms:
        for key, place in rooms_made_for(community, spec):
            yield key, (place, not is_open_to_all(spec))


class Sight:
    """Says what of the calendar somebody may be shown, in one community."""

    def __init__(self, community: Community) -> None:
        self._entry_rooms = EntryRooms(community)
        self._coordinating = coordinating_roles(community)

    def concerns(self, entry: Event | Deadline, scope: EntryScope, viewer: Viewer) -> bool:
        """Whether an entry is for the asker; in a room also whether it is for that room."""
        if viewer.room is not None and viewer.room in scope.rooms:
            return True
        if viewer.member is not None:
            return self._entry_rooms.concerns(entry, viewer.member) and self._is_let_in(
                entry, scope, viewer.member
            )
        if entry.rooms and not scope.is_open:
            return False
        has_role = viewer.role != NO_ROLE
        return has_role and (scope.everyone or viewer.role in scope.roles)

    def _is_let_in(self, entry: Event | Deadline, scope: EntryScope, member: Member) -> bool:
        """Whether an entry that names closed rooms alone is for a member: in one of them, or named by themselves.

        Whomever else its audience says, for them it is not posted.
        """
        if scope.is_open or not entry.rooms or member.username in entry.audience.people:
            return True
        return self._entry_rooms.belongs(entry, member)

    def may_know(self, entry: Event | Deadline, scope: EntryScope, viewer: Viewer) -> bool:
        """Whether all who read the answer may know that there is such an entry."""
        if viewer.room is not None:
            return viewer.room in scope.rooms or self._all_may_know(scope, viewer.readers)
        if viewer.role in self._coordinating or self.concerns(entry, scope, viewer):
            return True
        return scope.is_open and (viewer.role != NO_ROLE or scope.everyone)

    def may_see_details(self, entry: Event | Deadline, scope: EntryScope, viewer: Viewer) -> bool:
        """Whether all who read the answer may see the link, the note, and what is to be handed in where."""
        if viewer.room is not None:
            network_wide = scope.everyone and NO_ROLE not in viewer.readers
            return viewer.room in scope.rooms or network_wide
        return viewer.role in self._coordinating or self.concerns(entry, scope, viewer)

    def _all_may_know(self, scope: EntryScope, readers: frozenset[str]) -> bool:
        if readers and readers <= self._coordinating:
            return True
        return scope.is_open and (scope.everyone or (bool(readers) and NO_ROLE not in readers))
