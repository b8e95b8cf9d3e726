"""Expands the description into the list of spaces and rooms, with the members of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import TypeVar, assert_never

from community.core.language_folders import LANGUAGE
from community.description.fields import Localized
from community.description.membership import Members, Names, RoomMembers, RoomScope, rules_of
from community.description.model import (
    City,
    Cohort,
    Community,
    Permission,
    Policy,
    RoomSpec,
    Scope,
    Theme,
)
from community.description.room_policies import RoomOptions, options_of

ROOT_SPACE = "space"
ALUMNI_SPACE = "space.alumni"
"""The space that lists alumni's rooms. The community's space is not for them: its members may enter ``open`` rooms."""
_NOWHERE = RoomScope()
_NOBODY: Names = frozenset()
_ALUMNI = Localized({code: one.alumni for code, one in LANGUAGE.items() if one.alumni})


def theme_space(theme: str) -> str:
    """Return the key of a theme's space."""
    return f"{ROOT_SPACE}.theme.{theme}"


def cohort_space(cohort: str) -> str:
    """Return the key of a cohort's space."""
    return f"{ROOT_SPACE}.cohort.{cohort}"


def city_space(city: str) -> str:
    """Return the key of a city's space."""
    return f"{ROOT_SPACE}.city.{city}"


def safe_space(room: str) -> str:
    """Return the key of a safe room's own space, its *gate*: the members of that space may enter the room."""
    return f"{ROOT_SPACE}.safe.{room}"


@dataclass(frozen=True, slots=True)
class DescribedRoom:
    """One space or room the description asks for.

    ``was`` are former keys that the room may still have on the homeserver. ``policy`` is None for a space. ``parents``
    are keys of the spaces it is listed in. ``members`` are the user names of those put into it, sorted; ``may_enter``
    of those who may join by themselves; ``moderators`` and ``announcers`` of the members with that permission.
    ``gate``, of a safe room: the key of its own space.
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
    gate: str | None = None
    options: RoomOptions = field(default=RoomOptions("shared", bots=True, retention=None))

    @property
    def is_space(self) -> bool:
        """Whether it is a space."""
        return self.policy is None


def expand_rooms(community: Community) -> tuple[DescribedRoom, ...]:
    """Return every space and room of ``community``: spaces first, root before the others, then sorted by key."""
    members, order = Members(community), _NameSorter()
    rooms = [
        _room(spec, where, members, order) for spec in community.rooms for where in _places(community, spec)
    ]
    rooms.sort(key=lambda room: room.key)
    gates = (_gate(room) for room in rooms if room.gate is not None)
    return (*_spaces(community, rooms, members, order), *gates, *rooms)


def _gate(room: DescribedRoom) -> DescribedRoom:
    """Return a safe room's gate: its members may enter the room; nobody else can see that it exists."""
    return DescribedRoom(
        key=safe_space(room.key),
        name=room.name,
        topic=room.topic,
        policy=None,
        parents=(ROOT_SPACE,),
        was=tuple(safe_space(key) for key in room.was),
        members=room.members,
        options=RoomOptions("joined", bots=True, retention=None),
    )


class _NameSorter:
    """Sorts sets of names and caches the result: in a large network most rooms have the same thousands of members."""

    def __init__(self) -> None:
        self._sorted: dict[Names, tuple[str, ...]] = {}

    def __call__(self, names: Names) -> tuple[str, ...]:
        if names not in self._sorted:
            self._sorted[names] = tuple(sorted(names))
        return self._sorted[names]


def coordinating_roles(community: Community) -> frozenset[str]:
    """Return the keys of the roles that may moderate: those of coordinators."""
    return frozenset(role.key for role in community.roles if Permission.MODERATE in role.may)


