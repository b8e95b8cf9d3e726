"""Makes events and deadlines of what another program's calendar has, or says why it cannot. Pure.

What is kept in step with that calendar is what it says: whom an entry concerns, in which rooms it is posted and who
has entered it are not of the file. Organisers, guests and attachments are not read at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event, is_day
from community.description.times import END_OF_DAY
from community.directory.changes import Edit, Refusal, edited, new_key
from community.directory.entry import CalendarEntry, CalendarKind
from community.exchange.canonical import canonical_entry
from community.exchange.ics_changes import Altered, with_changes
from community.exchange.ics_clock import IcsClock, Unfit, end_of
from community.exchange.ics_parsing import MOST_STARTS, IcsContent, IcsItem, IcsPeriod
from community.exchange.ics_plain import join_link, plain_line, plain_note, without_link
from community.exchange.ics_spans import duration_text, reminders, rule_of_days
from community.exchange.ics_zones import MeantZones, known_zone

_LONGEST_READABLE = 38
_KINDS = {"MEETING": "meeting", "TRAINING": "training", "VISIT": "visit", "CELEBRATION": "celebration"}
_PRIVATE = ("PRIVATE", "CONFIDENTIAL")
_DAY = timedelta(days=1)
_COUNT = re.compile(r"COUNT=(\d{1,9})", re.IGNORECASE)
_FEW, _MOST_COUNTED = 100, 10_000
_Plain = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How a file is read. ``zone``: that of times without one (None: as the file says, else the community's).

    ``community``: its key; ``home``: its zone; ``near``: the zones of its cities; ``languages``: those that it has;
    ``language``: that of texts that do not say it (None: all languages); ``year``: this year.
    """

    community: str
    home: str
    near: tuple[str, ...]
    languages: tuple[str, ...]
    year: int
    zone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingDate:
    """An entry that a file has. ``mark``: what its key ends with; it follows from the UID alone."""

    entry: CalendarEntry
    mark: str
    line: int


@dataclass(frozen=True, slots=True)
class RefusedDate:
    """An event or a deadline that cannot be taken in, and why."""

    mark: str
    problem: Problem


@dataclass(frozen=True)
class IncomingDates:
    """All that a file has. ``private``, ``done``, ``own``: how many were left out for that reason."""

    found: tuple[IncomingDate, ...]
    refused: tuple[RefusedDate, ...]
    private: int = 0
    done: int = 0
    own: int = 0


def mark_of(uid: str, occurrence: str = "") -> str:
    """Return what the key of an entry with that UID ends with."""
    return hashlib.sha256(f"{uid}\n{occurrence}".encode()).hexdigest()[:9]


def read_dates(content: IcsContent, rules: ReadingRules, file: str) -> IncomingDates:
    """Return the entries of a file, each UID once, and what cannot be taken in."""
    zones = MeantZones(content.own_zones, (rules.home, *rules.near), rules.year)
    named = rules.zone or known_zone(content.zone)
    clock = IcsClock(zones, rules.home, None if named == rules.home else named)
    reader = _DateReader(content, rules, clock)
    found: list[IncomingDate] = []
    refused: list[RefusedDate] = []
    left = {"private": 0, "done": 0, "own": 0}
    for mark, items in _grouped(content.items).items():
        first = items[0]
        reason = reader.left_out(items)
        if reason is not None:
            left[reason] += 1
            continue
        try:
            found.append(IncomingDate(reader.entry(items, mark), mark, first.line))
        except Unfit as error:
            place = SourcePosition(file, first.line, 1)
            refused.append(RefusedDate(mark, Problem(place, called(first), error.what)))
    return IncomingDates(tuple(found), tuple(refused), **left)


def called(item: IcsItem) -> str:
    """Return what an event is called in a sentence about it."""
    title = next((plain_line(text.text) for text in item.texts["SUMMARY"]), "")
    return f"“{title or plain_line(item.uid) or '–'}”"


def _grouped(items: Iterable[IcsItem]) -> dict[str, list[IcsItem]]:
    """Return what belongs together: the event first, then its occurrences that are otherwise, each as it is newest."""
    newest: dict[tuple[str, str, str], IcsItem] = {}
    for item in items:
        named = "" if item.occurrence is None else str(item.occurrence.value)
        at = (item.kind, item.uid or f"{item.line}", named)
        if at not in newest or newest[at].stamp <= item.stamp:
            newest[at] = item
    groups: dict[str, list[IcsItem]] = {}
    whole = {(kind, uid) for kind, uid, named in newest if not named}
    for (kind, uid, named), item in sorted(newest.items(), key=lambda pair: pair[0]):
        # An invitation to one occurrence of a series that the file does not have stands for itself.
        mark = mark_of(uid if kind == "VEVENT" else f"{kind} {uid}", "" if (kind, uid) in whole else named)
        groups.setdefault(mark, []).append(item)
    return dict(sorted(groups.items(), key=lambda pair: pair[1][0].line))


