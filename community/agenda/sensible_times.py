"""When a reminder is posted in a room: not at night and not on the weekend of its cities, if it can wait. Pure.

What comes less than a day ahead, or at the start, is what people asked for: it is never held. What comes days or weeks
ahead, or a day or more after a deadline, and falls into the quiet hours or on the weekend of a city of the room,
is posted at the next moment that is quiet for none, or at the last one before where waiting would make it useless.
Where there is no such moment near, at that which is quiet for the fewest of the cities.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from community.agenda.occurrences import MORNING, Post
from community.core.zones import ZoneInfo, existing

DAY = timedelta(days=1)
LONGEST_WAIT = timedelta(days=7)
"""How long a reminder waits at most."""
LONGEST_AHEAD = timedelta(days=4)
"""How much earlier than asked for a reminder is posted at most."""
_KEPT = timedelta(hours=18)
"""What is to be left of the time before, where a reminder waits: of more than a day and a half the half is enough."""
_BEFORE_QUIET = timedelta(hours=1)
"""How long before the quiet hours begin the last sensible moment is."""


class PostTimes(Protocol):
    """When posts go out in some rooms. ``reach``: how far that may be from when they are due by the calendar."""

    @property
    def reach(self) -> timedelta:
        """How far a post's moment, or that from which it is looked at, may be from when it is due."""
        ...

    def placed(self, post: Post) -> Post:
        """Return a post of the calendar as it goes out in these rooms."""
        ...


class AsDue:
    """Each post goes out when it is due."""

    reach = timedelta()

    def placed(self, post: Post) -> Post:
        """Return the post as it is."""
        return post


AS_DUE = AsDue()


@dataclass(frozen=True, slots=True)
class CityTimes:
    """The quiet hours, if any, and the days of rest (Monday is 0) of a city, on its clock."""

    zone: ZoneInfo
    quiet: tuple[time, time] | None
    rest: frozenset[int]

    def is_quiet(self, moment: datetime) -> bool:
        """Whether nothing is to be posted there at ``moment`` (aware) that can wait."""
        local = moment.astimezone(self.zone)
        return local.weekday() in self.rest or self._is_night(local.time())

    def _is_night(self, clock: time) -> bool:
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return begin <= clock < end if begin < end else clock >= begin or clock < end

    def openings(self, days: Iterable[date]) -> Iterator[datetime]:
        """Yield when on these days quiet hours, or a day of rest, may end."""
        for day in days:
            yield self.at(day, time() if self.quiet is None else self.quiet[1])
            if self.quiet is not None and self.quiet[0] < self.quiet[1]:
                # Quiet in the middle of the day: a day of rest ends at midnight.
                yield self.at(day, time())

    def closings(self, days: Iterable[date]) -> Iterator[datetime]:
        """Yield the last good moments on these days before quiet hours, or else midnight."""
        for day in days:
            yield self.at(day, time() if self.quiet is None else self.quiet[0]) - _BEFORE_QUIET

    def at(self, day: date, clock: time) -> datetime:
        """Return a moment on the clock there, in UTC."""
        return existing(datetime.combine(day, clock, self.zone)).astimezone(UTC)


