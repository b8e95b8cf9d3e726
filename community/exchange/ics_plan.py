"""Plans the import of another program's calendar: what it would add, change and remove. Pure.

An event is found again by its UID, from which the end of its key follows. It is merged as the entries of
``calendar.yaml`` are (`community.directory.merge`): what only one side has changed holds, and where both have, it stays
as it is here. Whom it concerns, its rooms, who has entered it and when it was first set are never the file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from community.core.brake import is_too_much
from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import (
    NOBODY_NAMED,
    Audience,
    Calendar,
    Deadline,
    Event,
    local_start,
)
from community.description.calendar_times import local_starts
from community.description.directory_model import Contact
from community.description.fields import Localized
from community.description.model import Community
from community.description.references import check_calendar
from community.description.repetition import moments_of, read_repetition
from community.description.times import EventStart
from community.description.yaml_text import path_text
from community.directory.entry import (
    ENTRY_KINDS,
    CalendarEntry,
    EntryChange,
    EntryKey,
    calendar_entries,
    digest,
    key_of,
)
from community.directory.merge import Base, ImportedEntry, choose
from community.exchange.ics_entries import IncomingDate, IncomingDates
from community.exchange.ics_notes import LeftOut, left_out_notes
from community.exchange.plan import ImportPlan

_MARKED = re.compile(r".+-([0-9a-f]{9})")
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ForWhom:
    """Whom imported entries concern, and in which rooms they are posted."""

    audience: Audience = NOBODY_NAMED
    rooms: tuple[str, ...] = ()

    @property
    def is_said(self) -> bool:
        """Whether it says anything."""
        return self.audience.is_said or bool(self.rooms)


@dataclass(frozen=True)
class ImportSituation:
    """What there is before an import. ``noted``: what the imports before have noted; ``now``: aware."""

    community: Community
    calendar: Calendar
    contacts: Mapping[str, Contact]
    noted: Mapping[EntryKey, ImportedEntry]
    now: datetime


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is asked for. ``source``: a digest of what the calendar is called; ``file``: its name in sentences.

    ``whom``: where it says nothing, entries that are there stay as they are, and new ones are as all others of that
    calendar. ``removes_missing``: what the calendar has no longer is removed. ``with_past``: what is over is taken in.
    """

    source: str
    file: str
    whom: ForWhom
    removes_missing: bool = False
    with_past: bool = False


@dataclass(frozen=True)
class DatesPlan:
    """The plan of an import, what is noted of the entries of that calendar, and what cannot be taken in.

    ``lacks_whom``: new entries are not said to be for anybody, and nothing can be taken in.
    """

    plan: ImportPlan
    noted: Mapping[EntryKey, ImportedEntry]
    problems: tuple[Problem, ...]
    lacks_whom: bool


def plan_dates(incoming: IncomingDates, there: ImportSituation, order: ImportOrder) -> DatesPlan:
    """Return the plan of taking a calendar in, without what cannot be."""
    merging = _DatesMerging(incoming, there, order)
    merging.merge()
    return merging.outcome()


@dataclass(frozen=True, slots=True)
class _Decided:
    """What becomes of one entry: its change, where there is one, and what is noted of it."""

    change: EntryChange | None
    noted: ImportedEntry | None
    line: int = 1


