"""What ``calendar.yaml`` holds: events and deadlines."""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal

from pydantic import Field

from community.description.addresses import Link
from community.description.described import Described
from community.description.fields import Key, Localized, RoomKey
from community.description.times import EventStart, LocalMoment, Offset, Rule, ZoneName


class Event(Described):
    """A meeting or another event. ``remind``: how long before its start a message is posted in ``rooms``.

    ``start``: a day alone is the whole day; what ``remind`` says then counts from nine in the morning.
    ``repeat`` is an RRULE (RFC 5545, section 3.3.10) reckoned in local time of ``timezone`` (the community's
    where absent), so that a meeting at ten stays at ten when the clocks change. ``UNTIL`` with a day includes it.
    """

    key: Key
    title: Localized
    start: EventStart
    lasts: Offset
    timezone: ZoneName | None = None
    repeat: Rule | None = None
    rooms: tuple[RoomKey, ...] = Field(min_length=1)
    remind: tuple[Offset, ...] = ()
    place: Localized | None = None
    link: Link | None = None
    note: Localized | None = None

    @property
    def is_all_day(self) -> bool:
        """Whether only its day is known."""
        return not isinstance(self.start, datetime)

    @property
    def local_start(self) -> datetime:
        """When it starts, as local time: midnight where it lasts all day."""
        return self.start if isinstance(self.start, datetime) else datetime.combine(self.start, time())


class Deadline(Described):
    """Something to deliver by a moment; the day alone means its last minute."""

    key: Key
    title: Localized
    due: LocalMoment
    timezone: ZoneName | None = None
    rooms: tuple[RoomKey, ...] = Field(min_length=1)
    remind: tuple[Offset, ...] = ()
    link: Link | None = None
    note: Localized | None = None


class Calendar(Described):
    """``calendar.yaml``: what happens and what is due."""

    version: Literal[1]
    events: tuple[Event, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