def coordination_room(community: Community) -> str | None:
    """Return the key of the coordinators' room; None without one.

    It is the first room that has only their roles as members, that nobody else can enter, and that has the bot in it.
    """
    coordinating = coordinating_roles(community)

    def is_theirs(spec: RoomSpec) -> bool:
        alone = spec.scope in (Scope.COMMUNITY, Scope.SINGLE) and spec.policy not in (
            Policy.OPEN,
            Policy.CAFE,
        )
        rules = rules_of(spec)
        return (
            alone
            and options_of(spec).bots
            and bool(rules)
            and all(
                rule.roles is not None and coordinating.issuperset(rule.roles) and rule.status == ("active",)
                for rule in rules
            )
        )

    return next((spec.key for spec in community.rooms if is_theirs(spec)), None)


NO_ROLE = ""
"""A value among the roles that read a room, for people without a role (alumni): it may see least."""


def spec_of(community: Community, room_key: str) -> RoomSpec | None:
    """Return what describes a room, by its key or a former one; None where nothing does."""
    return next((spec for spec in community.rooms if room_key in keys_of(community, spec)), None)


def keys_of(community: Community, spec: RoomSpec) -> Iterator[str]:
    """Yield the keys and former keys of the rooms of ``spec``."""
    for where in _places(community, spec):
        yield _key(spec.key, *(part.key for part in where.parts.values()))
        yield from _former_keys(spec, tuple(where.parts.values()))


def rooms_and_bots(community: Community) -> dict[str, bool]:
    """Return the keys of all rooms (not spaces) that the description asks for, and whether the bot is in each."""
    structure = community.model_copy(update={"members": ()})  # members do not matter for this
    return {room.key: room.options.bots for room in expand_rooms(structure) if not room.is_space}


_Part = Theme | Cohort | City
_Chosen = TypeVar("_Chosen", Theme, Cohort, City)


@dataclass(frozen=True, slots=True)
class _RoomSubject:
    """The theme, cohort and city that a room is made for, as far as it has them."""

    theme: Theme | None = None
    cohort: Cohort | None = None
    city: City | None = None

    @property
    def parts(self) -> dict[str, _Part]:
        """Those that are set, by their placeholder in names (``theme``…), in the order of a room's key."""
        named = (("theme", self.theme), ("cohort", self.cohort), ("city", self.city))
        return {name: part for name, part in named if part is not None}

    @property
    def scope(self) -> RoomScope:
        """What the room is made for, by keys."""
        return RoomScope(**{name: part.key for name, part in self.parts.items()})


def rooms_made_for(community: Community, spec: RoomSpec) -> Iterator[tuple[str, RoomScope]]:
    """Yield the key of each room of ``spec``, and what it is made for, without its members."""
    for where in _places(community, spec):
        yield _key(spec.key, *(part.key for part in where.parts.values())), where.scope


def _places(community: Community, spec: RoomSpec) -> Iterator[_RoomSubject]:
    """Yield the subject of each room of ``spec``."""
    themes = _chosen(community.themes, spec.themes)
    cohorts = _chosen(community.cohorts, spec.cohorts)
    match spec.scope:
        case Scope.COMMUNITY | Scope.SINGLE:
            yield _RoomSubject()
        case Scope.THEME:
            yield from (_RoomSubject(theme=theme) for theme in themes)
        case Scope.COHORT:
            yield from (_RoomSubject(cohort=cohort) for cohort in cohorts)
        case Scope.CITY:
            yield from (_RoomSubject(city=city) for city in _chosen(community.cities, spec.cities))
        case Scope.THEME_COHORT:
            yield from (
                _RoomSubject(theme=theme, cohort=cohort) for theme, cohort in product(themes, cohorts)
            )
        case _:
            assert_never(spec.scope)


def _chosen(entries: Iterable[_Chosen], keys: Sequence[str] | None) -> list[_Chosen]:
    return [entry for entry in entries if keys is None or entry.key in keys]


