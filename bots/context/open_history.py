"""In which rooms those who come later may read what was said before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from community.description.model import Policy
from community.description.room_policies import is_open_history
from community.description.rooms import DescribedRoom, expand_rooms

if TYPE_CHECKING:
    from bots.encryption import RoomView
    from community.description.model import Community


class OpenHistory:
    """Says so by the community that was applied last *and* by the room's own state: neither alone is enough.

    ``community`` gives the one that was applied last.
    """

    def __init__(self, community: Callable[[], Community]) -> None:
        self._community = community
        self._of: Community | None = None
        self._rooms: Mapping[str, DescribedRoom] = {}

    def holds(self, key: str, room: RoomView) -> bool:
        """Whether the earlier keys of a room of ours may be handed on. Never in a safe one."""
        described = self._described().get(key)
        if described is None or described.policy in (None, Policy.SAFE):
            return False
        is_open = is_open_history(described.options.history) and room.has_open_history
        return is_open and room.is_encrypted

    def has_place(self, key: str, username: str) -> bool:
        """Whether somebody is put into a room by the description, or may join it: nobody else is let in by the bot."""
        described = self._described().get(key)
        return described is not None and username in {*described.members, *described.may_enter}

    def may_take_out(self, key: str, username: str) -> bool:
        """Whether the bot may remove somebody from a room: nobody who has the same power there as the bot."""
        described = self._described().get(key)
        return described is not None and username not in {*described.moderators, *described.announcers}

    def _described(self) -> Mapping[str, DescribedRoom]:
        community = self._community()
        if community is not self._of:
            self._of, self._rooms = community, {room.key: room for room in expand_rooms(community)}
        return self._rooms
