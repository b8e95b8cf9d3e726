"""Whom the description of a room lets in, without counting its members. Pure."""

from __future__ import annotations

from collections.abc import Collection

from community.description.membership import rules_of
from community.description.model import Community, Policy, RoomSpec, Scope, Who
from community.description.rooms import NO_ROLE, keys_of, spec_of

_FOR_ALL = frozenset((Policy.OPEN, Policy.CAFE))
"""Members may join these by themselves."""


def roles_admitted(community: Community, room_key: str) -> frozenset[str]:
    """Return the keys of the roles that the description admits to a room.

    All roles, where members may join by themselves, where no role is named, and for a room that is no longer described.
    Alumni have no role: a room that admits them has all roles and `NO_ROLE`.
    """
    spec = spec_of(community, room_key)
    return frozenset(community.role) if spec is None else _fitting(community, spec, rules_of(spec))


def is_open_to_all(spec: RoomSpec) -> bool:
    """Whether anybody of the network may know what is in the rooms of ``spec``, be they in them or not.

    Not where its rules or roles choose people, in safe rooms, and in a ``single`` room.
    """
    chosen = spec.roles is not None or spec.who is not None
    return not (chosen or spec.policy is Policy.SAFE or spec.scope is Scope.SINGLE)


def rooms_open_to_all(community: Community) -> frozenset[str]:
    """Return the keys and former keys of the rooms of which anybody of the network may know what is in them."""
    specs = (spec for spec in community.rooms if is_open_to_all(spec))
    return frozenset(key for spec in specs for key in keys_of(community, spec))


def roles_told(community: Community, room_key: str) -> frozenset[str]:
    """Return the roles whose people may all know what is in a room: all of them are in it, or it is open to all.

    None for a room that is not described any more.
    """
    spec = spec_of(community, room_key)
    if spec is None or spec.policy is Policy.SAFE:
        return frozenset()
    if is_open_to_all(spec):
        return frozenset(community.role)
    if spec.scope not in (Scope.COMMUNITY, Scope.SINGLE):
        return frozenset()  # in a theme's room is not everybody of a role
    return frozenset(role for rule in rules_of(spec) if _is_by_role_alone(rule) for role in rule.roles or ())


def _is_by_role_alone(rule: Who) -> bool:
    narrower = (rule.people, rule.themes, rule.cities, rule.cohorts)
    return "active" in rule.status and all(named is None for named in narrower)


def _fitting(community: Community, spec: RoomSpec, rules: Collection[Who]) -> frozenset[str]:
    everybody = frozenset(community.role)
    roles = frozenset[str]().union(*(_admitted(rule, community) for rule in rules))
    if any("alumni" in rule.status for rule in rules):
        return everybody | {NO_ROLE}
    return everybody if spec.policy in _FOR_ALL or not roles else roles


def _admitted(rule: Who, community: Community) -> frozenset[str]:
    if rule.people is not None:
        named = frozenset(m.role for m in community.members if m.username in rule.people)
        return named if rule.roles is None else named.intersection(rule.roles)
    return frozenset(community.role if rule.roles is None else rule.roles)