@dataclass
class _Work:
    """What reckoning the times of a file costs: a rule that ends by COUNT is counted through for each time named."""

    left: int = 8_000_000

    def spend(self, rules: Sequence[str], named: int) -> None:
        counted = max((int(found[1]) for rule in rules for found in _COUNT.finditer(rule)), default=_FEW)
        self.left -= named * min(counted, _MOST_COUNTED)
        if self.left < 0:
            what = msg("the calendar leaves out, adds and moves too many times: export a shorter time of it")
            raise Unfit(what)


@dataclass(frozen=True)
class _DateReader:
    content: IcsContent
    rules: ReadingRules
    clock: IcsClock
    work: _Work = field(default_factory=_Work)

    def left_out(self, items: Sequence[IcsItem]) -> str | None:
        """Return for which reason these are not taken in although they could be."""
        first = items[0]
        if first.uid.endswith(f"@{self.rules.community}.palabre"):
            return "own"
        if first.classification in _PRIVATE:
            return "private"
        return "done" if first.kind == "VTODO" and first.status == "COMPLETED" else None

    def entry(self, items: Sequence[IcsItem], mark: str) -> CalendarEntry:
        """Return the entry.

        Raises:
            Unfit: it cannot be one.
        """
        first, *others = items
        if not first.uid:
            raise Unfit(msg("it has no UID, so that it could not be found again: export it again"))
        broken = {"DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "EXDATE", "RDATE"} & {
            name for item in items for name in item.broken
        }
        if broken:
            raise Unfit(msg("“{name}” of it cannot be read", name=min(broken)))
        if first.kind == "VTODO":
            return self._deadline(first, mark)
        return self._event(first, others, mark)

    # --- deadlines --------------------------------------------------------------------------------------------------

    def _deadline(self, item: IcsItem, mark: str) -> CalendarEntry:
        if item.rules or item.also:
            raise Unfit(
                msg("a deadline is not repeated: make one of each in your calendar, or an event of it")
            )
        when = item.end or item.start
        if when is None:
            raise Unfit(msg("it does not say when it is due: give it a due date in your calendar"))
        zone, due = self.clock.local(when, is_single=True)
        if item.end is None and item.lasts is not None and item.start is not None:
            due = end_of(due, item.lasts, zone)
        fields: dict[str, object] = {
            **self._texts(item, "where"),
            "due": _written(datetime.combine(due, END_OF_DAY) if is_day(due) else due),
            "timezone": zone,
            "remind": reminders(item.alarms, is_all_day=False, after=True),
            "cancelled": self._is_cancelled(item),
        }
        return self._made("deadline", fields, mark)

    # --- events -----------------------------------------------------------------------------------------------------

    def _event(self, item: IcsItem, others: Sequence[IcsItem], mark: str) -> CalendarEntry:
        if item.start is None:
            raise Unfit(msg("it does not say when it begins: give it a start in your calendar"))
        if any(one.is_for_following for one in others):
            what = msg(
                "it is changed from one time on (THISANDFUTURE): end it there in your calendar, and make another "
                "event of the rest"
            )
            raise Unfit(what)
        if len(item.rules) > 1:
            raise Unfit(
                msg("it has more than one rule of repetition: make an event of each in your calendar")
            )
        is_single = not (item.rules or item.also or others)
        zone, start = self.clock.local(item.start, is_single=is_single and item.occurrence is None)
        lasts = self.clock.lasts(item, start, zone)
        listed = (*item.also, *item.left_out, *others)
        if len(listed) > MOST_STARTS:
            raise Unfit(msg("it leaves out, adds and moves more than {most} of its times", most=MOST_STARTS))
        self.work.spend(item.rules, len(listed))
        fields: dict[str, object] = {
            **self._texts(item, "place"),
            "kind": next((_KINDS[name] for name in item.categories if name in _KINDS), "meeting"),
            "start": _written(start),
            "lasts": duration_text(lasts),
            "timezone": zone,
            "repeat": rule_of_days(item.rules[0], start) if item.rules else None,
            "remind": reminders(item.alarms, is_all_day=is_day(start)),
            "cancelled": self._is_cancelled(item),
        }
        whole = self._made("event", fields, mark)
        assert isinstance(whole, Event)  # noqa: S101 - an event was asked for
        info = ZoneInfo(zone or self.rules.home)
        altered = Altered(
            also=tuple(self._added(period, zone, whole) for period in item.also),
            left_out=tuple(self.clock.of(time_, zone) for time_ in item.left_out),
            others=tuple(self._changed(one, zone, item) for one in others),
        )
        return self._made("event", {**fields, **with_changes(whole, altered, info)}, mark)

    def _added(self, period: IcsPeriod, zone: str | None, whole: Event) -> dict[str, object]:
        """Return what an added start (RDATE) says as a change: ``of``, and ``lasts`` where it is another."""
        start = self.clock.of(period.start, zone)
        if is_day(start) is not whole.is_all_day:
            raise Unfit(msg("a time that it adds (RDATE) has a time of day and it has none, or the reverse"))
        lasts = self.clock.lasts_added(period, start, zone)
        is_other = (
            lasts is not None and lasts > timedelta() and duration_text(lasts) != duration_text(whole.lasts)
        )
        return {"of": _written(start), **({"lasts": duration_text(lasts)} if is_other and lasts else {})}

    def _changed(self, one: IcsItem, zone: str | None, item: IcsItem) -> dict[str, object]:
        """Return what is otherwise of one occurrence, with ``start`` and ``lasts`` also where they are as usual."""
        assert one.occurrence is not None  # noqa: S101 - of a UID only one has none
        of = self.clock.of(one.occurrence, zone)
        if self._is_cancelled(one):
            return {"of": _written(of), "cancelled": True}
        usual = self._texts(item, "place")
        # Of a time that is private only when it is: the rest of the series is shown.
        said = usual if one.classification in _PRIVATE else self._texts(one, "place")
        changed = {
            name: said[name] for name in ("place", "link") if said.get(name) not in (None, usual.get(name))
        }
        note = said.get("note") if said.get("note") != usual.get("note") else None
        if said["title"] != usual["title"]:
            note = _titled(said["title"], note)
        if one.start is None:
            return {"of": _written(of), **changed, **({"note": note} if note else {})}
        start = self.clock.of(one.start, zone)
        lasts = self.clock.lasts(one, start, zone)
        return {
            "of": _written(of),
            "start": _written(start),
            "lasts": duration_text(lasts),
            **changed,
            **({"note": note} if note else {}),
        }

    # --- what both have ---------------------------------------------------------------------------------------------

    def _is_cancelled(self, item: IcsItem) -> bool:
        return item.status == "CANCELLED" or self.content.method == "CANCEL"

    def _texts(self, item: IcsItem, place_field: str) -> dict[str, object]:
        places = [text.text for text in item.texts["LOCATION"]]
        notes = [plain_note(text.text) for text in item.texts["DESCRIPTION"]]
        link = join_link(item.links, (*places, *(text.text for text in item.texts["DESCRIPTION"]), *notes))
        title = self._localized(item, "SUMMARY", plain_line)
        if title is None:
            raise Unfit(msg("it has no title: give it one in your calendar"))
        found = {
            "title": title,
            place_field: self._localized(item, "LOCATION", lambda text: without_link(text, link)),
            "link": link,
            "note": self._localized(item, "DESCRIPTION", plain_note),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _localized(self, item: IcsItem, name: str, plain: _Plain) -> object:
        """Return a text by its languages; a text of no language that the community has is the same in all."""
        found: dict[str, str] = {}
        for text in item.texts[name]:
            said = text.language if text.language in self.rules.languages else None
            shown = plain(text.text)
            if shown:
                found.setdefault(said or self.rules.language or "", shown)
        if len(found) > 1:
            found.pop("", None)
        return found.get("", found) or None

    def _made(self, kind: CalendarKind, fields: Mapping[str, object], mark: str) -> CalendarEntry:
        title = fields["title"]
        shown = (
            title if isinstance(title, str) else next(iter(title.values())) if isinstance(title, dict) else ""
        )
        key = key_of_mark(kind, str(shown), mark)
        values = {name: value for name, value in fields.items() if value not in (None, False)}
        made = edited(Edit(kind, key, values), None)
        if isinstance(made, tuple):
            raise Unfit(_first(made))
        if isinstance(made, Event):
            return canonical_entry(made)
        assert isinstance(made, Deadline)  # noqa: S101 - of a kind of the calendar
        return canonical_entry(made)


def key_of_mark(kind: CalendarKind, title: str, mark: str) -> str:
    """Return the key of a new entry: readable, and ending with its mark."""
    return f"{new_key(kind, title, ())[:_LONGEST_READABLE].strip('-')}-{mark}"


def _first(refusals: Iterable[Refusal]) -> Message:
    return next(iter(refusals)).what


def _titled(title: object, note: object) -> object:
    """Return the note of an occurrence that has a title of its own: the title first."""
    if isinstance(title, str) and (note is None or isinstance(note, str)):
        return title if not note else f"{title}\n{note}"
    return note or title


def _written(moment: date | datetime) -> str:
    return moment.isoformat()
