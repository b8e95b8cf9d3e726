"""What is new for those who read one answer: only what they may know of, and of what concerns the asker. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bots.context.knowledge import Knowledge
from bots.features.missed.records import NewsRecords
from bots.features.missed.window import WindowKind
from community.agenda.calendar_index import FAR, name_of_item
from community.agenda.date_news import DateComparison, DateNews
from community.agenda.entry_scope import EntryScope, EntryScopes, Sight, Viewer
from community.agenda.occurrences import Occurrence
from community.directory.entry import (
    CalendarEntry,
    ChangedEntry,
    DirectoryEntry,
    Entry,
    EntryKey,
    key_of,
)
from community.directory.entry_news import EntryNews, entry_news
from community.search.calendar_texts import text_read
from community.search.meanings import Sort
from community.search.news_reading import NewsQuestion

_AHEAD = timedelta(days=28)
"""How far ahead deadlines are told again that nobody has changed: as far as they are reminded of by default."""
_NEXT = 3
"""How many events to come are told to whom nothing is known of."""
_CHANGES = frozenset({"moved", "cancelled"})


class NewsGroup(Enum):
    """Under which heading something is told."""

    DATES = auto()
    TO_COME = auto()
    DIRECTORY = auto()


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One line of the answer. ``name`` tells it from all others."""

    group: NewsGroup
    name: str
    what: DateNews | Occurrence | EntryNews

    @property
    def entry(self) -> Entry:
        """The entry that it is about."""
        return self.what.occurrence.entry if isinstance(self.what, DateNews) else self.what.entry