@dataclass
class _DatesMerging:
    incoming: IncomingDates
    there: ImportSituation
    order: ImportOrder
    _decided: dict[EntryKey, _Decided] = field(default_factory=dict)
    _conflicts: list[str] = field(default_factory=list)
    _past: int = 0
    _missing: int = 0
    _elsewhere: int = 0
    _lacks_whom: bool = False

    def __post_init__(self) -> None:
        self._stored = {key_of(entry): entry for entry in calendar_entries(self.there.calendar)}
        known = (*self._stored, *self.there.noted)
        self._marks = {at: found[1] for at in known if (found := _MARKED.fullmatch(at[1])) is not None}
        self._by_mark = {(at[0], mark): at for at, mark in self._marks.items()}
        self._refused = {one.mark for one in self.incoming.refused}
        self._usual = self._usual_whom()
        self._same = self._same_calendars()

    def merge(self) -> None:
        """Decide about each entry."""
        for date in self.incoming.found:
            self._take(date)
        for at, noted in self.there.noted.items():
            is_refused = self._marks.get(at) in self._refused
            if noted.source == self.order.source and at not in self._decided and not is_refused:
                self._miss(at, noted)

    def _same_calendars(self) -> frozenset[str]:
        """Return which sources are this calendar: its own, and those of which all is in it, as at another address."""
        noted, here = self.there.noted, self._refused | {one.mark for one in self.incoming.found}
        left = [at for at in noted if at in self._stored and self._marks.get(at) not in here]
        others = {noted[at].source for at in left if not self._is_over(self._stored[at])}
        return frozenset({one.source for one in noted.values()} - others | {self.order.source})

    def _usual_whom(self) -> ForWhom:
        """Return for whom all entries are that came from this calendar before; nobody where they are not the same."""
        if self.order.whom.is_said:
            return self.order.whom
        of_it = (at for at, noted in self.there.noted.items() if noted.source == self.order.source)
        entries = (self._stored[at] for at in of_it if at in self._stored)
        said = list(dict.fromkeys(ForWhom(entry.audience, entry.rooms) for entry in entries))
        return said[0] if len(said) == 1 else ForWhom()

    def _take(self, date: IncomingDate) -> None:
        fresh = date.entry
        kind, key = key_of(fresh)
        at = self._by_mark.get((kind, date.mark), (kind, key))
        stored, noted = self._stored.get(at), self.there.noted.get(at)
        if stored is not None and noted is not None and noted.source not in self._same:
            # Who is invited has it in their own calendar too: it stays as the one says it from which it came first.
            self._elsewhere += _bare(stored) != _bare(fresh.model_copy(update={"key": at[1]}))
            return
        if stored is None and noted is None and not self.order.with_past and self._is_over(fresh):
            self._past += 1
            return
        said = fresh.model_copy(update={"key": at[1]})
        choice = choose(_bare(stored), None if noted is None else noted.base, _bare(said))
        if choice.conflict:
            self._conflicts.append(at[1])
        if choice.entry is None or not choice.is_of_file:
            after = stored if stored is None else self._for_whom(stored, stored)
        else:
            after = self._moved(self._for_whom(said, stored), stored)
        kept = digest(_bare(said))
        base = ImportedEntry(self.order.source, Base(kept, kept)) if choice.is_of_file else noted
        change = None if after == stored else EntryChange(*at, stored, after)
        self._decided[at] = _Decided(change, base, date.line)

    def _for_whom(self, entry: CalendarEntry, stored: CalendarEntry | None) -> CalendarEntry:
        """Return an entry with what is not the file's: for whom it is, who has entered it."""
        if stored is None:
            self._lacks_whom |= not self._usual.is_said
            return entry.model_copy(update={"audience": self._usual.audience, "rooms": self._usual.rooms})
        whom = self.order.whom if self.order.whom.is_said else ForWhom(stored.audience, stored.rooms)
        kept: dict[str, object] = {
            "audience": whom.audience,
            "rooms": whom.rooms,
            "added_by": stored.added_by,
            "originally": stored.originally,
        }
        if isinstance(stored, Deadline):
            kept["asked_by"] = stored.asked_by
        return entry.model_copy(update=kept)

    def _moved(self, entry: CalendarEntry, stored: CalendarEntry | None) -> CalendarEntry:
        """Return an entry that was moved with when it was first set, so that what is posted already follows it."""
        if stored is None or _start(entry) == _start(stored):
            return entry
        first = stored.originally or _start(stored)
        if first == _start(entry):
            return entry.model_copy(update={"originally": None})
        moved = entry.model_copy(update={"originally": first})
        zone = ZoneInfo(stored.timezone or self.there.community.timezone)
        has_begun = local_start(_start(stored)).replace(tzinfo=zone) <= self.there.now
        is_lost = isinstance(moved, Event) and (has_begun or not _is_same_event(moved, stored, zone))
        return entry.model_copy(update={"originally": None}) if is_lost else moved

    def _miss(self, at: EntryKey, noted: ImportedEntry) -> None:
        """Decide about an entry that the calendar has no longer."""
        stored = self._stored.get(at)
        if stored is None or self._is_over(stored):
            return
        if not self.order.removes_missing:
            self._missing += 1
            return
        if digest(_bare(stored)) == noted.base.stored:
            self._decided[at] = _Decided(EntryChange(*at, stored, None), None)
        else:
            self._conflicts.append(at[1])

    def _is_over(self, entry: CalendarEntry) -> bool:
        zone = ZoneInfo(entry.timezone or self.there.community.timezone)
        now = self.there.now.astimezone(zone).replace(tzinfo=None)
        if isinstance(entry, Deadline):
            return entry.due < now
        return not _takes_place_after(entry, zone, now)

    # --- the outcome ------------------------------------------------------------------------------------------------

    def outcome(self) -> DatesPlan:
        """Return what was decided, without what does not fit."""
        faults = dict(self._faults())
        taken = {at: one for at, one in self._decided.items() if at not in faults}
        made = (one.change for one in taken.values())
        changes = tuple(
            sorted(
                (change for change in made if change is not None),
                key=lambda change: (ENTRY_KINDS.index(change.kind), change.key),
            )
        )
        problems = (*(one.problem for one in self.incoming.refused), *faults.values())
        removed = sum(change.after is None for change in changes)
        excess = (
            msg("{removed} of {all} entries would be removed", removed=removed, all=len(self._stored))
            if is_too_much(removed, len(self._stored))
            else None
        )
        return DatesPlan(
            ImportPlan(changes, tuple(self._notes()), excess),
            {at: one.noted for at, one in taken.items() if one.noted is not None},
            tuple(sorted(problems, key=lambda problem: (problem.place, problem.path))),
            self._lacks_whom,
        )

    def _faults(self) -> Iterator[tuple[EntryKey, Problem]]:
        """Yield the first fault of each entry that the calendar would have."""
        changed = [one for one in self._decided.values() if one.change is not None]
        afters = [(one, one.change.after) for one in changed if one.change is not None]
        lists: dict[str, list[tuple[_Decided, CalendarEntry]]] = {
            "events": [(one, after) for one, after in afters if isinstance(after, Event)],
            "deadlines": [(one, after) for one, after in afters if isinstance(after, Deadline)],
        }
        entries = {name: tuple(after for _, after in some) for name, some in lists.items()}
        calendar = Calendar(version=1).model_copy(update=entries)
        seen: set[EntryKey] = set()
        today = self.there.now.astimezone(ZoneInfo(self.there.community.timezone)).date()
        for fault in check_calendar(self.there.community, calendar, self.there.contacts, today):
            section, index, *inner = fault.path
            one, entry = lists[str(section)][int(index)]
            if key_of(entry) not in seen and not (self._lacks_whom and not inner):
                seen.add(key_of(entry))
                place = SourcePosition(self.order.file, one.line, 1)
                path = f"“{_title(entry.title)}” {path_text(tuple(inner))}".strip()
                yield key_of(entry), Problem(place, path, fault.what)

    def _notes(self) -> Iterator[Message]:
        for key in self._conflicts:
            yield msg(
                "“{key}” was changed here, and otherwise in that calendar: what was said here stays", key=key
            )
        left = LeftOut(
            past=self._past,
            missing=self._missing,
            private=self.incoming.private,
            done=self.incoming.done,
            own=self.incoming.own,
            elsewhere=self._elsewhere,
        )
        yield from left_out_notes(left)


