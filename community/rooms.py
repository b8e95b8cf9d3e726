"""From the description to the list of rooms it asks for, and who belongs to each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import assert_never

from community.belonging import Belonging, Members, Names, Place
from community.fields import Localized
from community.model import City, Cohort, Community, Permission, Policy, RoomSpec, Scope, Theme, Who

ROOT_SPACE = "space"
ALUMNI_SPACE = "space.alumni"
"""Where alumni find their rooms: they are not in the community's space, whose members may enter ``open`` rooms."""
_NOWHERE = Place()
_ALUMNI = Localized({"fr": "Anciennes et anciens", "en": "Alumni", "pt": "Antigos membros", "ar": "القدامى"})


def theme_space(theme: str) -> str:
    """Return the key of a theme's space."""
    return f"{ROOT_SPACE}.theme.{theme}"


def cohort_space(cohort: str) -> str:
    """Return the key of a cohort's space."""
    return f"{ROOT_SPACE}.cohort.{cohort}"


def city_space(city: str) -> str:
    """Return the key of a city's space."""
    return f"{ROOT_SPACE}.city.{city}"


@dataclass(frozen=True, slots=True)
class Habits:
    """What a policy says where the room says nothing: history visibility (spec), the bot's presence, retention."""

    history: str
    bots: bool
    retention: timedelta | None


def habits(policy: Policy) -> Habits:
    """Return the habits of a policy."""
    match policy:
        case Policy.LOBBY | Policy.OPEN | Policy.CLOSED | Policy.ANNOUNCE:
            return Habits("shared", bots=True, retention=None)
        case Policy.CAFE:
            return Habits("joined", bots=True, retention=timedelta(days=90))
        case Policy.SAFE:
            return Habits("joined", bots=False, retention=timedelta(days=180))
        case _:
            assert_never(policy)


@dataclass(frozen=True, slots=True)
class DescribedRoom:
    """One space or room the description asks for.

    ``was`` are keys that the room may have had until now. ``policy`` is None for a space. ``parents`` are keys of
    the spaces it is listed in. ``members`` are the user names of those placed in it, sorted; ``may_enter`` of those
    who may come by themselves; ``moderators`` and ``announcers`` of the members with that permission.
    """

    key: str
    name: Localized
    topic: Localized
    policy: Policy | None
    theme: str | None = None
    cohort: str | None = None
    city: str | None = None
    parents: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    may_enter: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    announcers: tuple[str, ...] = ()
    habits: Habits = field(default=Habits("shared", bots=True, retention=None))

    @property
    def is_space(self) -> bool:
        """Whether it is a space."""
        return self.policy is None


def expand_rooms(community: Community) -> tuple[DescribedRoom, ...]:
    """Return every space and room of ``community``: spaces first, root before the others, then sorted by key."""
    members = Members(community)
    rooms = [
        _room(spec, theme, cohort, city, members)
        for spec in community.rooms
        for theme, cohort, city in _places(community, spec)
    ]
    return (*_spaces(community, rooms, members), *sorted(rooms, key=lambda room: room.key))


def coordinating_roles(community: Community) -> frozenset[str]:
    """Return the keys of the roles that may moderate: those of coordinators."""
    return frozenset(role.key for role in community.roles if Permission.MODERATE in role.may)


def coordination_room(community: Community) -> str | None:
    """Return the key of the coordinators' room: the first that only their roles belong to; None without one."""
    coordinating = coordinating_roles(community)

    def is_theirs(spec: RoomSpec) -> bool:
        rules = spec.who if spec.who is not None else (Who(roles=spec.roles or None),)
        return all(
            rule.roles is not None and coordinating.issuperset(rule.roles) and rule.status == ("active",)
            for rule in rules
        )

    single = (Scope.COMMUNITY, Scope.SINGLE)
    return next((spec.key for spec in community.rooms if spec.scope in single and is_theirs(spec)), None)


def room_keys(community: Community) -> frozenset[str]:
    """Return the keys of all rooms (not spaces) that the description asks for."""
    structure = community.model_copy(update={"members": ()})  # who belongs has no part in the keys
    return frozenset(room.key for room in expand_rooms(structure) if not room.is_space)


_Where = tuple[Theme | None, Cohort | None, City | None]


def _places(community: Community, spec: RoomSpec) -> Iterator[_Where]:
    """Give what each room of ``spec`` is made for."""
    themes: Sequence[Theme | None] = [
        t for t in community.themes if spec.themes is None or t.key in spec.themes
    ]
    cohorts: Sequence[Cohort | None] = [
        c for c in community.cohorts if spec.cohorts is None or c.key in spec.cohorts
    ]
    cities: Sequence[City | None] = [
        c for c in community.cities if spec.cities is None or c.key in spec.cities
    ]
    nothing = (None,)
    match spec.scope:
        case Scope.COMMUNITY | Scope.SINGLE:
            yield None, None, None
        case Scope.THEME:
            yield from product(themes, nothing, nothing)
        case Scope.COHORT:
            yield from product(nothing, cohorts, nothing)
        case Scope.CITY:
            yield from product(nothing, nothing, cities)
        case Scope.THEME_COHORT:
            yield from product(themes, cohorts, nothing)
        case _:
            assert_never(spec.scope)


