"""Whom the description of a room lets in, without counting its members. Pure."""

from __future__ import annotations

from collections.abc import Collection

from community.description.membership import Members, RoomScope, rules_of
from community.description.model import Community, Policy, RoomSpec, Who
from community.description.rooms import NO_ROLE, spec_of

_FOR_ALL = frozenset((Policy.OPEN, Policy.CAFE))
"""Members may join these by themselves."""


def roles_admitted(community: Community, room_key: str) -> frozenset[str]:
    """Return the keys of the roles that the description admits to a room.

    All roles, where members may join by themselves, where no role is named, and for a room that is no longer described.
    Alumni have no role: a room that admits them has all roles and `NO_ROLE`.
    """
    spec = spec_of(community, room_key)
    return frozenset(community.role) if spec is None else _fitting(community, spec, rules_of(spec))


def roles_told(community: Community, room_key: str) -> frozenset[str]:
    """Return the roles whose people may all know what is in a room: as `roles_admitted`, without rules for people."""
    spec = spec_of(community, room_key)
    if spec is None:
        return frozenset(community.role)
    rules = rules_of(spec)
    for_many = [rule for rule in rules if rule.people is None]
    if rules and not for_many and spec.policy not in _FOR_ALL:
        return frozenset()
    return _fitting(community, spec, for_many)


def is_named_in(community: Community, room_key: str, username: str) -> bool:
    """Whether a rule of a room names somebody who fulfils it."""
    spec = spec_of(community, room_key)
    alone = tuple(member for member in community.members if member.username == username)
    members = Members(community.model_copy(update={"members": alone}))
    rules = () if spec is None else rules_of(spec)
    return any(username in members.fitting(rule, RoomScope()) for rule in rules if rule.people is not None)


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
