"""A question to the calendar that goes on from the one before: “and next week?”, “et pour Niamey ?”. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.calendar_question import CalendarQuestion, Claim, Wanted
from community.search.calendar_read import ReadQuestion

_DETAILS = ("lasts", "for_whom", "how_often", "how_long", "cancelled")


def followed(read: ReadQuestion, previous: CalendarQuestion, *, begins: bool) -> CalendarQuestion | None:
    """Return the question before with what is said anew; None where nothing is, or something unknown is named."""
    question, found = read.question, read.found
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
        merged = replace(merged, kinds=question.kinds, about=question.about)
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
