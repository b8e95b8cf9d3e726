"""A question to the calendar that goes on from the one before: “and next week?”, “et pour Niamey ?”. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.calendar_question import CalendarQuestion, Claim, NamedPart, Wanted
from community.search.calendar_read import ReadQuestion
from community.search.calendar_words import labels_of

_DETAILS = ("lasts", "for_whom", "how_often", "how_long", "cancelled", "asked_by")
_COUNTING = frozenset({Wanted.COUNT, Wanted.FIRST, Wanted.LAST})
_FOR_ANOTHER = "registration"
"""The label of `things` in `calendar.yaml` for what is there for another entry."""


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
        after_next=found.has("after_next"),
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
