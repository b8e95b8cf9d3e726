"""What a message says of a time, part by part, before it is known which moment that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto

from community.search.when.doubts import Doubt


class DayPart(IntEnum):
    """The parts of a day, in the order of the table ``day_parts``."""

    DAWN = 0
    MORNING = 1
    NOON = 2
    AFTERNOON = 3
    EVENING = 4
    NIGHT = 5


class ClockStyle(Enum):
    """How an hour is written: ``EXACT`` (15h, 03:00, noon) has one meaning, the others may need “in the afternoon”."""

    EXACT = auto()
    SIGNED = auto()
    """With minutes or with the sign of hours: 3h, 3:30."""
    BARE = auto()
    """The number alone, or in words."""
    MIDNIGHT = auto()
    """“Midnight” alone, which may begin or end the day."""
    FROM_SIX = auto()
    """Counted from six in the morning or evening, as in Swahili."""


class Half(IntEnum):
    """The halves of a day."""

    AM = 0
    PM = 1


@dataclass(frozen=True, slots=True)
class ClockSaid:
    """A time of day. ``minutes`` from midnight, by the hour as it was said."""

    minutes: int
    style: ClockStyle
    half: Half | None = None
    part: DayPart | None = None


@dataclass(frozen=True, slots=True)
class ClockRange:
    """From a time of day to another. ``may_be_days``: the numbers alone may as well be days, as in “de 14 a 16”."""

    first: ClockSaid
    last: ClockSaid
    may_be_days: bool = False


@dataclass(frozen=True, slots=True)
class LengthSaid:
    """A length of time; ``unit`` is a place in `UNITS`."""

    amount: int
    unit: int
    halves: bool = False
    """Whether half of the unit comes to it: an hour and a half."""


class Which(Enum):
    """Which of the days with a name is meant."""

    COMING = auto()
    """The first from now on."""
    NEXT = auto()
    """“Next Friday”: this week's or next week's, as people differ."""
    WEEK_LATER = auto()
    FORTNIGHT_LATER = auto()


@dataclass(frozen=True, slots=True)
class WeekdaySaid:
    """A day of the week (Monday is 0)."""

    weekday: int
    which: Which = Which.COMING


@dataclass(frozen=True, slots=True)
class DateSaid:
    """A day of a month. What was not said is None."""

    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class FiguresSaid:
    """Two figures that may be day and month, or month and day."""

    first: int
    second: int
    year: int | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class AheadSaid:
    """So long from today, in days or more."""

    length: LengthSaid
    doubted: LengthSaid | None = None
    """What it may mean instead: “dans quinze jours” is two weeks, or fifteen days."""


@dataclass(frozen=True, slots=True)
class NthSaid:
    """The first, second … (-1: last) of a weekday in a month; without ``month`` in each, or in one said elsewhere."""

    nth: int
    weekday: int
    month: int | None = None
    year: int | None = None


DayOne = WeekdaySaid | DateSaid | FiguresSaid | AheadSaid | NthSaid


@dataclass(frozen=True, slots=True)
class DayRange:
    """From a day to another, both included."""

    first: DayOne
    last: DayOne


@dataclass(frozen=True, slots=True)
class DayList:
    """Several days. ``in_a_row``: days of the week without commas, which mean each week or this one alone."""

    days: tuple[DayOne, ...]
    in_a_row: bool = False


@dataclass(frozen=True, slots=True)
class StretchSaid:
    """A week or month: ``ahead`` of the present one, or a month by its number."""

    unit: int
    ahead: int = 0
    month: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class SoonSaid:
    """So many minutes from now."""

    minutes: int


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """How it is repeated; ``unit`` as in `UNITS`. ``days``: weekdays; ``nths``: which of them in the month."""

    unit: int
    interval: int = 1
    days: tuple[int, ...] = ()
    nths: tuple[int, ...] = ()
    is_adjective: bool = False
    """Whether it may only name what it is: “the monthly meeting”."""
    is_range: bool = False
    """Whether ``days`` are from one to another beside dates, which are the same days then: “Monday to Wednesday”."""


@dataclass(frozen=True, slots=True)
class StartSaid:
    """From which day on something is repeated; ``is_month``: a month was said, of which the day is the first."""

    day: DayOne
    is_month: bool = False


@dataclass(frozen=True, slots=True)
class UntilSaid:
    """Until when: a day, a month or year to its end, or so many times.

    ``is_end``: it is said that its end is meant; ``is_by``: that something is due by then.
    """

    day: DayOne | None = None
    stretch: StretchSaid | None = None
    times: int | None = None
    is_end: bool = False
    is_by: bool = False


@dataclass(frozen=True, slots=True)
class ExceptSaid:
    """Without these days, weekdays or months."""

    days: tuple[DayOne, ...] = ()
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HoursSaid:
    """“Two hours” in a language that says so of the time of day too."""

    clock: ClockSaid
    length: LengthSaid


@dataclass(frozen=True, slots=True)
class MomentRange:
    """From an hour of one day to an hour of another."""

    first_day: DayOne
    first: ClockSaid
    last_day: DayOne
    last: ClockSaid


@dataclass(frozen=True, slots=True)
class PartSaid:
    """A part of the day that stands apart from its hour."""

    part: DayPart


@dataclass(frozen=True, slots=True)
class AllDaySaid:
    """That it takes the whole day."""


@dataclass(frozen=True, slots=True)
class ZoneSaid:
    """In whose time: each of ``zones`` may be meant. ``is_place``: a city is only said to be where it happens."""

    zones: tuple[str, ...]
    offset: int | None = None
    """Minutes east of UTC, where that alone is said."""
    is_place: bool = False


@dataclass(frozen=True, slots=True)
class DueSaid:
    """That it is to be done by then; ``before``: before then. ``is_until_hour``: “until ten” was said."""

    before: bool = False
    is_until_hour: bool = False


@dataclass(frozen=True, slots=True)
class DoubtSaid:
    """Something that names no moment."""

    doubt: Doubt


Said = (
    ClockSaid
    | ClockRange
    | HoursSaid
    | MomentRange
    | LengthSaid
    | DayOne
    | DayRange
    | DayList
    | StretchSaid
    | SoonSaid
    | RuleSaid
    | StartSaid
    | UntilSaid
    | ExceptSaid
    | PartSaid
    | AllDaySaid
    | ZoneSaid
    | DueSaid
    | DoubtSaid
)


@dataclass(frozen=True, slots=True)
class WhenPart:
    """One part, and the tokens from ``first`` to before ``end`` that say it."""

    said: Said
    first: int
    end: int
