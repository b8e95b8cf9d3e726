"""The safe rooms as they were applied last: who keeps them, who belongs there.

Who is let into a safe room is seen by the bot while it runs, and the description may change meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from community.description.fields import Localized
from community.description.model import Community, Policy, Status
from community.description.rooms import expand_rooms
from matrix.ids import UserId, user_id


@dataclass(frozen=True, slots=True)
class DescribedSafeRoom:
    """A safe room. ``members`` are the names of those who belong there, by Matrix ID.

    ``keepers`` are those of them who may moderate there, ``alumni`` those who are no active members of the community,
    with the languages that they read. ``retention``: how long messages stay, None for always.
    """

    key: str
    name: Localized
    members: Mapping[UserId, str]
    keepers: frozenset[UserId]
    alumni: Mapping[UserId, tuple[str, ...]]
    retention: timedelta | None = None


def safe_rooms_of(community: Community, server_name: str) -> tuple[DescribedSafeRoom, ...]:
    """Return the safe rooms of a community, sorted by key. Pure."""
    alumni = {m.username: tuple(m.languages) for m in community.members if m.status is Status.ALUMNI}
    return tuple(
        DescribedSafeRoom(
            room.key,
            room.name,
            {user_id(name, server_name): community.member[name].name for name in room.members},
            frozenset(user_id(name, server_name) for name in room.moderators),
            {user_id(name, server_name): alumni[name] for name in room.members if name in alumni},
            room.options.retention,
        )
        for room in expand_rooms(community)
        if room.policy is Policy.SAFE
    )


class SafeRooms:
    """Keeps them; `take` is given the community that is applied (`bots.community_reloader`)."""

    def __init__(self, community: Community, server_name: str) -> None:
        self._server_name = server_name
        self.current = safe_rooms_of(community, server_name)

    async def take(self, community: Community) -> None:
        """Go by another community from now on."""
        self.current = safe_rooms_of(community, self._server_name)
