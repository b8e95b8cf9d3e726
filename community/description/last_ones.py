"""Who cannot go yet: nobody else coordinates, or keeps a safe room. Pure.

Whoever is described and has not come lets nobody in, so they do not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from community.description.fields import Localized
from community.description.membership import Members, Names
from community.description.model import Community, Policy, Status
from community.description.room_lookup import described_rooms
from community.description.rooms import coordinating_roles, rooms_made_for


@dataclass(frozen=True, slots=True)
class LastOne:
    """Somebody is the last who coordinates, or keeps a safe room: ``room`` is its name, None of a coordinator."""

    room: Localized | None = None


def coordinates_alone(community: Community, username: str, there: Collection[str]) -> bool:
    """Whether a member has such a role, and no other active member has one who has come.

    ``there``: the user names of those who have an account.
    """
    roles = coordinating_roles(community)
    coordinating = {
        one.username for one in community.members if one.role in roles and one.status is Status.ACTIVE
    }
    return username in coordinating and coordinating.isdisjoint({*there} - {username})


def last_one(
    community: Community, username: str, there: Collection[str], going: Collection[str]
) -> LastOne | None:
    """Return why somebody cannot go yet, as far as the description says it.

    ``there``: as above; ``going``: of those who have asked to leave before. Of a safe room that has one keeper the
    homeserver alone knows whether it is there, and who is in it: whoever carries a leaving out looks at that.
    """
    for key, keepers in _kept_rooms(community):
        here = keepers.intersection(there)
        if len(here) > 1 and here.difference(going) == {username}:
            return LastOne(next(room.name for room in described_rooms(community) if room.key == key))
    return LastOne() if coordinates_alone(community, username, {*there} - {*going}) else None


def _kept_rooms(community: Community) -> Iterator[tuple[str, Names]]:
    """Yield the key of each safe room, and the user names of those who keep it."""
    members = Members(community)
    for spec in community.rooms:
        if spec.policy is Policy.SAFE:
            for key, place in rooms_made_for(community, spec):
                yield key, members.of_room(spec, place).moderators