def _spaces(
    community: Community, rooms: Sequence[DescribedRoom], members: Members
) -> Iterator[DescribedRoom]:
    """Give the spaces: the community's, one for each theme and cohort, one for each city that has rooms.

    Whoever is in a room is in the spaces that list it, so that they find it there.
    """
    inside: dict[str, set[str]] = {}
    for room in rooms:
        for parent in room.parents:
            inside.setdefault(parent, set()).update(room.members)
    yield _space(ROOT_SPACE, community.name, community.name, members.active, members, parents=())
    if ALUMNI_SPACE in inside:
        # Those of the coordination are there to be found.
        there = members.alumni | (members.everywhere & members.active)
        yield _space(ALUMNI_SPACE, _ALUMNI, _ALUMNI, there, members)
    listed: list[tuple[str, Theme | Cohort | City, Localized, Place]] = [
        *((city_space(c.key), c, c.name, Place(city=c.key)) for c in community.cities),
        *((cohort_space(c.key), c, c.name, Place(cohort=c.key)) for c in community.cohorts),
        *((theme_space(t.key), t, t.summary, Place(theme=t.key)) for t in community.themes),
    ]
    for key, entry, topic, place in sorted(listed, key=lambda entry: entry[0]):
        if place.city is not None and key not in inside:
            continue
        there = members.of_place(place) | (inside.get(key, set()) & members.active)
        was = () if entry.was is None else (f"{key.rpartition('.')[0]}.{entry.was}",)
        yield _space(key, entry.name, topic, there, members, place=place, was=was)


def _space(  # noqa: PLR0913 - the one place where all parts of a space meet
    key: str,
    name: Localized,
    topic: Localized,
    inside: Collection[str],
    members: Members,
    *,
    place: Place = _NOWHERE,
    parents: tuple[str, ...] = (ROOT_SPACE,),
    was: tuple[str, ...] = (),
) -> DescribedRoom:
    return DescribedRoom(
        key=key,
        name=name,
        topic=topic,
        policy=None,
        theme=place.theme,
        cohort=place.cohort,
        city=place.city,
        parents=parents,
        was=was,
        members=tuple(sorted(inside)),
        moderators=tuple(sorted(members.moderating(inside))),
    )


def _room(
    spec: RoomSpec, theme: Theme | None, cohort: Cohort | None, city: City | None, members: Members
) -> DescribedRoom:
    named = {
        name: part.name
        for name, part in (("theme", theme), ("cohort", cohort), ("city", city))
        if part is not None
    }
    parts = [part for part in (theme, cohort, city) if part is not None]
    place = Place(*(None if part is None else part.key for part in (theme, cohort, city)))
    belonging = members.of_room(spec, place)
    placed, may_enter = _arrivals(spec.policy, belonging, members)
    return DescribedRoom(
        key=_key(spec.key, *(part.key for part in parts)),
        name=spec.name.formatted(**named),
        topic=spec.topic.formatted(**named),
        policy=spec.policy,
        theme=place.theme,
        cohort=place.cohort,
        city=place.city,
        parents=_parents(spec, place),
        was=_former_keys(spec, parts),
        members=tuple(sorted(placed)),
        may_enter=tuple(sorted(may_enter)),
        moderators=tuple(sorted(belonging.moderators)),
        announcers=tuple(sorted(belonging.announcers)),
        habits=_habits(spec),
    )


def _arrivals(policy: Policy, belonging: Belonging, members: Members) -> tuple[Names, Names]:
    """Return who is placed in a room, and who may come by themselves."""
    match policy:
        case Policy.LOBBY | Policy.CLOSED | Policy.SAFE | Policy.ANNOUNCE:
            return belonging.members, frozenset()
        case Policy.OPEN:
            return belonging.members, members.active
        case Policy.CAFE:
            # Whoever has a power in the room must be in it to use it.
            return belonging.moderators, members.active
        case _:
            assert_never(policy)


def _parents(spec: RoomSpec, place: Place) -> tuple[str, ...]:
    found = [
        space(key)
        for space, key in (
            (theme_space, place.theme),
            (cohort_space, place.cohort),
            (city_space, place.city),
        )
        if key is not None
    ] or [ROOT_SPACE]
    admits_alumni = any("alumni" in rule.status for rule in spec.who or ())
    return (*found, ALUMNI_SPACE) if admits_alumni else tuple(found)


def _key(*parts: str) -> str:
    return ".".join(parts)


def _former_keys(spec: RoomSpec, parts: Sequence[Theme | Cohort | City]) -> tuple[str, ...]:
    """Return each key that the room had if any of its parts was renamed."""
    choices = [[entry.key, *([] if entry.was is None else [entry.was])] for entry in (spec, *parts)]
    return tuple(_key(*keys) for keys in list(product(*choices))[1:])


def _habits(spec: RoomSpec) -> Habits:
    usual = habits(spec.policy)
    return Habits(
        history=usual.history if spec.history is None else spec.history,
        bots=usual.bots if spec.bots is None else spec.bots,
        retention=usual.retention if spec.retention is None else spec.retention,
    )
