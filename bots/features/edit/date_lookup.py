"""Finds the event or deadline that somebody means, and which occurrence: by name and day, or as shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bots.features.edit.date_fields import read_time, writer_zone
from bots.features.edit.date_phrases import number_chosen
from bots.features.edit.date_requests import is_pointing
from bots.features.edit.date_words import (
    event_kinds,
    means_all_of_them,
    noun_words,
    small_words,
    thing_labels,
)
from bots.features.edit.turn_context import TurnContext
from community.agenda.occurrences import STAMP, Occurrence, occurrence_of, occurrences
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.core.words import stems
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.when import When
from community.directory.entry import CALENDAR_KINDS, CalendarEntry, kind_of, name_of
from community.search.when.reader import WhenRead

AHEAD = timedelta(days=400)
"""How far ahead dates are looked for."""
_BEGINNING = 5
"""Letters at the beginning of a word by which it counts as the same."""
_EXACT = 100
"""How much it counts that a whole title was said: more than any number of words."""
_REACH = timedelta(hours=3)
_MOST_OF_TITLE = 3
"""Where nothing but a title shows that the calendar is meant, one in so many words of it must be there."""


@dataclass(frozen=True, slots=True)
class NamedDate:
    """An entry and the occurrence that is meant.

    ``whole``: all of the entry is, None where that was not said. ``is_shown``: it is the one that was just spoken of.
    """

    entry: CalendarEntry
    occurrence: Occurrence
    whole: bool | None
    is_shown: bool = False

    @property
    def key(self) -> str:
        """Its name in a mark or a draft: the occurrence, or the entry where all of it is meant or that is open."""
        return self.occurrence.key if self.whole is False else f"{kind_of(self.entry)}/{self.entry.key}"


@dataclass(frozen=True, slots=True)
class SeveralDates:
    """Dates of which one is meant."""

    dates: tuple[NamedDate, ...]


Found = NamedDate | SeveralDates | None


def not_found(text: str) -> Message:
    """Return the sentence for a text that names nothing in the calendar."""
    return msg(
        "I find no event or deadline to come that is “{text}”. Say its name or its day.",
        text=one_line(text, longest=60),
    )


_LONGEST = 300
"""Letters of a text that may name a date: a title has 200, and beside it stands its day."""


def found_date(context: TurnContext, text: str, *, cancelled: bool = False) -> Found:
    """Return what of the calendar a text means: what was shown, or by name and day; None where that is nothing.

    ``cancelled``: of what is called off. A text without any word for an event or a deadline has to be a title.
    """
    if is_pointing(text):
        return shown_date(context, cancelled=cancelled)
    if len(text) > _LONGEST:
        return None
    place = number_chosen(text, len(context.shown)) if len(context.shown) > 1 else None
    if place is not None:
        return date_of_key(context, context.shown[place - 1], cancelled=cancelled)
    days, title = _days_said(context, text)
    said = {word for word in stems(title) if word not in small_words()}
    nouns = set[str]().union(*noun_words())
    if context.shown and not days and said and said <= nouns:
        there = shown_date(context, cancelled=cancelled)
        if isinstance(there, NamedDate) and _fits(there.entry, said):
            whole = True if means_all_of_them(title) else there.whole
            shown = NamedDate(there.entry, there.occurrence, whole, is_shown=True)
            return _or_other(shown, _by_name(context, title, days, cancelled=cancelled), said)
    found = _by_name(context, title, days, cancelled=cancelled)
    return _at_hour(context, text, title, cancelled=cancelled) if found is None and days else found


def _at_hour(context: TurnContext, text: str, title: str, *, cancelled: bool) -> NamedDate | None:
    """Return what is called so and begins at the hour that a text says: “the call from 13:00”."""
    read, found = read_time(context, text), _by_name(context, title, frozenset(), cancelled=cancelled)
    if not isinstance(found, NamedDate) or read is None or read.says_day:
        return None
    start = found.occurrence.start
    hours = {local(start).time(), local(start.astimezone(ZoneInfo(writer_zone(context)))).time()}
    said = (read.when,) if isinstance(read, WhenRead) else read.readings
    is_then = any(isinstance(one.start, datetime) and one.start.time() in hours for one in said)
    return found if is_then and not found.occurrence.is_all_day else None


def _or_other(shown: NamedDate, other: Found, nouns: Set[str]) -> Found:
    """Return what was shown, or what else is called so: “the party” is none of what is called a meeting.

    Both, so that it is asked, where only the word is another one.
    """
    others = other.dates if isinstance(other, SeveralDates) else () if other is None else (other,)
    others = tuple(one for one in others if _is_called(one.entry, nouns))
    if not others or _is_called(shown.entry, nouns):
        return shown
    if any(_is_of_kind(one.entry, nouns) for one in others):
        return other
    return SeveralDates((shown, *others))


def _is_called(entry: CalendarEntry, nouns: Set[str]) -> bool:
    """Whether one of the words is in its title, in any language, or says of what kind it is."""
    names = {word for _language, name in name_of(entry) for word in stems(name)}
    return _alike(nouns, names) > 0 or bool(_is_of_kind(entry, nouns))


def _fits(entry: CalendarEntry, nouns: Set[str]) -> bool:
    events, deadlines = noun_words()
    return bool(nouns & (deadlines if isinstance(entry, Deadline) else events))


def _by_name(context: TurnContext, title: str, days: frozenset[date], *, cancelled: bool) -> Found:
    scores = _scores(context, title, has_day=bool(days), cancelled=cancelled)
    coming = {entry.key: list(_coming(context, entry, days, cancelled=cancelled)) for entry, _ in scores}
    best = max((score for entry, score in scores if coming[entry.key]), default=0)
    there = [entry for entry, score in scores if score == best and coming[entry.key]]
    if not cancelled and best < _EXACT and any(is_title(entry, title) for entry in _cancelled(context)):
        return None  # that one is meant, and none whose name only comes near
    is_all = means_all_of_them(title)
    named = [_named(entry, coming[entry.key], days, is_all=is_all) for entry in there]
    if len(named) > 1:
        return SeveralDates(tuple(sorted(named, key=lambda one: one.occurrence.start)))
    return named[0] if named else None


def _named(
    entry: CalendarEntry, coming: Sequence[Occurrence], days: frozenset[date], *, is_all: bool
) -> NamedDate:
    if is_all or not is_series(entry):
        return NamedDate(entry, coming[0], whole=True)
    return NamedDate(entry, coming[0], whole=False if days and len(coming) == 1 else None)


def is_series(entry: CalendarEntry) -> bool:
    """Whether an entry takes place more than once."""
    return isinstance(entry, Event) and (entry.repeat is not None or bool(entry.also))


# --- what was shown ---------------------------------------------------------------------------------------------------


def shown_date(context: TurnContext, *, cancelled: bool = False) -> Found:
    """Return what was just spoken of, or is shown in the message replied to; None where that is nothing to come."""
    found = [
        one for key in context.shown if (one := date_of_key(context, key, cancelled=cancelled)) is not None
    ]
    if len(found) > 1:
        return SeveralDates(tuple(found))
    return found[0] if found else None


def date_of_key(context: TurnContext, key: str, *, cancelled: bool = False) -> NamedDate | None:
    """Return what a key names (`NamedDate.key`), None where it is not there, is over or may not be told of here."""
    kind, _, rest = key.partition("/")
    name, _, stamp = rest.partition("/")
    known = context.knowledge.known
    entry = next((known.entry(each, name) for each in CALENDAR_KINDS if each == kind), None)
    if not isinstance(entry, CalendarEntry) or not context.may_tell_of(entry):
        return None
    if entry.cancelled and not cancelled:
        return None
    one = _of_stamp(context, entry, stamp) if stamp else None
    is_there = one is not None and one.end > context.now and one.is_cancelled is cancelled
    if one is not None and is_there and (stamp and is_series(entry)) and not entry.cancelled:
        return NamedDate(entry, one, whole=False, is_shown=True)
    coming = next(
        _coming(context, entry, frozenset(), cancelled=cancelled, is_running=not is_series(entry)), None
    )
    if coming is None or (stamp and is_series(entry) and not entry.cancelled):
        return None
    return NamedDate(entry, coming, whole=None if is_series(entry) else True, is_shown=True)


def _of_stamp(context: TurnContext, entry: CalendarEntry, stamp: str) -> Occurrence | None:
    try:
        original = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return occurrence_of(entry, ZoneInfo(zone_of(context, entry)), original, _REACH)


# --- by name and day --------------------------------------------------------------------------------------------------


def _days_said(context: TurnContext, text: str) -> tuple[frozenset[date], str]:
    """Return the days that a text may name, and the text without them."""
    read = read_time(context, text)
    if read is None:
        return frozenset(), text
    said: Sequence[When] = (read.when,) if isinstance(read, WhenRead) else read.readings
    return frozenset(one.moment.date() for one in said), read.title


def _scores(
    context: TurnContext, title: str, *, has_day: bool, cancelled: bool
) -> list[tuple[CalendarEntry, int]]:
    """Return the entries that a name may mean, of those that may be spoken of here, and how well it fits each."""
    events, deadlines = noun_words()
    said = {word for word in stems(title) if word not in small_words()}
    nouns = said & (events | deadlines)
    content, themes = said - nouns, set(context.knowledge.text_reader.themes(title))
    is_open = not nouns or bool(nouns & events & deadlines)
    found = []
    for entry in _entries(context, cancelled=cancelled):
        is_other_kind = isinstance(entry, Deadline) != bool(nouns & deadlines) and not is_open
        if is_other_kind and said not in _titles(entry):
            continue  # “the registration for the assembly” is no assembly
        if not nouns and not (is_titled(entry, content) if content else has_day):
            continue
        names = {word for _language, name in name_of(entry) for word in stems(name)}
        score = 2 * _alike(content, names) + 2 * len(themes & set(entry.audience.themes))
        if (score or not content) and context.may_tell_of(entry):
            score += min(1, _alike(nouns, names)) + _is_of_kind(entry, nouns)
            found.append((entry, score + _EXACT * (said in _titles(entry) or content in _titles(entry))))
    return found


def _is_of_kind(entry: CalendarEntry, nouns: Set[str]) -> bool:
    """Whether one of the words says which kind of event it is, of those that are more than a meeting."""
    kinds = {
        kind for noun, kind in event_kinds() if kind not in ("meeting", "other") and nouns & set(stems(noun))
    }
    return isinstance(entry, Event) and entry.kind in kinds


def is_title(entry: CalendarEntry, text: str) -> bool:
    """Whether a text is just the title of an entry in one language."""
    return {word for word in stems(text) if word not in small_words()} in _titles(entry)


def names_all(entry: CalendarEntry, text: str) -> bool:
    """Whether no word of a text is another than those by which an entry is named."""
    events, deadlines = noun_words()
    content = {word for word in stems(text) if word not in small_words()} - events - deadlines
    return not content or is_titled(entry, content)


def _titles(entry: CalendarEntry) -> list[set[str]]:
    """Return the words of the title of an entry in each language."""
    return [{word for word in stems(name) if word not in small_words()} for _language, name in name_of(entry)]


def is_titled(entry: CalendarEntry, said: Set[str]) -> bool:
    """Whether words are all of the title of an entry in one language, and no small part of it."""
    for _language, name in name_of(entry):
        names = {word for word in stems(name) if word not in small_words()}
        if said and _alike(said, names) == len(said) and len(said) * _MOST_OF_TITLE >= len(names):
            return True
    return False


def _alike(said: Set[str], names: Set[str]) -> int:
    """Return how many of the words are in a name, or begin as a word of it, or mean the same in another language."""
    meant = frozenset[str]().union(*map(thing_labels, names))
    return sum(
        not meant.isdisjoint(thing_labels(word))
        or any(
            name == word or (len(word) >= _BEGINNING and name[:_BEGINNING] == word[:_BEGINNING])
            for name in names
        )
        for word in said
    )


def _entries(context: TurnContext, *, cancelled: bool) -> Iterator[CalendarEntry]:
    for entry in context.knowledge.known:
        if isinstance(entry, CalendarEntry) and (cancelled or not entry.cancelled):
            yield entry


def _cancelled(context: TurnContext) -> Iterator[CalendarEntry]:
    return (
        entry for entry in _entries(context, cancelled=True) if entry.cancelled and context.may_tell_of(entry)
    )


def _coming(
    context: TurnContext,
    entry: CalendarEntry,
    days: frozenset[date],
    *,
    cancelled: bool,
    is_running: bool = False,
) -> Iterator[Occurrence]:
    """Yield the occurrences to come that are on one of the days, where any is named: there or where one asks.

    ``is_running``: also what has begun and is not over.
    """
    own, there = ZoneInfo(writer_zone(context)), ZoneInfo(zone_of(context, entry))
    for one in occurrences(entry, there, context.now, context.now + AHEAD):
        last = one.end if is_running else one.start
        is_to_come = one.is_cancelled is cancelled and last > context.now
        if is_to_come and (not days or days & {one.start.date(), one.start.astimezone(own).date()}):
            yield one


def zone_of(context: TurnContext, entry: CalendarEntry) -> str:
    """Return the name of the zone of an entry."""
    return entry.timezone or context.knowledge.community.timezone


def local(moment: datetime) -> datetime:
    """Return what the clock shows at an aware moment."""
    return moment.replace(tzinfo=None, fold=0)
