"""Who belongs to a room: its rules, against the members. Pure.

Members are sorted into sets once, so a hundred rooms of ten thousand members cost what the rooms hold, not what
a look at each member for each room would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from community.model import Cohort, Community, Permission, RoomSpec, Scope, Status, Who

Names = frozenset[str]
"""User names of members."""
_EVERYBODY = Who()


@dataclass(frozen=True)
class Place:
    """What a room is made for: keys, or None."""

    theme: str | None = None
    cohort: str | None = None
    city: str | None = None


@dataclass(frozen=True)
class Belonging:
    """The members of one room: all, and those of them with a permission there."""

    members: Names
    moderators: Names
    announcers: Names


class Members:
    """A community's members by role, theme, city and status."""

    def __init__(self, community: Community) -> None:
        roles, themes, cities = defaultdict(set), defaultdict(set), defaultdict(set)
        statuses: defaultdict[Status, set[str]] = defaultdict(set)
        for member in community.members:
            roles[member.role].add(member.username)
            statuses[member.status].add(member.username)
            if member.city is not None:
                cities[member.city].add(member.username)
            for theme in member.themes:
                themes[theme].add(member.username)
        self._role, self._theme, self._city = _frozen(roles), _frozen(themes), _frozen(cities)
        self._status: dict[Status, Names] = {status: frozenset(names) for status, names in statuses.items()}
        self._cohort = {cohort.key: self._of_cohort(cohort) for cohort in community.cohorts}
        self.everywhere = _union(self._role, (role.key for role in community.roles if role.everywhere))
        self._may = {
            permission: _union(self._role, (r.key for r in community.roles if permission in r.may))
            for permission in Permission
        }

    @property
    def active(self) -> Names:
        """The members who are neither alumni nor gone."""
        return self._status.get(Status.ACTIVE, frozenset())

    @property
    def alumni(self) -> Names:
        """Those no longer in the project who are still friends."""
        return self._status.get(Status.ALUMNI, frozenset())

    def moderating(self, names: Iterable[str]) -> Names:
        """Return those of ``names`` whose role may moderate."""
        return self._may[Permission.MODERATE].intersection(names)

    def of_room(self, spec: RoomSpec, place: Place) -> Belonging:
        """Return who belongs to a room of ``spec`` that is made for ``place``."""
        rules = spec.who if spec.who is not None else (Who(roles=spec.roles or None),)
        found = [(rule, self._matching(rule, spec, place)) for rule in rules]
        members = frozenset().union(*(names for _rule, names in found))

        def may(permission: Permission) -> Names:
            by_rule = frozenset().union(*(names for rule, names in found if permission in rule.may))
            return by_rule | (members & self._may[permission])

        return Belonging(members, may(Permission.MODERATE), may(Permission.ANNOUNCE))

    def of_place(self, place: Place) -> Names:
        """Return the active members whom a theme, cohort or city concerns."""
        return (self._in_place(_EVERYBODY, place) | self.everywhere) & self.active

    def _matching(self, rule: Who, spec: RoomSpec, place: Place) -> Names:
        standing = frozenset().union(*(self._status.get(Status(s), frozenset()) for s in rule.status))
        if rule.people is not None:
            return self._conditions(rule, standing & frozenset(rule.people))
        if spec.scope is Scope.SINGLE and rule == _EVERYBODY:
            return frozenset()
        concerned = self._in_place(rule, place)
        if not (rule.themes or rule.cities or rule.cohorts):
            concerned |= self.everywhere
        return self._conditions(rule, concerned & standing)

    def _conditions(self, rule: Who, names: Names) -> Names:
        """Return those of ``names`` for whom all holds that the rule itself says of role, theme and place."""
        for values, by_key in (
            (rule.roles, self._role),
            (rule.themes, self._theme),
            (rule.cities, self._city),
            (rule.cohorts, self._cohort),
        ):
            if values is not None:
                names &= _union(by_key, values)
        return names

    def _in_place(self, rule: Who, place: Place) -> Names:
        """Return whom the room's own theme, cohort and city concern, but for what the rule says otherwise."""
        found: list[Names] = []
        if place.theme is not None and rule.themes is None:
            found.append(self._theme.get(place.theme, frozenset()))
        if rule.cities is None and rule.cohorts is None:
            if place.cohort is not None:
                found.append(self._cohort.get(place.cohort, frozenset()))
            if place.city is not None:
                found.append(self._city.get(place.city, frozenset()))
        everybody = frozenset().union(*self._status.values()) if not found else found[0]
        return everybody.intersection(*found[1:])

    def _of_cohort(self, cohort: Cohort) -> Names:
        return _union(self._city, cohort.cities)


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, Names]:
    return {key: frozenset(names) for key, names in sets.items()}


def _union(by_key: Mapping[str, Names], keys: Iterable[str]) -> Names:
    return frozenset().union(*(by_key.get(key, frozenset()) for key in keys))
