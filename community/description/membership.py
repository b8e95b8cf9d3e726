"""Computes who belongs to a room by its rules. Pure.

A person belongs to a room if they fulfil every condition of at least one rule. A rule without ``themes``, or without
``cities`` and ``cohorts``, uses the room's own theme, city or cohort; a person whose role is ``everywhere`` fulfils
these in any room, but not the ones that a rule names.

Members are grouped into sets once, so that a room does not cost a pass over all members.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from community.description.model import Community, Permission, RoomSpec, Scope, Status, Who

Names = frozenset[str]
"""User names of members."""
_NOBODY: Names = frozenset()


@dataclass(frozen=True)
class RoomScope:
    """What a room is made for: keys, or None."""

    theme: str | None = None
    cohort: str | None = None
    city: str | None = None


@dataclass(frozen=True)
class RoomMembers:
    """The members of one room: all, and those of them with a permission there."""

    members: Names
    moderators: Names
    announcers: Names


def rules_of(spec: RoomSpec) -> tuple[Who, ...]:
    """Return the membership rules of the rooms of ``spec``; none for a ``single`` room without ``who``: it is empty."""
    if spec.who is not None:
        return spec.who
    return () if spec.scope is Scope.SINGLE else (Who(roles=spec.roles or None),)


class Members:
    """A community's members by role, theme, city, cohort and status."""

    def __init__(self, community: Community) -> None:
        people = community.members
        self._role = _sorted_by((m.role, m.username) for m in people)
        self._theme = _sorted_by((theme, m.username) for m in people for theme in m.themes)
        self._city = _sorted_by((m.city, m.username) for m in people if m.city is not None)
        self._status = _sorted_by((m.status.value, m.username) for m in people)
        self._cohort = {cohort.key: _union(self._city, cohort.cities) for cohort in community.cohorts}
        # Roles count for active members only: alumni and people who left have no power in the rooms.
        self.active = self._status.get(Status.ACTIVE, _NOBODY)
        self.alumni = self._status.get(Status.ALUMNI, _NOBODY)
        self.everywhere = self.active & _union(self._role, (r.key for r in community.roles if r.everywhere))
        self._may = {
            permission: self.active
            & _union(self._role, (r.key for r in community.roles if permission in r.may))
            for permission in Permission
        }
        self._standing: dict[tuple[str, ...], Names] = {}

    def moderating(self, names: Iterable[str]) -> Names:
        """Return those of ``names`` whose role may moderate."""
        return self._may[Permission.MODERATE].intersection(names)

    def of_room(self, spec: RoomSpec, place: RoomScope) -> RoomMembers:
        """Return who belongs to a room of ``spec`` that is made for ``place``."""
        found = [(rule, self.fitting(rule, place)) for rule in rules_of(spec)]
        members = _all(names for _rule, names in found)

        def may(permission: Permission) -> Names:
            by_rule = _all(names for rule, names in found if permission in rule.may)
            return by_rule | (members & self._may[permission])

        return RoomMembers(members, may(Permission.MODERATE), may(Permission.ANNOUNCE))

    def of_place(self, place: RoomScope) -> Names:
        """Return the active members whom a theme, cohort or city concerns."""
        return self._concerned(Who(), place, self.active)

    def fitting(self, rule: Who, place: RoomScope) -> Names:
        """Return the members who fulfil ``rule``, with the room's own theme, city and cohort where it names none."""
        names = self._of_status(rule.status)
        names = (
            self._concerned(rule, place, names) if rule.people is None else names.intersection(rule.people)
        )
        for values, by_key in (
            (rule.roles, self._role),
            (rule.themes, self._theme),
            (rule.cities, self._city),
            (rule.cohorts, self._cohort),
        ):
            if values is not None:
                names &= _union(by_key, values)
        return names

    def _concerned(self, rule: Who, place: RoomScope, standing: Names) -> Names:
        """Return those of ``standing`` who fit the room's ``place``, except for parts that the rule names itself."""
        parts: list[Names] = []
        if place.theme is not None and rule.themes is None:
            parts.append(self._theme.get(place.theme, _NOBODY))
        if rule.cities is None and rule.cohorts is None:
            if place.cohort is not None:
                parts.append(self._cohort.get(place.cohort, _NOBODY))
            if place.city is not None:
                parts.append(self._city.get(place.city, _NOBODY))
        if not parts:
            return standing
        return parts[0].intersection(*parts[1:], standing) | (self.everywhere & standing)

    def _of_status(self, statuses: tuple[str, ...]) -> Names:
        # Cached: most rules have the same statuses, and the set may be half the network.
        if statuses not in self._standing:
            self._standing[statuses] = _union(self._status, statuses)
        return self._standing[statuses]


def _sorted_by(pairs: Iterable[tuple[str, str]]) -> dict[str, Names]:
    """Return the sets of second parts by first part."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, name in pairs:
        found[key].add(name)
    return {key: frozenset(names) for key, names in found.items()}


def _union(by_key: Mapping[str, Names], keys: Iterable[str]) -> Names:
    return _all(by_key.get(key, _NOBODY) for key in keys)


def _all(sets: Iterable[Names]) -> Names:
    """Return the union; a single set itself, so that large sets are not copied."""
    several = [names for names in sets if names]
    return several[0] if len(several) == 1 else _NOBODY.union(*several)
