"""A question to the calendar that goes on from the one before: “and next week?”, “et pour Niamey ?”. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.calendar_question import CalendarQuestion, Claim, NamedPart, Wanted
from community.search.calendar_read import ReadQuestion
from community.search.calendar_words import labels_of

_DETAILS = ("lasts", "for_whom", "how_often", "how_long", "cancelled", "asked_by")
_FOR_ANOTHER = "registration"
"""The label of `things` in `calendar.yaml` for what is there for another entry."""


def followed(read: ReadQuestion, previous: CalendarQuestion, *, begins: bool) -> CalendarQuestion | None:
    """Return the question before with what is said anew; None where nothing is, or something unknown is named."""
    question, found = read.question, read.found
    if read.names_no_more_than_cities and (read.asks_clock or previous.wanted is Wanted.CLOCK):
        return _in_city(read, previous)
    if found.has("hand_in") and read.asks_of_shown:
        return replace(
            previous, language=question.language, wanted=Wanted.HAND_IN, follows=True, of_shown=True
        )
    if read.names_a_thing and not found.kinds:
        return None
    asked = read.wanted
    says = (
        read.days
        or question.names_entries
        or found.kinds
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
        of_shown=asked is not Wanted.LIST and not (read.days or question.names_entries or found.kinds),
    )
    if read.days:
        merged = replace(merged, since=question.since, until=question.until, been=question.been)
    if question.kinds:
        kept = () if "deadline" in question.kinds else _registration(previous)
        merged = replace(merged, kinds=question.kinds, about=question.about or kept)
    if question.about:
        merged = replace(merged, about=question.about)
    if question.themes:
        merged = replace(merged, themes=question.themes, about=question.about)
    if question.has_place:
        cities, countries, cohorts = question.cities, question.countries, question.cohorts
        merged = replace(merged, cities=cities, countries=countries, cohorts=cohorts, mine=question.mine)
        merged = replace(merged, for_places=question.for_places)
        merged = replace(merged, located=question.located and "deadline" not in merged.kinds)
    return merged


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