@dataclass(frozen=True)
class NewsFinder:
    """Finds what is new. ``viewer``: who is shown it, at ``now``. ``sight``, ``scopes``: who may see what."""

    known: Knowledge
    sight: Sight
    scopes: EntryScopes
    viewer: Viewer
    records: NewsRecords
    now: datetime

    def found(self, question: NewsQuestion) -> tuple[NewsItem, ...]:
        """Return all that is new and asked for: of each group the newest first, what is to come by when it is."""
        return tuple(item for item in self.all() if self._is_asked(item, question))

    def all(self) -> tuple[NewsItem, ...]:
        """Return all that is new."""
        dates = tuple(self._dates())
        return (*dates, *self._to_come({item.name for item in dates}), *self._directory())

    # --- the calendar ---------------------------------------------------------------------------------------------

    def _dates(self) -> Iterator[NewsItem]:
        compared = DateComparison(self.known.community.timezone, self.records.window.since, self.now)
        for changed in self.records.changed:
            name = f"{changed.kind}/{changed.key}"
            entry = self.known.calendar.entry(name)
            if entry is None or not self._is_told(name, entry):
                continue
            for news in compared.news(self._known_before(changed), entry):
                yield NewsItem(NewsGroup.DATES, news.occurrence.key, news)

    def _known_before(self, changed: ChangedEntry) -> CalendarEntry | None:
        """Return an entry as it was, None where the readers may not have known of it then."""
        before = changed.before
        if not isinstance(before, CalendarEntry):
            return None
        return before if self.sight.may_know(before, self.scopes.of(before), self.viewer) else None

    def _is_told(self, name: str, entry: CalendarEntry) -> bool:
        """Whether an entry is told of: the readers may know of it, and it is for the asker or in a room of theirs."""
        scope = self.known.calendar.scope(name)
        if not self.sight.may_know(entry, scope, self.viewer):
            return False
        is_there = self.viewer.room is None and not scope.rooms.isdisjoint(self.records.rooms)
        return is_there or self.sight.concerns(entry, scope, self.viewer)

    def _to_come(self, told: set[str]) -> Iterator[NewsItem]:
        """Yield what is to come and was told in a room meanwhile, and the deadlines of the asker."""
        if self.records.window.until is not None:
            return
        there = (*self.announced(), *self._due(), *self._next())
        for one in sorted(there, key=lambda one: (one.start, one.key)):
            if one.key not in told:
                told.add(one.key)
                yield NewsItem(NewsGroup.TO_COME, one.key, one)

    def announced(self) -> Iterator[Occurrence]:
        """Yield what is to come and the bot has told in the rooms."""
        rooms = self.records.rooms if self.viewer.room is None else {self.viewer.room}
        keys = {each.occurrence_key for each in self.records.announced if each.room_key in rooms}
        for name in sorted({key.rpartition("/")[0] for key in keys}):
            entry = self.known.calendar.entry(name)
            if entry is not None and self._is_told(name, entry):
                coming = self.known.calendar.between(name, self.now, self.now + FAR)
                yield from (one for one in coming if one.key in keys and not one.is_cancelled)

    def _due(self) -> Iterator[Occurrence]:
        for name in self.known.calendar.names:
            if name.startswith("deadline/"):
                one = self._coming(name)
                if one is not None and one.start <= self.now + _AHEAD:
                    yield one

    def _next(self) -> Iterator[Occurrence]:
        """Yield what comes next, for whom nothing is known of."""
        if self.records.window.kind is not WindowKind.NOT_KNOWN:
            return
        events = (name for name in self.known.calendar.names if name.startswith("event/"))
        coming = [one for one in map(self._coming, events) if one is not None]
        yield from sorted(coming, key=lambda one: (one.start, one.key))[:_NEXT]

    def _coming(self, name: str) -> Occurrence | None:
        """Return the next occurrence of an entry that is for the asker."""
        entry = self.known.calendar.entry(name)
        if entry is None or not self._is_theirs(entry, self.known.calendar.scope(name)):
            return None
        return self.known.calendar.next_of(name, self.now)

    def _is_theirs(self, entry: CalendarEntry, scope: EntryScope) -> bool:
        return self.sight.may_know(entry, scope, self.viewer) and self.sight.concerns(
            entry, scope, self.viewer
        )

    # --- the directory --------------------------------------------------------------------------------------------

    def _directory(self) -> Iterator[NewsItem]:
        for changed in self.records.changed:
            entry = self.known.index.entry(changed.kind, changed.key)
            if not isinstance(entry, DirectoryEntry):
                continue
            before = changed.before if isinstance(changed.before, DirectoryEntry) else None
            news = entry_news(before, entry, self.viewer.readers, self.known.visible)
            if news is not None:
                yield NewsItem(NewsGroup.DIRECTORY, "/".join(key_of(entry)), news)

    # --- what is asked for ----------------------------------------------------------------------------------------

    def _is_asked(self, item: NewsItem, question: NewsQuestion) -> bool:
        kinds, changes = question.kinds - _CHANGES, question.kinds & _CHANGES
        if kinds and kinds.isdisjoint(_labels(item)):
            return False
        if changes and not (isinstance(item.what, DateNews) and item.what.change.value in changes):
            return False
        cities = self._cities(item.entry)
        is_of_city = not question.cities or not cities or not cities.isdisjoint(question.cities)
        return is_of_city and (
            not question.themes or not self._themes(item.entry).isdisjoint(question.themes)
        )

    def _cities(self, entry: Entry) -> frozenset[str]:
        """Return the cities that an entry is for; none: for all of them."""
        if isinstance(entry, DirectoryEntry):
            return frozenset(entry.cities)
        return self.known.calendar.scope(name_of_item(entry)).cities

    def _themes(self, entry: Entry) -> frozenset[str]:
        """Return the themes of an entry: those that it is for, and of an event those that its title names."""
        if isinstance(entry, DirectoryEntry):
            return frozenset(entry.themes)
        named = text_read([entry.title], self.known.lexicon).meanings
        scope = self.known.calendar.scope(name_of_item(entry))
        return scope.themes | {meaning.key for meaning in named if meaning.sort is Sort.THEME}


def _labels(item: NewsItem) -> frozenset[str]:
    """Return the kinds by which an item is asked for."""
    kind: EntryKey = key_of(item.entry)
    of = "directory" if item.group is NewsGroup.DIRECTORY else "calendar"
    return frozenset({of, kind[0]})
