"""The rooms of one member. Pure."""

from __future__ import annotations

from community.description.model import Community, Member
from community.description.rooms import expand_rooms


def rooms_of(member: Member, community: Community) -> frozenset[str]:
    """Return the keys of the spaces and rooms that a community puts a member into."""
    alone = community.model_copy(update={"members": (member,)})
    return frozenset(room.key for room in expand_rooms(alone) if member.username in room.members)
