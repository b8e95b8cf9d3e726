"""Which rooms come with a theme, and how a member takes it up. Pure.

The rooms of one member are worked out alone, so that it costs no pass over all members.
"""

from __future__ import annotations

from community.description.membership import Members, rules_of
from community.description.model import Community, Joining, Member, Policy, RoomSpec, Scope, Status, Theme
from community.description.rooms import DescribedRoom, coordinating_roles, expand_rooms, rooms_made_for

_BY_THEME = (Scope.THEME, Scope.THEME_COHORT)


def joining_of(theme: Theme, community: Community) -> Joining:
    """Return how a theme is taken up.

    One that leads into a safe room is never taken up at once, and not at all where it does not say so itself: that
    there is a safe room is shown to nobody outside it unless those who write the description want it.
    """
    if not leads_into_safe_room(theme.key, community):
        return theme.joining or Joining.OPEN
    return Joining.CLOSED if theme.joining in (None, Joining.CLOSED) else Joining.ASK


def leads_into_safe_room(theme: str, community: Community) -> bool:
    """Whether somebody may be let into a safe room because they have taken this theme up."""
    return any(spec.policy is Policy.SAFE and _is_by_theme(spec, theme) for spec in community.rooms)


def _is_by_theme(spec: RoomSpec, theme: str) -> bool:
    is_of_it = spec.scope in _BY_THEME and (spec.themes is None or theme in spec.themes)
    return any(
        is_of_it and rule.people is None if rule.themes is None else theme in rule.themes
        for rule in rules_of(spec)
    )


def belongs_everywhere(community: Community, role: str) -> bool:
    """Whether whoever has a role is in the rooms of every theme, so that no theme is theirs to choose."""
    found = community.role.get(role)
    return found is not None and found.everywhere


def with_theme(member: Member, theme: str) -> Member:
    """Return a member who has taken a theme up."""
    if theme in member.themes:
        return member
    return member.model_copy(update={"themes": (*member.themes, theme)})


def without_theme(member: Member, theme: str) -> Member:
    """Return a member who has given a theme up."""
    if theme not in member.themes:
        return member
    return member.model_copy(update={"themes": tuple(key for key in member.themes if key != theme)})


def rooms_of_member(community: Community, member: Member) -> dict[str, DescribedRoom]:
    """Return the rooms, not spaces, into which a member is put, by key. Their members are this one alone."""
    alone = community.model_copy(update={"members": (member,)})
    rooms = (room for room in expand_rooms(alone) if not room.is_space)
    return {room.key: room for room in rooms if member.username in room.members}


def rooms_by_theme(community: Community, member: Member, theme: str) -> tuple[DescribedRoom, ...]:
    """Return the rooms in which a member is, or would be, because of a theme alone, whether or not they have it."""
    without = rooms_of_member(community, without_theme(member, theme))
    with_it = rooms_of_member(community, with_theme(member, theme))
    return tuple(room for key, room in with_it.items() if key not in without)


def safe_among(rooms: tuple[DescribedRoom, ...]) -> tuple[DescribedRoom, ...]:
    """Return the safe ones of rooms."""
    return tuple(room for room in rooms if room.policy is Policy.SAFE)


def keepers_of_all(community: Community, room_keys: frozenset[str]) -> frozenset[str]:
    """Return the user names of those who keep each of these rooms: who may moderate there."""
    members, found = Members(community), []
    for spec in community.rooms:
        for key, place in rooms_made_for(community, spec):
            if key in room_keys:
                found.append(members.of_room(spec, place).moderators)
    return frozenset() if not found else frozenset.intersection(*found)


def deciding_on(community: Community, member: Member, theme: str) -> frozenset[str]:
    """Return the user names of those who decide whether a member takes a theme up: never they themselves.

    Who keeps the safe rooms that come with the theme, each of them; without any the coordinators.
    """
    safe = safe_among(rooms_by_theme(community, member, theme))
    if safe:
        found = keepers_of_all(community, frozenset(room.key for room in safe))
    else:
        roles = coordinating_roles(community)
        active = (one for one in community.members if one.status is Status.ACTIVE)
        found = frozenset(one.username for one in active if one.role in roles)
    return found - {member.username}
