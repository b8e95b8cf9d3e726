"""A question to the calendar that goes on from the one before: “and next week?”, “et pour Niamey ?”. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from community.core.weekends import WeekDays
from community.core.words import words
from community.search import word_tables
from community.search.calendar_question import CalendarQuestion, Claim, NamedPart, Wanted
from community.search.calendar_read import ReadQuestion
from community.search.calendar_words import labels_of

_DETAILS = ("lasts", "for_whom", "how_often", "how_long", "cancelled", "asked_by")
_COUNTING = frozenset({Wanted.COUNT, Wanted.FIRST, Wanted.LAST})
_FOR_ANOTHER = "registration"
"""The label of `things` in `calendar.yaml` for what is there for another entry."""


def days_after(
    said: Sequence[str], previous: CalendarQuestion, week: WeekDays, language: str
) -> CalendarQuestion | None:
    """Return the question before for the days after its own: “and the week after that?”; None for anything else.

    Where none were asked about before, the words are said not to have been taken into account.
    """
    unit = _unit_after(said)
    if unit is None:
        return None
    again = replace(previous, language=language, claim=Claim.SURE, follows=True, of_shown=False, hours=None)
    again = replace(again, wanted=Wanted.COUNT if previous.wanted is Wanted.COUNT else Wanted.LIST)
    last = previous.until or previous.since
    if last is None:
        return replace(again, unheeded=(" ".join(said),))
    since, until = _stretch_after(unit, last, week)
    return replace(again, since=since, until=until, been=False)


def _unit_after(said: Sequence[str]) -> str | None:
    """Return “day”, “week” or “month”, where no more than small words stand beside a phrase of `stretch_after`."""
    small = word_tables.folded("common/light") | word_tables.folded("follow_ups/and_then")
    small |= word_tables.folded("commands/polite")
    prefixes = word_tables.folded("follow_ups/and_prefixes")
    plain = tuple(said)
    for unit, texts in word_tables.groups("follow_ups/stretch_after").items():
        for phrase in sorted((tuple(words(text)) for text in texts), key=len, reverse=True):
            for at in range(len(plain) - len(phrase) + 1):
                there = plain[at : at + len(phrase)]
                glued = there[0][:1] in prefixes and (there[0][1:], *there[1:]) == phrase
                if (there == phrase or glued) and small.issuperset((*plain[:at], *plain[at + len(phrase) :])):
                    return unit
    return None


def _stretch_after(unit: str, last: date, week: WeekDays) -> tuple[date, date]:
    """Return the first and the last day of the day, week or month that comes after a day."""
    if unit == "day":
        return last + timedelta(days=1), last + timedelta(days=1)
    if unit == "week":
        first = week.beginning(last) + timedelta(days=7)
        return first, first + timedelta(days=6)
    first = (last.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def followed(read: ReadQuestion, previous: CalendarQuestion, *, begins: bool) -> CalendarQuestion | None:
    """Return the question before with what is said anew; None where nothing is, or something unknown is named."""
    question, found = read.question, read.found
    of_shown = _of_shown(read, previous)
    if of_shown is not None:
        return of_shown
    if read.names_a_thing and not found.kinds:
        return None
    asked = _wanted(read, previous)
    says = (
        read.days
        or question.names_entries
        or found.kinds
        or asked in _COUNTING
        or found.has("mine", "when", "where", "link", "left", "whats_next", *_DETAILS)
    )
    if not says or (question.about and not begins):
        return None
    merged = replace(
        previous,
        language=question.language,
        claim=Claim.IF_NAMED if question.about else Claim.SURE,
        wanted=asked,
        mine=question.mine or previous.mine,
        follows=True,
        of_shown=asked not in (Wanted.LIST, *_COUNTING)
        and not (read.days or question.names_entries or found.kinds),
        after_next=read.asks_after_next,
        behind=False,
        before=False,
    )
    if read.days:
        merged = replace(
            merged, since=question.since, until=question.until, hours=question.hours, been=question.been
        )
    return _named(merged, read, previous)


def _wanted(read: ReadQuestion, previous: CalendarQuestion) -> Wanted:
    """Return what is to be known: “and in March?” after “how many in January?” counts too."""
    keeps = read.wanted is Wanted.LIST and bool(read.days) and previous.wanted in _COUNTING
    return previous.wanted if keeps else read.wanted


def _named(merged: CalendarQuestion, read: ReadQuestion, previous: CalendarQuestion) -> CalendarQuestion:
    """Return the question with what is named anew in place of what was named before."""
    question = read.question
    if question.kinds:
        kept = () if "deadline" in question.kinds else _registration(previous)
        merged = replace(merged, kinds=question.kinds, about=question.about or kept, said=question.said)
        if kept:
            merged = replace(merged, cities=frozenset(), countries=frozenset(), cohorts=frozenset())
            merged = replace(merged, placed=frozenset())
    if question.about:
        merged = replace(merged, about=question.about)
    if question.themes:
        merged = replace(merged, themes=question.themes, about=question.about)
    if question.has_place:
        cities, countries, cohorts = question.cities, question.countries, question.cohorts
        merged = replace(merged, cities=cities, countries=countries, cohorts=cohorts, mine=question.mine)
        merged = replace(merged, for_places=question.for_places, placed=question.placed)
        merged = replace(merged, located=question.located and "deadline" not in merged.kinds)
    return merged


def _of_shown(read: ReadQuestion, previous: CalendarQuestion) -> CalendarQuestion | None:
    """Return the question for the time elsewhere, or for what to hand in, of what was shown; None for another."""
    if read.names_no_more_than_cities and (read.asks_clock or previous.wanted is Wanted.CLOCK):
        return _in_city(read, previous)
    if read.found.has("hand_in") and read.asks_of_shown:
        kept = replace(previous, language=read.question.language, follows=True, of_shown=True)
        return replace(kept, wanted=Wanted.HAND_IN)
    return None


def _in_city(read: ReadQuestion, previous: CalendarQuestion) -> CalendarQuestion:
    """Return the question which time it is in the cities named, when what was shown takes place."""
    return replace(
        previous,
        language=read.question.language,
        claim=Claim.SURE,
        wanted=Wanted.CLOCK,
        clock=read.question.cities,
        follows=True,
        of_shown=True,
    )


def _registration(previous: CalendarQuestion) -> tuple[NamedPart, ...]:
    """Return what a question asks to register for, without what for: “and for the assembly?” goes on from it."""
    return tuple(part for part in previous.about if any(map(_is_registration, part.stems)))


def _is_registration(stem: str) -> bool:
    return _FOR_ANOTHER in labels_of((stem,))
