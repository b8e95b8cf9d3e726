"""Since when, until when: the periods that a question names, in four languages. Pure: today is an argument.

"since Monday", "depuis deux semaines", "em outubro", "منذ الاثنين", "3 October 2026", "2026-10-03", "3/10" (day first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from community.search import date_words
from community.search.date_reader import DateReader
from community.search.stretches import Span


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``since`` to ``until``, both included; ``used``: the positions of the words that named it."""

    since: date | None = None
    until: date | None = None
    used: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None


def period_in(said: Sequence[str], today: date, *, been: bool = False) -> Period:
    """Return the first period that the folded words ``said`` name; an empty one where they name none.

    Where something is asked for that is to come (an event, a deadline), "in January" is the coming one; not where
    ``been``.
    """
    if not date_words.may_name_a_date(said):
        return Period()
    reader = DateReader(said, today, coming=not been and _is_to_come(said))
    for at in range(len(said)):
        found = _since(reader, at) or _before(reader, at) or _within(reader, at)
        if found:
            return found
    return Period()


def _is_to_come(said: Sequence[str]) -> bool:
    return date_words.says(said, "coming") and not date_words.says(said, "been")


def _since(reader: DateReader, at: int) -> Period | None:
    # In Arabic "from" is also "who": before a day it can only be "from".
    since = reader.word(at, "since")
    if not since and not reader.word(at, "from"):
        return None
    start = at + 1
    days = reader.days_of_month(reader.small(start))
    if days is not None:
        return Period(days.first, days.last, _used(at, days.end))
    span = reader.span(start) or (reader.length(start) if since else None)
    if span is None:
        return None
    if reader.word(span.end, "until"):
        to = reader.span(span.end + 1)
        if to is not None and to.last >= span.first:
            return Period(span.first, to.last, _used(at, to.end))
    if reader.word(at, "of") and span.last > span.first:
        return Period(span.first, span.last, _used(at, span.end))  # documents from 2024
    return Period(span.first, None, _used(at, span.end))


def _before(reader: DateReader, at: int) -> Period | None:
    if not reader.word(at, "before"):
        return None
    span = reader.span(at + 1)
    return None if span is None else Period(None, span.first - timedelta(days=1), _used(at, span.end))


def _within(reader: DateReader, at: int) -> Period | None:
    if reader.word(at, "within"):
        span = reader.span(at + 1)
        return None if span is None else Period(span.first, span.last, _used(at, span.end))
    span = reader.this_or_last(at) or reader.named_year(at) or _dated(reader, at)
    return None if span is None else Period(span.first, span.last, _used(at, span.end))


def _dated(reader: DateReader, at: int) -> Span | None:
    """Read a day or month that nothing introduces, if it is plain enough: with its year, or yesterday."""
    span = reader.span(at)
    near = reader.word(at, "yesterday") or reader.word(at, "tomorrow")
    plain = span is not None and (span.end - at >= 2 or near)
    return span if plain and not reader.word(at, "small") else None


def _used(start: int, end: int) -> frozenset[int]:
    return frozenset(range(start, end))
