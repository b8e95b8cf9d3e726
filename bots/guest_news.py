"""What is told of somebody in a room whom the description does not know, and to whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from matrix.ids import RoomId, UserId

NAMED = 5
"""Moderators that one message names."""


@dataclass(frozen=True, slots=True)
class GuestNews:
    """That ``user`` is in a room, called ``room``.

    ``host``: who has invited them, if that is one of us, called ``host_name``; ``may_host`` says whether the
    description has them as a moderator of the room. ``moderators`` are the names of those who may invite guests there.
    ``is_reached``: whether the bot can write to the guest.
    """

    user: UserId
    room_id: RoomId
    room: str
    host: UserId | None
    moderators: tuple[str, ...] = ()
    host_name: str = ""
    may_host: bool = False
    is_reached: bool = True

    def admitted(self) -> Iterator[Notice]:
        """Give what is told where they get keys: to coordinators, to their host, to themselves."""
        values = {"user": self.user, "room": self.room, "host": self.host_name}
        yield self._notice(NoticeKind.GUEST_ADMITTED, COORDINATORS, values)
        if self.host is not None:
            yield self._notice(NoticeKind.GUEST_ADMITTED, self.host, values)
        if self.is_reached:
            yield self._notice(NoticeKind.GUEST_WELCOME, self.user, values)

    def refused(self) -> Iterator[Notice]:
        """Give what is told where they get none: to coordinators, and to who has invited them."""
        values = {"user": self.user, "room": self.room}
        yield self._notice(NoticeKind.GUEST_REFUSED, COORDINATORS, values)
        if self.host is None:
            return
        if self.may_host:
            yield self._notice(NoticeKind.GUEST_REFUSED, self.host, values)
        else:
            moderators = ", ".join(self.moderators[:NAMED])
            yield self._notice(NoticeKind.GUEST_NEEDS_HOST, self.host, {**values, "moderators": moderators})

    def _notice(self, kind: NoticeKind, audience: str, values: dict[str, str]) -> Notice:
        return Notice(kind, audience, f"{self.room_id}/{self.user}", values)
