"""Dates of a calendar as lines of text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

from babel.dates import get_day_names

from community.agenda.shown_dates import ShownDate
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, locale_of, msg
from community.description.calendar_model import Deadline
from community.directory.entry import kind_of
from community.exchange.plan import shown as safe


def date_lines(found: Sequence[ShownDate], translate: Translator, since: date) -> Iterator[str]:
    """Yield the days that have something, each with its dates below it; what began before ``since`` is told then."""
    for day, dates in groupby(found, key=lambda one: max(one.first, since)):
        yield day_text(day, translate)
        yield from (f"  {line}" for line in _aligned([_row(one, translate) for one in dates]))


def day_text(day: date, translate: Translator) -> str:
    """Return a day with its weekday."""
    language = translate.language
    weekday = str(get_day_names("wide", locale=locale_of(language))[day.weekday()])
    return f"{weekday[:1].upper()}{weekday[1:]} {locale_texts(language).day(day)}"


def _row(one: ShownDate, translate: Translator) -> tuple[str, str, str]:
    kind, key = kind_of(one.occurrence.entry), one.occurrence.entry.key
    return _time(one, translate), _said(one, translate), f"({kind} {key})"


def _time(one: ShownDate, translate: Translator) -> str:
    if one.start is None:
        until = one.last if one.last > one.first else None
        said = msg("all day") if until is None else msg("until {day}", day=_short(until))
        return translate(said)
    clock = locale_texts(translate.language).clock
    if one.end is None or one.end == one.start:
        return clock(one.start)
    later = "" if one.end.date() == one.start.date() else f" ({_short(one.end.date())})"
    return f"{clock(one.start)}–{clock(one.end)}{later}"


def _short(day: date) -> str:
    return day.isoformat()


def _said(one: ShownDate, translate: Translator) -> str:
    occurrence, language = one.occurrence, translate.language
    title = said_title(one, translate)
    place = None if occurrence.place is None else safe(occurrence.place.text(language))
    more = [part for part in (place, occurrence.link) if part]
    if occurrence.is_moved and not occurrence.is_cancelled:
        more.append(translate(_first_set(one, language)))
    return " · ".join([title, *more])


def _first_set(one: ShownDate, language: str) -> Message:
    """Return for when something that was moved was set at first, with the time of day where that was another."""
    texts, original = locale_texts(language), one.original
    day = texts.day(original)
    if isinstance(original, datetime) and (one.start is None or one.start.time() != original.time()):
        day = f"{day}, {texts.clock(original)}"
    if isinstance(one.occurrence.entry, Deadline):
        return msg("first due {day}", day=day)
    return msg("moved from {day}", day=day)


def said_title(one: ShownDate, translate: Translator) -> str:
    """Return what takes place, or is due, or does not take place."""
    title = safe(one.occurrence.entry.title.text(translate.language))
    if one.occurrence.is_cancelled:
        return translate(msg("cancelled: {title}", title=title))
    if isinstance(one.occurrence.entry, Deadline):
        return translate(msg("due: {title}", title=title))
    return title


def _aligned(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    width = max(len(row[0]) for row in rows)
    return (f"{time.ljust(width)}  {said}  {entry}" for time, said, entry in rows)


def as_dict(one: ShownDate, language: str) -> dict[str, object]:
    """Return a date as plain values, for ``--json``: moments in ISO 8601 with the reader's zone, days alone all day."""
    occurrence, entry = one.occurrence, one.occurrence.entry
    return {
        "kind": kind_of(entry),
        "key": entry.key,
        "title": entry.title.text(language),
        "start": one.first.isoformat() if one.start is None else one.start.isoformat(),
        "end": one.last.isoformat()
        if one.start is None
        else None
        if one.end is None
        else one.end.isoformat(),
        "all_day": one.start is None,
        "cancelled": occurrence.is_cancelled,
        "moved": occurrence.is_moved,
        "place": None if occurrence.place is None else occurrence.place.text(language),
        "link": occurrence.link,
    }
