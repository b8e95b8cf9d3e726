"""The safe rooms as the description has them now: who keeps them, who belongs there.

Who is let into a safe room is seen by the bot while it runs, and the description may change meanwhile: so its files are
looked at again when they are others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from community.core.errors import PalabreError
from community.description.fields import Localized
from community.description.load import file_stamps, load_description
from community.description.model import Community, Policy, Status
from community.description.rooms import expand_rooms
from matrix.ids import UserId, user_id

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between looks whether the files have changed."""


@dataclass(frozen=True, slots=True)
class DescribedSafeRoom:
    """A safe room. ``members`` are the names of those who belong there, by Matrix ID.

    ``keepers`` are those of them who may moderate there, ``alumni`` those who are no active members of the community.
    """

    key: str
    name: Localized
    members: Mapping[UserId, str]
    keepers: frozenset[UserId]
    alumni: frozenset[UserId]


def safe_rooms_of(community: Community, server_name: str) -> tuple[DescribedSafeRoom, ...]:
    """Return the safe rooms of a community, sorted by key. Pure."""
    names = {member.username: member.name for member in community.members}
    alumni = frozenset(m.username for m in community.members if m.status is Status.ALUMNI)
    return tuple(
        DescribedSafeRoom(
            room.key,
            room.name,
            {user_id(name, server_name): names[name] for name in room.members},
            frozenset(user_id(name, server_name) for name in room.moderators),
            frozenset(user_id(name, server_name) for name in alumni.intersection(room.members)),
        )
        for room in expand_rooms(community)
        if room.policy is Policy.SAFE
    )


class SafeRooms:
    """Keeps the safe rooms in step with the files in ``config``; ``stamps`` are theirs when ``community`` was read."""

    def __init__(self, config: Path, community: Community, server_name: str, stamps: tuple[int, ...]) -> None:
        self._config = config
        self._server_name = server_name
        self._stamps = stamps
        self.current = safe_rooms_of(community, server_name)

    async def run(self, stop: asyncio.Event) -> None:
        """Look now and then until ``stop``."""
        while not stop.is_set():
            await self.refresh()
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)
            except TimeoutError:
                continue

    async def refresh(self) -> None:
        """Take in the files, where they have changed; with a mistake in them the safe rooms stay as they were."""
        stamps = await asyncio.to_thread(file_stamps, self._config)
        if stamps == self._stamps:
            return
        self._stamps = stamps
        try:
            self.current = await asyncio.to_thread(self._read)
        except PalabreError as error:
            log.warning("description_unreadable", kind=type(error).__name__)

    def _read(self) -> tuple[DescribedSafeRoom, ...]:
        return safe_rooms_of(load_description(self._config).community, self._server_name)
