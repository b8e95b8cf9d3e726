"""The entries of the calendar as the search finds them: what they are called, what that means, whom they are for."""

from __future__ import annotations

from collections.abc import Iterable

from bots.context.knowledge import Knowledge
from community.agenda.entry_scope import EntryScope
from community.core.words import stems
from community.description.calendar_model import Deadline, Event
from community.description.fields import Localized
from community.directory.entry import CalendarEntry
from community.search.calendar_match import Findable, text_read
from community.search.meanings import Sort


class Findables:
    """Makes them when they are first asked for, and again where an entry has changed. Several threads may ask."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._known = knowledge
        self._made: dict[str, tuple[CalendarEntry, Findable]] = {}

    def of(self, names: Iterable[str]) -> dict[str, Findable]:
        """Return some entries by their names, in that order."""
        found = {name: self._findable(name) for name in names}
        return {name: one for name, one in found.items() if one is not None}

    def _findable(self, name: str) -> Findable | None:
        calendar = self._known.calendar
        entry = calendar.entry(name)
        if entry is None:
            return None
        made = self._made.get(name)
        if made is None or made[0] is not entry:
            made = self._made[name] = (entry, self._make(entry, calendar.scope(name)))
        return made[1]

    def _make(self, entry: CalendarEntry, scope: EntryScope) -> Findable:
        read = text_read(_texts(entry), self._known.lexicon)
        named = text_read(_names(entry), self._known.lexicon)
        return Findable(
            read.stems,
            named.meanings,
            named.labels,
            _kinds(entry, named.kinds),
            named.kinds,
            tuple(frozenset(stems(text)) for _language, text in entry.title),
            scope.themes | frozenset(m.key for m in named.meanings if m.sort is Sort.THEME),
            scope.cohorts,
            scope.cities,
            read.cities,
            everywhere=not scope.cities,
        )


def _names(entry: CalendarEntry) -> list[Localized]:
    return [
        entry.title,
        *([entry.hand_in] if isinstance(entry, Deadline) and entry.hand_in is not None else []),
    ]


def _texts(entry: CalendarEntry) -> list[Localized]:
    place = entry.place if isinstance(entry, Event) else entry.where
    return [*_names(entry), *([] if place is None else [place])]


def _kinds(entry: CalendarEntry, named: frozenset[str]) -> frozenset[str]:
    """Return of which kinds an entry is: what it is called counts where nothing else is said of it than “meeting”."""
    if isinstance(entry, Deadline):
        return frozenset({"deadline"})
    return named if named and entry.kind == "meeting" else named | {entry.kind}
