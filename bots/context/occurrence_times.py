"""When something of the calendar is, in words: in the reader's own time, or in that of a room's cities. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from community.agenda.occurrences import Occurrence
from community.core.language_folders import language
from community.core.locale_texts import LocaleTexts, local_texts, locale_texts
from community.core.messages import Message, Translator, locale_of, msg
from community.core.plain_text import listed
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.model import City
from community.description.repetition_words import repetition_words

_DASH = " – "
_MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class OccurrenceTimes:
    """Writes when things are, for the readers of one reply, at ``now``.

    ``zone`` is the asker's. ``cities``: in a room those of the room, whose times are told; none directly. ``country``
    is that of the asker's city, by whose names months are called; empty where it is not known.
    """

    translate: Translator
    zone: ZoneInfo
    now: datetime
    cities: tuple[City, ...] = ()
    country: str = ""

    @property
    def _texts(self) -> LocaleTexts:
        spoken = self.translate.language
        return local_texts(spoken, self.country) if self.country else locale_texts(spoken)

    def day(self, day: date) -> str:
        """Return a day in full, with its day of the week."""
        return self._texts.full_day(day)

    def length(self, lasts: timedelta) -> str:
        """Return how long something is: “3 hours”, “1 hour 30 minutes”, “2 days”."""
        # Imported here because few ask for it, and an answer must be quick to start.
        from babel.units import format_unit  # noqa: PLC0415

        minutes = round(lasts / timedelta(minutes=1))
        days, rest = divmod(minutes, _MINUTES_OF_DAY)
        counts = (("day", days), ("hour", rest // 60), ("minute", rest % 60))
        spoken = locale_of(self.translate.language)
        return " ".join(
            str(format_unit(count, f"duration-{unit}", "long", locale=spoken))
            for unit, count in counts
            if count
        )

    def repetition(self, rule: str, zone: ZoneInfo) -> str:
        """Return how often something takes place by its rule, in words."""
        return repetition_words(rule, self._texts, self.translate, zone)

    def line(self, one: Occurrence, group: Sequence[Occurrence]) -> str:
        """Return when it is, in one line. ``group`` are all of the reply: their times stand in the same order."""
        said = self.when(one, group)
        return self.translate(msg("Due: {when}", when=said)) if isinstance(one.entry, Deadline) else said

    def when(self, one: Occurrence, group: Sequence[Occurrence]) -> str:
        """Return the day and the hours: of each group of cities where there are several."""
        if one.is_all_day:
            begins, ends = one.start.date(), (one.end - timedelta(minutes=1)).date()
            days = (begins,) if ends <= begins else (begins, ends)
            return _DASH.join(map(self.day, days))
        if one.is_due_that_day:
            return self._end_of_day(one)
        zones = [members[0] for members in self._zones(group)] or [self.zone]
        first = one.start.astimezone(zones[0]).date()
        hours = " · ".join(self._hours(one, zone, first) for zone in zones)
        said = f"{self.day(first)}{self._comma}{hours}"
        if not _lasts_days(one):
            return said
        return f"{said}{_DASH}{self.day(one.end.astimezone(zones[0]).date())}"

    def _end_of_day(self, one: Occurrence) -> str:
        """Return the day of a deadline that has the whole day, wherever it is read, and where it ends at that hour."""
        said = f"{self.day(one.start.date())}{self._comma}{self._texts.clock(one.start)}"
        readers = [ZoneInfo(city.timezone) for city in self.cities] or [self.zone]
        local = one.start.replace(tzinfo=None)
        if all(one.start.astimezone(zone).replace(tzinfo=None) == local for zone in readers):
            return said
        # Imported here because few read of another zone's day, and an answer must be quick to start.
        from babel.dates import get_timezone_location  # noqa: PLC0415

        spoken = locale_of(self.translate.language)
        return f"{said} ({get_timezone_location(one.start, locale=spoken, return_city=True)})"

    @property
    def _comma(self) -> str:
        return language(self.translate.language).comma

    def _hours(self, one: Occurrence, zone: ZoneInfo, day: date) -> str:
        start, end = one.start.astimezone(zone), one.end.astimezone(zone)
        said = self._texts.clock(start)
        if isinstance(one.entry, Event) and end != start and not _lasts_days(one):
            said += f"–{self._texts.clock(end)}"
        return said if start.date() == day else f"{said} ({self._texts.weekdays[start.weekday()]})"

    def legend(self, group: Sequence[Occurrence]) -> Message | None:
        """Return in which cities the times are, in the order in which they stand; None where there is no need."""
        if all(_keeps_its_day(one) for one in group):
            return None
        if not self.cities:
            return None
        spoken = self.translate.language
        members = [listed(sorted(names), spoken) for names in self._city_names(group)]
        if len(members) == 1:
            return msg("Times in {places}.", places=members[0])
        return msg("Times, in this order: {places}.", places="; ".join(members))

    def _zones(self, group: Sequence[Occurrence]) -> list[list[ZoneInfo]]:
        return [[ZoneInfo(city.timezone) for city in cities] for cities in self._alike(group)]

    def _city_names(self, group: Sequence[Occurrence]) -> list[list[str]]:
        spoken = self.translate.language
        return [[city.name.text(spoken) for city in cities] for cities in self._alike(group)]

    def _alike(self, group: Sequence[Occurrence]) -> list[list[City]]:
        """Return the cities that have the same time at each moment of the reply, the earliest clocks first."""
        found: dict[tuple[datetime, ...], list[City]] = {}
        moments = [one.start for one in group if not _keeps_its_day(one)]
        for city in self.cities:
            zone = ZoneInfo(city.timezone)
            local = tuple(moment.astimezone(zone).replace(tzinfo=None) for moment in moments)
            found.setdefault(local, []).append(city)
        return [cities for _local, cities in sorted(found.items(), key=lambda each: each[0])]

    def left(self, one: Occurrence, *, in_days: bool = False) -> str:
        """Return how long it is until then: “in 15 days”, “tomorrow”, “now”; of what is over how long ago it was.

        ``in_days``: it is asked, and said in days where months would be said else.
        """
        here = self._texts
        start = one.start if _keeps_its_day(one) else one.start.astimezone(self.zone)
        today = self.now.astimezone(start.tzinfo).date()
        days = (start.date() - today).days
        if one.start <= self.now:
            return self._since(one, today)
        if days == 1:
            return self.translate(msg("tomorrow"))
        if days == 0 and one.is_all_day:
            return self.translate(msg("today"))
        return here.ahead(one.start - self.now, days, in_days=in_days)

    def _since(self, one: Occurrence, today: date) -> str:
        if one.end > self.now:
            return self.translate(msg("now"))
        ago = (today - one.end.astimezone(one.start.tzinfo).date()).days
        return self._texts.ago(ago) if ago > 0 else self.translate(msg("earlier today"))


def _keeps_its_day(one: Occurrence) -> bool:
    """Whether it is on the same day for all readers, wherever they are."""
    return one.is_all_day or one.is_due_that_day


def _lasts_days(one: Occurrence) -> bool:
    return isinstance(one.entry, Event) and one.end - one.start >= timedelta(days=1)
