"""Calendars of other programs, read and planned as `palabre calendar import` does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from community.core.errors import Problem
from community.description.calendar_model import Audience, Calendar, Deadline, Event
from community.directory.entry import CalendarEntry, EntryKey
from community.directory.merge import ImportedEntry
from community.exchange.ics_entries import IncomingDates, ReadingRules, read_dates
from community.exchange.ics_parsing import IcsContent, read_ics
from community.exchange.ics_plan import DatesPlan, ForWhom, ImportOrder, ImportSituation, plan_dates
from palabre_cli.calendar.bringing import reading_rules
from tests.lib.descriptions import example

FILES = Path(__file__).parents[1] / "data" / "ics"
COMMUNITY = example().community
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
EVERYONE = ForWhom(Audience(everyone=True))
HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN")
STAMP = "DTSTAMP:20261101T000000Z"


def calendar_of(*parts: str) -> bytes:
    """Return a file with these components, each as its lines."""
    return "\r\n".join([*HEAD, *parts, "END:VCALENDAR", ""]).encode()


def vevent(*lines: str, uid: str = "one@example.org", title: str = "Call") -> str:
    """Return an event: on 1 February 2027 at ten (UTC) unless the lines say otherwise."""
    said = [line.replace(";", ":").partition(":")[0] for line in lines]
    usual = {"UID": f"UID:{uid}", "SUMMARY": f"SUMMARY:{title}", "DTSTART": "DTSTART:20270201T100000Z"}
    kept = [line for name, line in usual.items() if name not in said]
    return "\r\n".join(["BEGIN:VEVENT", STAMP, *kept, *lines, "END:VEVENT"])


def vtodo(*lines: str, uid: str = "task@example.org", title: str = "Report") -> str:
    return "\r\n".join(["BEGIN:VTODO", STAMP, f"UID:{uid}", f"SUMMARY:{title}", *lines, "END:VTODO"])


def rules(**more: Any) -> ReadingRules:
    return reading_rules(COMMUNITY, NOW, **{"language": None, "zone": None, **more})


def content(data: bytes) -> IcsContent:
    found = read_ics(data, "there.ics")
    assert isinstance(found, IcsContent), found
    return found


def refusal(data: bytes) -> str:
    """Return why a file as a whole is refused."""
    found = read_ics(data, "there.ics")
    assert isinstance(found, Problem)
    return f"{found.place.line}: {found.what}"


def dates(data: bytes, **more: Any) -> IncomingDates:
    return read_dates(content(data), rules(**more), "there.ics")


def refused(*parts: str, **more: Any) -> list[str]:
    """Return what is said of the parts that cannot be taken in: which line, which event, why."""
    found = plan(calendar_of(*parts), **more).problems
    return [f"{problem.place.line}: {problem.path}: {problem.what}" for problem in found]


def entries(data: bytes, **more: Any) -> tuple[CalendarEntry, ...]:
    """Return the entries that a file has, none of which is refused."""
    found = dates(data, **more)
    assert found.refused == ()
    return tuple(one.entry for one in found.found)


def event_of(*parts: str, **more: Any) -> Event:
    (found,) = entries(calendar_of(*parts), **more)
    assert isinstance(found, Event)
    return found


def deadline_of(*parts: str, **more: Any) -> Deadline:
    (found,) = entries(calendar_of(*parts), **more)
    assert isinstance(found, Deadline)
    return found


def plan(
    data: bytes,
    there: Calendar | None = None,
    noted: Mapping[EntryKey, ImportedEntry] | None = None,
    *,
    whom: ForWhom = EVERYONE,
    source: str = "there",
    now: datetime = NOW,
    **more: Any,
) -> DatesPlan:
    """Return the plan of taking a file in over a calendar, and what was noted with it before."""
    situation = ImportSituation(COMMUNITY, there or Calendar(version=1), {}, noted or {}, now)
    return plan_dates(dates(data), situation, ImportOrder(source, "there.ics", whom, **more))


def after(there: Calendar, found: DatesPlan) -> Calendar:
    """Return a calendar after a plan."""
    entries = {(k, e.key): e for k, name in (("event", "events"), ("deadline", "deadlines"))
               for e in getattr(there, name)}  # fmt: skip
    for change in found.plan.changes:
        if change.after is None:
            del entries[change.kind, change.key]
        else:
            assert isinstance(change.after, Event | Deadline)
            entries[change.kind, change.key] = change.after
    return Calendar(
        version=1,
        events=tuple(one for one in entries.values() if isinstance(one, Event)),
        deadlines=tuple(one for one in entries.values() if isinstance(one, Deadline)),
    )