def _spaces(
    community: Community, rooms: Sequence[DescribedRoom], members: Members, order: _NameSorter
) -> Iterator[DescribedRoom]:
    """Yield the spaces: the community's, one for each theme and cohort, one for each city that has rooms.

    The members of a room are in the spaces that list it, so that they find it there.
    """
    inside: dict[str, set[str]] = {}
    for room in rooms:
        for parent in room.parents:
            inside.setdefault(parent, set()).update(room.members)

    def space(
        key: str, name: Localized, topic: Localized, there: Names, place: RoomScope = _NOWHERE
    ) -> DescribedRoom:
        return DescribedRoom(
            key=key,
            name=name,
            topic=topic,
            policy=None,
            theme=place.theme,
            cohort=place.cohort,
            city=place.city,
            parents=() if key == ROOT_SPACE else (ROOT_SPACE,),
            members=order(there),
            moderators=order(members.moderating(there)),
        )

    yield space(ROOT_SPACE, community.name, community.name, members.active)
    if ALUMNI_SPACE in inside:
        # Those who are everywhere are there to be found.
        yield space(ALUMNI_SPACE, _ALUMNI, _ALUMNI, members.alumni | members.everywhere)
    listed: list[tuple[str, _Part, Localized, RoomScope]] = [
        *((city_space(c.key), c, c.name, RoomScope(city=c.key)) for c in community.cities),
        *((cohort_space(c.key), c, c.name, RoomScope(cohort=c.key)) for c in community.cohorts),
        *((theme_space(t.key), t, t.summary, RoomScope(theme=t.key)) for t in community.themes),
    ]
    for key, entry, topic, place in sorted(listed, key=lambda entry: entry[0]):
        if place.city is not None and key not in inside:
            continue
        there = members.of_place(place) | (members.active & inside.get(key, set()))
        was = () if entry.was is None else (key.removesuffix(entry.key) + entry.was,)
        yield replace(space(key, entry.name, topic, there, place), was=was)


def _room(spec: RoomSpec, where: _RoomSubject, members: Members, order: _NameSorter) -> DescribedRoom:
    parts = where.parts
    named = {name: part.name for name, part in parts.items()}
    place = where.scope
    belonging = members.of_room(spec, place)
    placed, may_enter = _arrivals(spec.policy, belonging, members)
    key = _key(spec.key, *(part.key for part in parts.values()))
    gate = safe_space(key) if spec.policy is Policy.SAFE else None
    return DescribedRoom(
        key=key,
        name=spec.name.formatted(**named),
        topic=spec.topic.formatted(**named),
        policy=spec.policy,
        theme=place.theme,
        cohort=place.cohort,
        city=place.city,
        parents=_parents(spec, place) if gate is None else (gate,),
        was=_former_keys(spec, tuple(parts.values())),
        members=order(placed),
        may_enter=order(may_enter),
        moderators=order(belonging.moderators),
        announcers=order(belonging.announcers),
        gate=gate,
        options=options_of(spec),
    )


def _arrivals(policy: Policy, belonging: RoomMembers, members: Members) -> tuple[Names, Names]:
    """Return the members who are put into a room, and those who may join by themselves."""
    match policy:
        case Policy.LOBBY | Policy.CLOSED | Policy.SAFE | Policy.ANNOUNCE:
            return belonging.members, _NOBODY
        case Policy.OPEN:
            return belonging.members, members.active
        case Policy.CAFE:
            # Moderators must be in the room to use their power; alumni cannot join by themselves.
            return belonging.moderators | (belonging.members & members.alumni), members.active
        case _:
            assert_never(policy)


def _parents(spec: RoomSpec, place: RoomScope) -> tuple[str, ...]:
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


def _former_keys(spec: RoomSpec, parts: Sequence[_Part]) -> tuple[str, ...]:
    """Return each former key that the room may have: any of its parts, or several, may have been renamed."""
    choices = [(entry.key,) if entry.was is None else (entry.key, entry.was) for entry in (spec, *parts)]
    return tuple(_key(*keys) for keys in islice(product(*choices), 1, None))