@dataclass(frozen=True, eq=False)
class RoomTimes:
    """When reminders go out in the rooms of certain cities. Each instance is its own; the same cities share one.

    ``cities``: the different times of the cities, and how many have them; ``zone``: by whose clock a day is reckoned.
    ``digest``: when the reminders of a day are told together, None where each goes out by itself. ``week_begins``: the
    first working day of the week (Monday is 0).
    """

    cities: Mapping[CityTimes, int]
    zone: ZoneInfo
    digest: time | None
    week_begins: int = 0
    _digests: dict[date, datetime] = field(default_factory=dict)

    @property
    def reach(self) -> timedelta:
        """How far from its moment by the calendar a post may be looked at."""
        return LONGEST_WAIT + 2 * DAY

    def placed(self, post: Post) -> Post:
        """Return a post of the calendar as it goes out in these rooms: when, and with which others."""
        if abs(post.before) < DAY:
            return post
        due = self.sensible(post.due, post.due + may_wait(post.before))
        return replace(post, due=due, told_with=self.told_with(due))

    def quiet_for(self, moment: datetime) -> int:
        """Return for how many of the cities ``moment`` is in the quiet hours or on the weekend."""
        return sum(number for city, number in self.cities.items() if city.is_quiet(moment))

    def sensible(self, moment: datetime, latest: datetime) -> datetime:
        """Return the moment (UTC) for what is due at ``moment`` and is of use until ``latest``."""
        if not self.quiet_for(moment):
            return moment
        following = self.next_open(moment, latest)
        if following is not None:
            return following
        before = sorted(self._before(moment), reverse=True)
        # The best first: to ask each city of each of them is most of the work.
        open_before = next((one[-1] for one in before if not self.quiet_for(one[-1])), None)
        if open_before is not None:
            return open_before
        others = [one[-1] for one in before] + list(self._openings(moment, latest))
        return min((moment, *others), key=lambda one: (self.quiet_for(one), abs(one - moment), one))

    def next_open(self, moment: datetime, latest: datetime) -> datetime | None:
        """Return the first moment from ``moment`` to ``latest`` that is quiet for none, None where there is none."""
        if not self.quiet_for(moment):
            return moment
        there = sorted(self._openings(moment, latest))
        return next((one for one in there if not self.quiet_for(one)), None)

    def _openings(self, after: datetime, latest: datetime) -> Iterator[datetime]:
        days = list(days_between(after - DAY, latest + DAY))
        for city in self.cities:
            yield from (one for one in city.openings(days) if after < one <= latest)

    def _before(self, moment: datetime) -> Iterator[tuple[date, bool, datetime]]:
        """Yield good moments of the days before, the best last: the same time of day before the end of a day."""
        days = list(days_between(moment - LONGEST_AHEAD, moment + DAY))
        for city in self.cities:
            clock = moment.astimezone(city.zone).time()
            for is_same, there in (
                (True, (city.at(day, clock) for day in days)),
                (False, city.closings(days)),
            ):
                yield from (
                    (one.astimezone(self.zone).date(), is_same, one)
                    for one in there
                    if moment - LONGEST_AHEAD <= one < moment
                )

    def told_with(self, moment: datetime) -> datetime | None:
        """Return when (UTC) the reminders of the day of ``moment`` are told, where they are several."""
        return None if self.digest is None else self.hour_on(moment.astimezone(self.zone).date())

    def hour_on(self, day: date) -> datetime:
        """Return at what moment (UTC) of a day something is told that has no moment of its own."""
        if day not in self._digests:
            self._digests[day] = self._digest(day, MORNING if self.digest is None else self.digest)
        return self._digests[day]

    def _digest(self, day: date, clock: time) -> datetime:
        usual = existing(datetime.combine(day, clock, self.zone)).astimezone(UTC)
        if not self.quiet_for(usual):
            return usual
        days = (day - DAY, day, day + DAY)
        there = [existing(datetime.combine(day, time(), self.zone)).astimezone(UTC)]
        for city in self.cities:
            there += [*city.openings(days), *city.closings(days)]
        same_day = [one for one in there if one.astimezone(self.zone).date() == day]
        return min((usual, *same_day), key=lambda one: (self.quiet_for(one), abs(one - usual), one))


def may_wait(before: timedelta) -> timedelta:
    """Return how long a reminder that comes so long before, or after, may wait and still be of use."""
    if before < timedelta():
        return LONGEST_WAIT
    return min(before - max(before / 2, min(before, _KEPT)), LONGEST_WAIT)


def days_between(first: datetime, last: datetime) -> Iterator[date]:
    """Yield the days (UTC) from one moment to another."""
    day = first.astimezone(UTC).date()
    while day <= last.astimezone(UTC).date():
        yield day
        day += DAY
