"""Reads a file in iCalendar (RFC 5545) as other programs write it, whoever has written it. Pure.

`ics_lines` has looked at each line before `icalendar` sees it. Imports icalendar, as `ics_file` does.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from icalendar import Alarm, Component
from icalendar import Calendar as IcsCalendar
from icalendar.prop import vBroken, vRecur

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.core.text_file import CONTROL, text_of
from community.exchange.ics_lines import LINKS, IcsHalt, IcsLines, items_begin, looked_through

MOST_BYTES = 5_000_000
MOST_STARTS = 400
"""Starts that one event leaves out or adds."""

_FOLD = re.compile(rb"\r?\n[ \t]")
_NOT_UTF8 = msg("the file is not in UTF-8: export it again from the calendar, or save it as UTF-8 (Unicode)")

ItemKind = Literal["VEVENT", "VTODO"]


@dataclass(frozen=True, slots=True)
class IcsTime:
    """A day, a moment in UTC, or local time (naive) of the zone that the file calls ``zone`` (None: of no zone)."""

    value: date | datetime
    zone: str | None = None

    @property
    def is_day(self) -> bool:
        """Whether it is a day alone."""
        return not isinstance(self.value, datetime)


@dataclass(frozen=True, slots=True)
class IcsPeriod:
    """A further start (RDATE), and when that one ends or how long it lasts, where it says so."""

    start: IcsTime
    end: IcsTime | None = None
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class IcsText:
    """A text, and its language by a subtag of two or three letters, where the file says it."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class IcsItem:
    """An event or a task as the file has it; with ``occurrence`` it is one occurrence of the event of that ``uid``.

    ``alarms``: how long before its start (of a task: before it is due) there is an alarm, less than nothing after it.
    ``broken``: names of properties that say nothing readable. ``stamp``: the later of two has the greater one.
    """

    kind: ItemKind
    line: int
    uid: str
    texts: Mapping[str, tuple[IcsText, ...]]
    start: IcsTime | None
    end: IcsTime | None
    lasts: timedelta | None
    occurrence: IcsTime | None
    is_for_following: bool
    rules: tuple[str, ...]
    also: tuple[IcsPeriod, ...]
    left_out: tuple[IcsTime, ...]
    links: tuple[str, ...]
    categories: tuple[str, ...]
    status: str
    classification: str
    alarms: tuple[timedelta, ...]
    stamp: tuple[int, str]
    broken: tuple[str, ...]


@dataclass(frozen=True)
class IcsContent:
    """What is used of a file. ``own_zones``: the lines of each zone that it describes itself, by the name it has."""

    program: str
    name: str
    method: str
    zone: str
    items: tuple[IcsItem, ...]
    own_zones: Mapping[str, tuple[str, ...]]


