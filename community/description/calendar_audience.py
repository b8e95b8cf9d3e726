"""Whom an event or a deadline concerns, and in which rooms it is posted where it names none. Pure.

**Rooms.** Where `rooms` are named, it is posted in these. Else it is posted in the rooms that are for those whom it
concerns: the first of the following where each theme, cohort, city or role named has a room.

1. a theme and a cohort: the rooms of each pair (``for: theme-cohort``);
2. cities: the rooms of their own teams (``for: city``);
3. cohorts: their rooms (``for: cohort``); for cities the room of the cohort that they came into last;
4. themes: their rooms (``for: theme``);
5. roles alone: the room ``for: community`` of these roles and the fewest others;
6. everyone: the room of announcements, or else the lobby.

The same rooms whoever is a member today: a message is known by its room. Counted are only rooms that the bot is in,
with no ``who`` of their own, and no café. What concerns single people alone, or cities without any such room, is posted
nowhere: it would be for direct messages, and nobody's business but theirs.

**People.** Whoever fits one of each kind that the audience names, and the people it names by themselves. A role that is
everywhere belongs to all rooms, and is none the more concerned by a deadline of one city.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product

from community.description.admitted import rooms_open_to_all
from community.description.calendar_model import Audience, Deadline, Event
from community.description.membership import RoomScope
from community.description.model import Cohort, Community, Member, Policy, RoomSpec, Scope, Status
from community.description.room_policies import options_of
from community.description.rooms import DescribedRoom, expand_rooms, rooms_made_for

_POLICIES = frozenset((Policy.LOBBY, Policy.OPEN, Policy.CLOSED, Policy.ANNOUNCE))


def concerns(audience: Audience, person: Member, community: Community) -> bool:
    """Whether an audience that says something means a person; nobody who is not active."""
    if person.status is not Status.ACTIVE:
        return False
    if audience.everyone or person.username in audience.people:
        return True
    cohort_cities = {
        city for key in audience.cohorts if key in community.cohort for city in community.cohort[key].cities
    }
    kinds = (
        (audience.themes, set(person.themes).intersection(audience.themes)),
        (audience.cohorts, person.city in cohort_cities),
        (audience.cities, person.city in audience.cities),
        (audience.roles, person.role in audience.roles),
    )
    named = [fits for names, fits in kinds if names]
    return bool(named) and all(named)


class EntryRooms:
    """Says of the entries of a calendar where they are posted and whom they concern, in one community."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._specs = [spec for spec in community.rooms if is_for_posts(spec)]
        self._for_place = dict(_places(community, self._specs))
        self._rooms: dict[str, DescribedRoom] = {}

    def rooms_of(self, entry: Event | Deadline) -> tuple[str, ...]:
        """Return the keys of the rooms that an entry is posted in: those it names, or those of its audience."""
        return entry.rooms or self.rooms_for(entry.audience)

    def rooms_for(self, audience: Audience) -> tuple[str, ...]:
        """Return the keys of the rooms of an audience, sorted; none where there is no room of just these."""
        for choice in self._choices(audience):
            found = [self._for_place.get(place) for place in choice]
            if found and None not in found:
                return tuple(sorted({key for key in found if key is not None}))
        if audience.roles and not (audience.themes or audience.cohorts or audience.cities):
            return self._of_roles(audience.roles)
        return self._for_all() if audience.everyone or not audience.is_said else ()

    def is_open(self, entry: Event | Deadline) -> bool:
        """Whether anybody of the network may know of an entry: it is posted where anybody may come.

        Not where it names no room and is for some roles: it is theirs, wherever a room was found for it.
        """
        if entry.audience.roles and not entry.rooms:
            return False
        return not self._open.isdisjoint(self.rooms_of(entry))

    @cached_property
    def _open(self) -> frozenset[str]:
        return rooms_open_to_all(self._community)

    def concerns(self, entry: Event | Deadline, person: Member) -> bool:
        """Whether an entry concerns a person: by its audience, or where that says nothing by belonging to its rooms."""
        if entry.audience.is_said or not entry.rooms:
            audience = entry.audience if entry.audience.is_said else Audience(everyone=True)
            return concerns(audience, person, self._community)
        return self.belongs(entry, person)

    def belongs(self, entry: Event | Deadline, person: Member) -> bool:
        """Whether a person belongs to a room that an entry names."""
        return any(self._belongs(person, key) for key in entry.rooms)

    def _belongs(self, person: Member, room_key: str) -> bool:
        if not self._rooms:
            self._rooms.update((room.key, room) for room in expand_rooms(self._community))
        room = self._rooms.get(room_key)
        return room is not None and (person.username in room.members or person.username in room.may_enter)

    def _choices(self, audience: Audience) -> Iterator[list[RoomScope]]:
        """Yield the places for which rooms are looked for, the narrowest first."""
        themes, cohorts, cities = audience.themes, audience.cohorts, audience.cities
        if themes and cohorts:
            yield [RoomScope(theme=theme, cohort=cohort) for theme, cohort in product(themes, cohorts)]
        yield [RoomScope(city=city) for city in cities]
        if cities and not themes:
            latest = [self._latest_cohort(city) for city in cities]
            # The empty key is that of no cohort: then some city is in none.
            yield [RoomScope(cohort="" if cohort is None else cohort.key) for cohort in latest]
        yield [RoomScope(cohort=cohort) for cohort in cohorts]
        yield [RoomScope(theme=theme) for theme in themes]

    def _latest_cohort(self, city: str) -> Cohort | None:
        there = (cohort for cohort in self._community.cohorts if city in cohort.cities)
        return max(there, key=lambda cohort: (cohort.starts, cohort.key), default=None)

    def _of_roles(self, roles: Iterable[str]) -> tuple[str, ...]:
        wanted = frozenset(roles)
        there = [
            (len(spec.roles), spec.key)
            for spec in self._specs
            if spec.scope is Scope.COMMUNITY and spec.roles is not None and wanted.issubset(spec.roles)
        ]
        return (min(there)[1],) if there else self._for_all()

    def _for_all(self) -> tuple[str, ...]:
        there = [spec for spec in self._specs if spec.scope is Scope.COMMUNITY and spec.roles is None]
        for policy in (Policy.ANNOUNCE, Policy.LOBBY):
            found = next((spec.key for spec in there if spec.policy is policy), None)
            if found is not None:
                return (found,)
        return ()


def is_for_posts(spec: RoomSpec) -> bool:
    """Whether what names no room may be posted in rooms of ``spec``."""
    return spec.policy in _POLICIES and spec.who is None and options_of(spec).bots


def _places(community: Community, specs: Iterable[RoomSpec]) -> Iterator[tuple[RoomScope, str]]:
    """Yield what each room is made for that admits everyone of it, and its key; of several the first described last."""
    for spec in reversed([spec for spec in specs if spec.roles is None]):
        for key, place in rooms_made_for(community, spec):
            yield place, key
