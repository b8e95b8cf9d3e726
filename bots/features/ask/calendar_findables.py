"""The entries of the calendar as the search finds them: what they are called, what that means, whom they are for."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable

from bots.context.knowledge import Knowledge
from community.agenda.entry_scope import EntryScope
from community.core.words import stems
from community.description.calendar_model import Deadline, Event
from community.description.fields import Localized
from community.directory.entry import CalendarEntry
from community.search.calendar_match import Findable
from community.search.calendar_texts import text_read
from community.search.meanings import Sort


class Findables:
    """Makes them when they are first asked for, and again where an entry has changed. Several threads may ask.

    What is to be handed in and where is found by those alone who may see it: others could guess it word by word.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._known = knowledge
        self._made: dict[tuple[str, bool], tuple[CalendarEntry, Findable]] = {}

    def of(self, names: Iterable[str], detailed: Container[str]) -> dict[str, Findable]:
        """Return some entries by their names, in that order; those in ``detailed`` with their details."""
        found = {name: self._findable(name, details=name in detailed) for name in names}
        return {name: one for name, one in found.items() if one is not None}

    def _findable(self, name: str, *, details: bool) -> Findable | None:
        calendar = self._known.calendar
        entry = calendar.entry(name)
        if entry is None:
            return None
        made = self._made.get((name, details))
        if made is None or made[0] is not entry:
            made = self._made[name, details] = (
                entry,
                self._make(entry, calendar.scope(name), details=details),
            )
        return made[1]

    def _make(self, entry: CalendarEntry, scope: EntryScope, *, details: bool) -> Findable:
        read = text_read(_texts(entry, details=details), self._known.lexicon)
        named = text_read(_names(entry, details=details), self._known.lexicon)
        return Findable(
            read.stems,
            named.meanings,
            named.labels,
            _kinds(entry, named.kinds),
            named.kinds,
            tuple(frozenset(stems(text)) for _language, text in entry.title),
            scope.themes or frozenset(m.key for m in named.meanings if m.sort is Sort.THEME),
            scope.cohorts,
            scope.cities,
            read.cities,
            everywhere=not scope.cities,
            roles=scope.roles | self._roles_of(scope.rooms),
        )

    def _roles_of(self, rooms: Collection[str]) -> frozenset[str]:
        """Return the roles that rooms of the community are for."""
        return frozenset(
            role for room in self._known.community.rooms if room.key in rooms for role in room.roles or ()
        )


def _names(entry: CalendarEntry, *, details: bool) -> list[Localized]:
    handed_in = entry.hand_in if isinstance(entry, Deadline) and details else None
    return [entry.title, *([] if handed_in is None else [handed_in])]


def _texts(entry: CalendarEntry, *, details: bool) -> list[Localized]:
    place = entry.place if isinstance(entry, Event) else entry.where if details else None
    return [*_names(entry, details=details), *([] if place is None else [place])]


def _kinds(entry: CalendarEntry, named: frozenset[str]) -> frozenset[str]:
    """Return of which kinds an entry is: what it is called counts where nothing else is said of it than “meeting”."""
    if isinstance(entry, Deadline):
        return frozenset({"deadline"})
    return named if named and entry.kind == "meeting" else named | {entry.kind}
