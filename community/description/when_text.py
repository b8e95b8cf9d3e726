"""When something is, written for one reader: day, hours, zone, repetition, the first days, each city's own time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from community.core.locale_texts import LocaleTexts, local_texts, locale_texts
from community.core.messages import Message, Translator, msg
from community.core.words import fold
from community.core.zones import ZoneInfo
from community.description.model import City
from community.description.repetition_words import all_of, known_comma, repetition_words
from community.description.when import When, instants

_OCCURRENCES = 3
_DASH = " – "
_VOWELS = frozenset("aeiouyh")
"""Before these “of” is another word in some languages: heure d'Abidjan."""


@dataclass(frozen=True, slots=True)
class WhenWriter:
    """Writes for one reader: in the language of ``translate``, with the months as they are called in ``country``.

    ``country`` is a code (ISO 3166), or empty. ``cities`` are those whose times are told, and by which zones are named.
    """

    translate: Translator
    cities: tuple[City, ...] = ()
    country: str = ""

    @property
    def _texts(self) -> LocaleTexts:
        language = self.translate.language
        return local_texts(language, self.country) if self.country else locale_texts(language)

    def lines(self, when: When) -> tuple[str, ...]:
        """Return the echo of a time: what it is, the first occurrences of what is repeated, the time in each city."""
        found = [self.in_one_line(when)]
        if when.repeat is not None or when.also:
            days = self._together(self.day(start) for start in when.first(_OCCURRENCES))
            found.append(self.translate(msg("The first ones: {days}", days=days)))
        if not when.is_all_day:
            times = self.local_times(when.moment)
            found.extend([times] if times else [])
        return tuple(found)

    def in_one_line(self, when: When) -> str:
        """Return the whole of a time in one line, which `read_when` reads as the same."""
        return known_comma(self.translate).join(self._phrases(when))

    def day(self, day: date) -> str:
        """Return a day in full, with its day of the week."""
        return self._texts.full_day(day)

    def _phrases(self, when: When) -> Iterator[str]:
        yield from self._start(when)
        if not when.is_all_day:
            yield self.zone(when)
        if when.repeat is not None:
            yield repetition_words(when.repeat, self._texts, self.translate, ZoneInfo(when.zone))
        if when.without:
            yield self.translate(msg("except on {days}", days=self._dates(when.without)))
        if when.also:
            yield self.translate(msg("also on {days}", days=self._dates(when.also)))

    def _start(self, when: When) -> Iterator[str]:
        end = when.end
        if not isinstance(when.start, datetime):
            last = end if end is not None and end != when.start else None
            yield self.day(when.start) if last is None else _DASH.join((self.day(when.start), self.day(last)))
            return
        yield self.day(when.start)
        start = self._texts.clock(when.start)
        if not isinstance(end, datetime):
            yield start
        elif end.date() == when.start.date() or _is_midnight_behind(when.start, end):
            yield f"{start}–{self._texts.clock(end)}"
        else:
            yield f"{start}{_DASH}{self.day(end)}"
            yield self._texts.clock(end)

    def zone(self, when: When) -> str:
        """Return in whose time it is: that of a city of the community, or the zone by its IANA name.

        Where the clocks show the time twice, how far it is from UTC.
        """
        if isinstance(when.start, datetime) and len(instants(when.start, when.zone)) > 1:
            return _from_utc(when.moment.utcoffset() or timedelta(0))
        named = next((city for city in self.cities if city.timezone == when.zone), None)
        if named is None:
            return when.zone
        name = named.name.text(self.translate.language)
        if fold(name[:1]) in _VOWELS:
            return self.translate(msg("{vowel} time", vowel=name))
        return self.translate(msg("{city} time", city=name))

    def _dates(self, starts: Iterable[date]) -> str:
        return self._together(self._texts.day(start) for start in starts)

    def _together(self, texts: Iterable[str]) -> str:
        return known_comma(self.translate).join(texts)

    def local_times(self, moment: datetime) -> str:
        """Return the time in each city, cities with the same time together; nothing without cities."""
        return self._together(
            self.translate(self._time_in(local, names, moment)) for local, names in self._by_time(moment)
        )

    def _by_time(self, moment: datetime) -> list[tuple[datetime, list[str]]]:
        found: dict[datetime, list[str]] = {}
        for city in self.cities:
            local = moment.astimezone(ZoneInfo(city.timezone)).replace(tzinfo=None)
            found.setdefault(local, []).append(city.name.text(self.translate.language))
        return sorted(found.items(), reverse=True, key=lambda each: each[0])

    def _time_in(self, local: datetime, names: Sequence[str], moment: datetime) -> Message:
        places, time = all_of(list(names), self.translate), self._texts.clock(local)
        if local.date() == moment.date():
            return msg("{time} in {places}", time=time, places=places)
        weekday = self._texts.weekdays[local.weekday()]
        return msg("{time} ({weekday}) in {places}", time=time, weekday=weekday, places=places)


def _is_midnight_behind(start: datetime, end: datetime) -> bool:
    """Whether it ends as its day does: 20:00–00:00."""
    return end.time() == datetime.min.time() and end.date() - start.date() == timedelta(days=1)


def _from_utc(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