def _bare(entry: CalendarEntry | None) -> CalendarEntry | None:
    """Return an entry without what is never the file's."""
    if entry is None:
        return None
    hidden: dict[str, object] = {
        "audience": NOBODY_NAMED,
        "rooms": (),
        "added_by": None,
        "originally": None,
    }
    if isinstance(entry, Deadline):
        hidden["asked_by"] = None
    return entry.model_copy(update=hidden)


def _start(entry: CalendarEntry) -> EventStart:
    return entry.due if isinstance(entry, Deadline) else entry.start


def _is_same_event(moved: Event, stored: CalendarEntry, zone: ZoneInfo) -> bool:
    """Whether messages may know the times of a moved event by those that it had: a series moves by less than a turn."""
    is_series = moved.repeat is not None
    if not isinstance(stored, Event) or is_series != (stored.repeat is not None) or moved.also != stored.also:
        return False
    rule = None if moved.repeat is None else read_repetition(moved.repeat)
    turns = [] if rule is None else moments_of(rule, moved.local_start, zone, 2)
    return len(turns) < 2 or abs(moved.shift) < turns[1] - turns[0]


def _takes_place_after(event: Event, zone: ZoneInfo, now: datetime) -> bool:
    """Whether an event takes place at some time after ``now`` (local)."""
    moved = [(local_start(c.start), c.lasts or event.lasts) for c in event.changes if c.start is not None]
    singles = [(local_start(start), event.lasts) for start in (event.start, *event.also)]
    if any(start + max(lasts, timedelta(days=1)) >= now for start, lasts in (*moved, *singles)):
        return True
    rule = None if event.repeat is None else read_repetition(event.repeat)
    since = now - event.lasts
    return (
        rule is not None
        and rule.may_reach(event.local_start, zone, since)
        and bool(local_starts(event, zone, since, since + 11 * _YEAR))
    )


def _title(title: Localized) -> str:
    return next(iter(title))[1]
