"""Questions which time it is in a city when something takes place: what of their words names the city alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from community.search.calendar_match import Findable, selected
from community.search.calendar_question import CalendarQuestion, Wanted


def clocked(question: CalendarQuestion, entries: Mapping[str, Findable]) -> CalendarQuestion:
    """Return a question which time it is in cities: of what takes place there when it is, else in their time.

    “What time is the visit in Accra?” asks for that visit; “what time is the call in Maputo?” for the time there.
    """
    there = selected(question, entries)
    if there.certain and any(not question.cities.isdisjoint(entries[key].places) for key in there.keys):
        return replace(question, wanted=Wanted.WHEN)
    return replace(question, clock=question.cities, cities=frozenset(), located=False, for_places=False)