def read_ics(data: bytes, file: str) -> IcsContent | Problem:
    """Return what is used of a file, or why it cannot be read."""
    if len(data) > MOST_BYTES:
        return _refused(file, msg("the calendar is larger than {most} MB", most=MOST_BYTES // 1_000_000))
    # Some programs count bytes and fold a line within a letter: it is put together before it is read as text.
    text = text_of(_FOLD.sub(b"", data.replace(b"\r\r\n", b"\n")), file, _NOT_UTF8)
    if isinstance(text, Problem):
        placed = text_of(data, file, _NOT_UTF8)
        return placed if isinstance(placed, Problem) else text
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        return _refused(file, _no_calendar(text))
    begun = items_begin(data.decode("utf-8", errors="replace"))
    plain = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", ""))
    looked = looked_through(re.sub(r"\n{2,}", "\n", plain).split("\n"), begun)
    if isinstance(looked, IcsHalt):
        return Problem(SourcePosition(file, looked.line, 1), "", looked.what)
    return _content(looked, begun, file)


def _refused(file: str, what: Message) -> Problem:
    return Problem(SourcePosition(file, 1, 1), "", what)


def _no_calendar(text: str) -> Message:
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        return msg(
            "this is a web page, not a calendar: copy the address that the calendar gives for other programs (it often "
            "ends in .ics)"
        )
    return msg(
        "this is no calendar file: it does not begin with BEGIN:VCALENDAR; export it as iCalendar (.ics)"
    )


# --- as icalendar reads it ------------------------------------------------------------------------------------------


def _content(looked: IcsLines, begun: Sequence[int], file: str) -> IcsContent | Problem:
    try:
        with warnings.catch_warnings():
            # It guesses what zones mean; we do that ourselves (`ics_zones`).
            warnings.simplefilter("ignore")
            calendars = IcsCalendar.from_ical("\r\n".join([*looked.lines, ""]), multiple=True)
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError) as error:
        return _refused(
            file, msg("the calendar cannot be read: {reason}", reason=one_line(str(error), longest=80))
        )
    lines = iter(begun)
    items = tuple(_item(part, next(lines, 1)) for one in calendars for part in one.subcomponents)
    if not calendars:
        return _refused(file, _no_calendar(""))
    first = calendars[0]
    return IcsContent(
        program=_word(first, "PRODID"),
        name=_word(first, "X-WR-CALNAME") or _word(first, "NAME"),
        method=_word(first, "METHOD").upper(),
        zone=_word(first, "X-WR-TIMEZONE"),
        items=items,
        own_zones=looked.own_zones,
    )


def _item(part: Component, line: int) -> IcsItem:
    occurrence = next(_all(part, "RECURRENCE-ID"), None)
    broken = {name for name, value in part.property_items(recursive=False) if isinstance(value, vBroken)}
    return IcsItem(
        kind="VTODO" if part.name == "VTODO" else "VEVENT",
        line=line,
        uid=_word(part, "UID"),
        texts={name: _texts(part, name) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")},
        start=_time(part, "DTSTART"),
        end=_time(part, "DUE" if part.name == "VTODO" else "DTEND"),
        lasts=_length(part),
        occurrence=_time(part, "RECURRENCE-ID"),
        is_for_following=occurrence is not None and "RANGE" in occurrence.params,
        rules=tuple(_rules(part)),
        also=tuple(_also(part)),
        left_out=tuple(period.start for period in _listed(part, "EXDATE")),
        links=tuple(str(value) for name in LINKS for value in _all(part, name)),
        categories=tuple(str(each).upper() for value in _all(part, "CATEGORIES") for each in value.cats),
        status=_word(part, "STATUS").upper(),
        classification=_word(part, "CLASS").upper(),
        alarms=tuple(before for alarm in part.subcomponents for before in _alarm(alarm, part)),
        stamp=(_number(part, "SEQUENCE"), _stamp(part)),
        broken=tuple(sorted(broken)),
    )


def _all(part: Component, name: str) -> Iterator[Any]:
    """Yield the values of a property that can be read."""
    found = part.get(name)
    values = found if isinstance(found, list) else () if found is None else (found,)
    return (value for value in values if not isinstance(value, vBroken))


def _word(part: Component, name: str) -> str:
    return str(next(_all(part, name), "")).strip()


def _number(part: Component, name: str) -> int:
    return int(next(_all(part, name), 0))


def _stamp(part: Component) -> str:
    stamp = next(_all(part, "DTSTAMP"), None)
    return "" if stamp is None else str(stamp.dt)


def _texts(part: Component, name: str) -> tuple[IcsText, ...]:
    return tuple(IcsText(str(value), _language(value.params.get("LANGUAGE"))) for value in _all(part, name))


def _language(tag: object) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", str(tag or ""))
    return None if found is None else found[0].lower()


def _time(part: Component, name: str) -> IcsTime | None:
    value = next(_all(part, name), None)
    if value is None or not isinstance(value.dt, date):
        return None
    return _read(value.dt, value.params.get("TZID"))


def _read(moment: date, zone: object) -> IcsTime:
    if not isinstance(moment, datetime):
        return IcsTime(moment)
    if zone:
        return IcsTime(moment.replace(tzinfo=None), str(zone)[:100])
    return IcsTime(moment if moment.tzinfo is None else moment.astimezone(UTC))


def _length(part: Component) -> timedelta | None:
    value = next(_all(part, "DURATION"), None)
    return value.dt if value is not None and isinstance(value.dt, timedelta) else None


def _rules(part: Component) -> Iterator[str]:
    """Yield the rules of repetition as they are written, also those that are none; EXRULE is told by its name."""
    found = part.get("RRULE")
    for rule in found if isinstance(found, list) else () if found is None else (found,):
        yield (
            str(Component.content_line(part, "RRULE", rule)).partition(":")[2]
            if isinstance(rule, vRecur)
            else str(rule)
        )
    yield from ("EXRULE" for _ in _all(part, "EXRULE"))


def _rule_text(rule: vRecur) -> str:
    written: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
    return written.decode()


def _listed(part: Component, name: str) -> Iterator[IcsPeriod]:
    for listed in _all(part, name):
        zone = listed.params.get("TZID")
        for each in listed.dts:
            if isinstance(each.dt, tuple):
                yield _period(each.dt, zone)
            elif isinstance(each.dt, date):
                yield IcsPeriod(_read(each.dt, zone))


def _also(part: Component) -> Iterator[IcsPeriod]:
    return _listed(part, "RDATE")


def _period(pair: Sequence[Any], zone: object) -> IcsPeriod:
    start, end = pair
    if isinstance(end, timedelta):
        return IcsPeriod(_read(start, zone), lasts=end)
    return IcsPeriod(_read(start, zone), end=_read(end, zone))


def _alarm(alarm: Component, part: Component) -> Iterator[timedelta]:
    """Yield how long before its start an alarm rings; nothing where it counts from the end, or never rings."""
    trigger = next(_all(alarm, "TRIGGER"), None)
    is_silent = not isinstance(alarm, Alarm) or _word(alarm, "ACTION").upper() == "NONE"
    if is_silent or trigger is None or not isinstance(trigger.dt, timedelta):
        return
    from_end = str(trigger.params.get("RELATED", "START")).upper() == "END"
    if not from_end or part.name == "VTODO":
        yield -trigger.dt
