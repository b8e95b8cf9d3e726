"""Finds the event or the deadline that somebody means, and which occurrence: by its name and its day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bots.features.edit.date_fields import read_time, writer_zone
from bots.features.edit.date_words import means_all_of_them, noun_words, small_words
from bots.features.edit.turn_context import TurnContext
from community.agenda.occurrences import Occurrence, occurrences
from community.core.messages import Message, msg
from community.core.plain_text import listed, one_line
from community.core.words import stems
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.when import When
from community.directory.entry import CalendarEntry, name_of
from community.search.when.reader import WhenRead

_AHEAD = timedelta(days=400)
_BEGINNING = 5
"""Letters at the beginning of a word by which it counts as the same."""
_NAMED = 5
"""Entries that are named where it is asked which is meant."""


@dataclass(frozen=True, slots=True)
class NamedDate:
    """An entry and the occurrence that is meant; ``whole``: all of the entry is, None where that was not said."""

    entry: CalendarEntry
    occurrence: Occurrence
    whole: bool | None


def named_date(context: TurnContext, text: str) -> NamedDate | Message:
    """Return what of the calendar a text means; a sentence where that is nothing, or more than one entry."""
    days, title = _days_said(context, text)
    scores = _scores(context, title)
    coming = {entry.key: list(_coming(context, entry, days)) for entry, _score in scores}
    best = max((score for entry, score in scores if coming[entry.key]), default=0)
    there = [entry for entry, score in scores if score == best and coming[entry.key]]
    if not there:
        return msg(
            "I find no event or deadline to come that is “{text}”. Say its name or its day.",
            text=one_line(text, longest=60),
        )
    if len(there) > 1:
        names = (context.reading.name(entry) for entry in there[:_NAMED])
        return msg("Which one do you mean? {names}", names=listed(names, context.language, apart=True))
    entry = there[0]
    first = coming[entry.key][0]
    if not is_series(entry):
        return NamedDate(entry, first, whole=True)
    if means_all_of_them(title):
        return NamedDate(entry, first, whole=True)
    return NamedDate(entry, first, whole=False if days and len(coming[entry.key]) == 1 else None)


def is_series(entry: CalendarEntry) -> bool:
    """Whether an entry takes place more than once."""
    return isinstance(entry, Event) and (entry.repeat is not None or bool(entry.also))


def _days_said(context: TurnContext, text: str) -> tuple[frozenset[date], str]:
    """Return the days that a text may name, and the text without them."""
    read = read_time(context, text)
    if read is None:
        return frozenset(), text
    said: Sequence[When] = (read.when,) if isinstance(read, WhenRead) else read.readings
    return frozenset(one.moment.date() for one in said), read.title


def _scores(context: TurnContext, title: str) -> list[tuple[CalendarEntry, int]]:
    """Return the entries that a name may mean, of those that may be spoken of here, and how well it fits each."""
    events, deadlines = noun_words()
    said = {word for word in stems(title) if word not in small_words()}
    nouns = said & (events | deadlines)
    content, themes = said - nouns, set(context.knowledge.text_reader.themes(title))
    is_open = bool(nouns & events & deadlines)
    found = []
    for entry in _entries(context):
        if isinstance(entry, Deadline) != bool(nouns & deadlines) and not is_open:
            continue
        names = {word for _language, name in name_of(entry) for word in stems(name)}
        score = 2 * _alike(content, names) + 2 * len(themes & set(entry.audience.themes))
        if score or not content:
            found.append((entry, score + min(1, _alike(nouns, names))))
    return found


def _alike(said: Set[str], names: Set[str]) -> int:
    """Return how many of the words are in a name, or begin as a word of it: of another language or in another form."""
    return sum(
        any(
            name == word or (len(word) >= _BEGINNING and name[:_BEGINNING] == word[:_BEGINNING])
            for name in names
        )
        for word in said
    )


def _entries(context: TurnContext) -> Iterator[CalendarEntry]:
    for entry in context.knowledge.known:
        if isinstance(entry, CalendarEntry) and not entry.cancelled and context.may_tell_of(entry):
            yield entry


def _coming(context: TurnContext, entry: CalendarEntry, days: frozenset[date]) -> Iterator[Occurrence]:
    """Yield the occurrences to come that are on one of the days, where any is named: there or where one asks."""
    own, there = ZoneInfo(writer_zone(context)), ZoneInfo(zone_of(context, entry))
    for one in occurrences(entry, there, context.now, context.now + _AHEAD):
        is_to_come = not one.is_cancelled and one.start > context.now
        if is_to_come and (not days or days & {one.start.date(), one.start.astimezone(own).date()}):
            yield one


def zone_of(context: TurnContext, entry: CalendarEntry) -> str:
    """Return the name of the zone of an entry."""
    return entry.timezone or context.knowledge.community.timezone


def local(moment: datetime) -> datetime:
    """Return what the clock shows at an aware moment."""
    return moment.replace(tzinfo=None, fold=0)
