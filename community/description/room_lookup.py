"""The rooms that a community describes, looked up by their keys. Pure."""

from __future__ import annotations

from community.description.model import Community
from community.description.rooms import DescribedRoom, expand_rooms


def room_keys(community: Community) -> dict[str, str]:
    """Return the key of each room (not space) by that and by its former keys."""
    rooms = described_rooms(community)
    former = {key: room.key for room in rooms for key in room.was}
    return former | {room.key: room.key for room in rooms}


def rooms_of_city(community: Community, city: str) -> frozenset[str]:
    """Return the keys of the rooms that are made for one city alone."""
    return frozenset(room.key for room in described_rooms(community) if room.city == city)


def described_rooms(community: Community) -> list[DescribedRoom]:
    """Return the rooms (not spaces), without their members."""
    structure = community.model_copy(update={"members": ()})
    return [room for room in expand_rooms(structure) if not room.is_space]
