"""What ``calendar.yaml`` holds: events and deadlines."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from community.core.messages import msg
from community.description.addresses import Link
from community.description.described import Described
from community.description.field_forms import refused
from community.description.fields import Key, Localized, RoomKey, Username
from community.description.times import (
    END_OF_DAY,
    EventStart,
    LocalMoment,
    Offset,
    Reminder,
    Rule,
    ZoneName,
)

EventKind = Literal["meeting", "training", "visit", "celebration", "other"]


class Audience(Described):
    """Whom an event or a deadline concerns. Of each kind named one is enough; ``people`` are concerned besides.

    ``everyone``: the whole community. With nothing said, those who belong to the entry's ``rooms``.
    """

    everyone: bool = False
    themes: tuple[Key, ...] = ()
    cohorts: tuple[Key, ...] = ()
    cities: tuple[Key, ...] = ()
    roles: tuple[Key, ...] = ()
    people: tuple[Username, ...] = ()

    @property
    def is_said(self) -> bool:
        """Whether it says anything."""
        return self != NOBODY_NAMED

    @model_validator(mode="after")
    def _everyone_alone(self) -> Self:
        if self.everyone and (self.themes or self.cohorts or self.cities or self.roles or self.people):
            raise refused(
                "everyone", msg("“everyone” is the whole community: name nobody besides, or take it out")
            )
        return self


NOBODY_NAMED = Audience()


class OccurrenceChange(Described):
    """One occurrence of an event that is cancelled or otherwise than the others.

    ``of``: the start that the event itself gives it, on the clock of the event's time zone; the day alone will do.
    ``start``: when it takes place instead; ``lasts``, ``place``, ``link``, ``note``: what is said of it alone.
    """

    of: EventStart
    cancelled: bool = False
    start: EventStart | None = None
    lasts: Offset | None = None
    place: Localized | None = None
    link: Link | None = None
    note: Localized | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.cancelled and self.start is not None:
            raise refused(
                "cancelled_and_moved",
                msg("it is cancelled or moved, not both: take out “cancelled” or “start”"),
            )
        return self


class Event(Described):
    """A meeting or another event. ``remind``: how long before its start a message is posted in its rooms.

    ``start``: a day alone is the whole day; what ``remind`` says then counts from nine in the morning.
    ``repeat`` is an RRULE (RFC 5545, section 3.3.10) reckoned in local time of ``timezone`` (the community's
    where absent), so that a meeting at ten stays at ten when the clocks change. ``UNTIL`` with a day includes it.
    ``except`` (EXDATE): starts that are left out; ``also`` (RDATE): further ones. ``cancelled``: the whole of it.
    ``originally``: its ``start`` when it was first set, where it was moved since: messages know it by that one.
    ``rooms``: where it is posted; where none is named they follow from ``audience``. Without ``remind`` a week, a day
    and an hour before, and at the start; with an empty list nothing is posted. ``added_by``: who entered it in chat.
    """

    key: Key
    title: Localized
    kind: EventKind = "meeting"
    start: EventStart
    originally: EventStart | None = None
    lasts: Offset
    timezone: ZoneName | None = None
    repeat: Rule | None = None
    except_: tuple[EventStart, ...] = Field(default=(), alias="except")
    also: tuple[EventStart, ...] = ()
    changes: tuple[OccurrenceChange, ...] = ()
    cancelled: bool = False
    audience: Audience = NOBODY_NAMED
    rooms: tuple[RoomKey, ...] = ()
    remind: tuple[Offset, ...] | None = None
    place: Localized | None = None
    link: Link | None = None
    note: Localized | None = None
    added_by: Username | None = None

    @property
    def is_all_day(self) -> bool:
        """Whether only its day is known."""
        return is_day(self.start)

    @property
    def local_start(self) -> datetime:
        """When it starts, as local time: midnight where it lasts all day."""
        return local_start(self.start)

    @property
    def shift(self) -> timedelta:
        """By how much it was moved as a whole since it was first set, on the clock."""
        return timedelta() if self.originally is None else self.local_start - local_start(self.originally)


class Deadline(Described):
    """Something to deliver by a moment; the day alone means its last minute.

    ``hand_in``: what is to be handed in; ``where``: where to; ``audience``: which cities or people hand it in;
    ``asked_by``: who asks for it, a member by their user name or a contact by its key. ``cancelled``: nobody needs to.
    ``originally``: when it was due at first, where it was put off since: messages know it by that moment.
    ``rooms``: where it is posted; where none is named they follow from ``audience``. ``remind``: how long before it is
    due a message is posted, with a minus how long after; without it four weeks, a week, a day and an hour before and a
    day after; with an empty list nothing is posted. ``added_by``: who entered it in chat.
    """

    key: Key
    title: Localized
    due: LocalMoment
    originally: LocalMoment | None = None
    hand_in: Localized | None = None
    timezone: ZoneName | None = None
    cancelled: bool = False
    audience: Audience = NOBODY_NAMED
    rooms: tuple[RoomKey, ...] = ()
    remind: tuple[Reminder, ...] | None = None
    where: Localized | None = None
    link: Link | None = None
    note: Localized | None = None
    asked_by: Username | None = None
    added_by: Username | None = None

    @property
    def is_of_day(self) -> bool:
        """Whether a whole day is left for it: it is due in the last minute of one."""
        return self.due.time() == END_OF_DAY

    @property
    def shift(self) -> timedelta:
        """By how much it was put off since it was first set, on the clock."""
        return timedelta() if self.originally is None else self.due - self.originally


class Calendar(Described):
    """``calendar.yaml``: what happens and what is due."""

    version: Literal[1]
    events: tuple[Event, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


def is_day(start: EventStart) -> bool:
    """Whether a start is a day alone."""
    return not isinstance(start, datetime)


def local_start(start: EventStart) -> datetime:
    """Return a start as local time: midnight of a day alone."""
    return start if isinstance(start, datetime) else datetime.combine(start, time())
