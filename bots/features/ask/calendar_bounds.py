"""What a question to the calendar is set against, found there: “before the assembly”, “except the weekly call”. Pure.

Where the calendar does not have it, or has several, the question says what could not be taken into account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import assert_never

from bots.features.ask.occasions import Occasions
from community.agenda.calendar_index import name_of_item
from community.agenda.occurrences import Occurrence
from community.description.calendar_model import Deadline
from community.search.calendar_match import Findable, selected
from community.search.calendar_question import Bound, CalendarQuestion, SetAgainst, Wanted

_DAY = timedelta(days=1)


def bounded(
    question: CalendarQuestion, bound: Bound, occasions: Occasions, entries: Mapping[str, Findable]
) -> CalendarQuestion:
    """Return a question with the days, or without the entries, that what it is set against stands for."""
    whole = replace(question, bound=None)
    match bound.relation:
        case SetAgainst.EXCEPT:
            left_out = _left_out(bound.question, question, entries)
            return replace(whole, left_out=left_out) if left_out else _unheeded(whole, bound)
        case SetAgainst.BEFORE | SetAgainst.AFTER:
            one = _the_one(bound.question, occasions, entries)
            return _unheeded(whole, bound) if one is None else _beside(whole, bound.relation, one, occasions)
        case _:
            assert_never(bound.relation)


def _unheeded(question: CalendarQuestion, bound: Bound) -> CalendarQuestion:
    return replace(question, unheeded=(bound.words,))


def _left_out(
    other: CalendarQuestion, question: CalendarQuestion, entries: Mapping[str, Findable]
) -> frozenset[str]:
    """Return the entries that are not asked for: of cities those that are for them alone, or take place there."""
    of_kinds = replace(other, kinds=other.kinds or question.kinds)
    meant = selected(of_kinds, entries)
    if not meant.certain:
        meant = selected(other, entries)
    if not (meant.certain and meant.is_named):
        return frozenset()
    keys = (*meant.keys, *meant.others)
    if other.has_place:
        keys = tuple(key for key in keys if not entries[key].everywhere or entries[key].places)
    return frozenset(keys)


def _the_one(
    other: CalendarQuestion, occasions: Occasions, entries: Mapping[str, Findable]
) -> Occurrence | None:
    """Return the next occurrence of the one entry that is meant; None where none is, or several may be."""
    asked = replace(other, wanted=Wanted.WHEN)
    meant = selected(asked, entries)
    found = occasions.asked(asked, meant.keys) if meant.certain and meant.is_named else ()
    return found[0] if len({name_of_item(one.entry) for one in found}) == 1 else None


def _beside(
    question: CalendarQuestion, relation: SetAgainst, one: Occurrence, occasions: Occasions
) -> CalendarQuestion:
    """Return the question for the days before or after an occurrence; that itself is not asked for."""
    left_out = question.left_out | {name_of_item(one.entry)}
    first, last = _days(one, occasions)
    if relation is SetAgainst.BEFORE:
        until = first if question.until is None else min(first, question.until)
        return replace(question, until=until, left_out=left_out)
    since = last if question.since is None else max(last, question.since)
    return replace(question, since=since, left_out=left_out)


def _days(one: Occurrence, occasions: Occasions) -> tuple[date, date]:
    """Return the last day before an occurrence and the first after it; its own, where it takes some hours of it."""
    if one.is_all_day:
        return one.start.date() - _DAY, (one.end - timedelta(minutes=1)).date() + _DAY
    first, last = (moment.astimezone(occasions.zone).date() for moment in (one.start, one.end))
    return (first, last + _DAY) if isinstance(one.entry, Deadline) else (first, last)
