"""What a message wants of the calendar: one thing, two in one sentence, a correction of what was just said. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bots.features.edit import date_moves
from bots.features.edit.command_parser import command, is_question
from bots.features.edit.commands import Command, PlanDate
from bots.features.edit.date_fields import read_time
from bots.features.edit.date_lookup import NamedDate, SeveralDates, found_date, names_all, shown_date
from bots.features.edit.date_meant import MeantDate, fits_alone, meant_date
from bots.features.edit.date_phrases import wishes, without_correction, without_joined, without_same_time
from bots.features.edit.date_requests import DateRequest, Wish, date_requests, detail_alone, is_pointing
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message
from community.search.when.doubts import Doubt
from community.search.when.reader import Unsure, read_span

LONGEST = 400
"""The most characters of a message that is looked through for two wishes, or taken as a correction."""


@dataclass(frozen=True, slots=True)
class TwoWishes:
    """Two things that are wanted of one date; ``said`` are the words of the second."""

    first: MeantDate
    second: DateRequest
    said: str


def wanted(
    context: TurnContext, text: str, preferred: str, parsed: Command | None
) -> MeantDate | TwoWishes | Message | None:
    """Return what a text wants changed in the calendar, None where it is about something else.

    ``parsed`` is the command that it would be besides.
    """
    found = _uncorrected(context, text, preferred, parsed)
    if isinstance(found, (MeantDate, TwoWishes)) or parsed is not None:
        return found
    return _corrected(context, text, preferred) or _at_the_same_time(context, text, preferred) or found


def _uncorrected(
    context: TurnContext, text: str, preferred: str, parsed: Command | None
) -> MeantDate | TwoWishes | Message | None:
    is_one = isinstance(parsed, PlanDate) or len(text) > LONGEST
    two = None if is_one else _two(context, text, preferred)
    return meant_date(context, text, preferred, parsed) if two is None else two


def _at_the_same_time(context: TurnContext, text: str, preferred: str) -> MeantDate | None:
    """Return what “land webinar same time on 11 December” means: of what is there already."""
    said = without_same_time(text)
    read = None if said is None or is_question(text) else read_time(context, said)
    if read is None or said is None or not read.title:
        return None
    found = found_date(context, read.title)
    if not isinstance(found, NamedDate) or not names_all(found.entry, read.title):
        return None
    when = " ".join(said[start:end] for start, end in read.used)
    return MeantDate(DateRequest(Wish.MOVED, read.title, when, preferred), found)


def _two(context: TurnContext, text: str, preferred: str) -> TwoWishes | None:
    """Return two wishes of the same date: the second speaks of it, or names no other."""
    for left, right in wishes(text):
        if next(date_requests(left, preferred), None) is None:
            continue
        first = meant_date(context, left, preferred, _command(left, preferred))
        if not isinstance(first, MeantDate):
            continue
        second = second_wish(context, first.found, right, preferred)
        if second is not None:
            return TwoWishes(first, second, right)
    return None


def second_wish(
    context: TurnContext, found: NamedDate | SeveralDates, text: str, preferred: str
) -> DateRequest | None:
    """Return what a text wants besides of a date that was just named; None where it may be about another one."""
    named = found if isinstance(found, NamedDate) else found.dates[0]
    spoken_of = replace(context, shown=(named.key,))
    said = without_correction(text) or text
    meant = meant_date(spoken_of, said, preferred, None)
    if isinstance(meant, MeantDate) and is_pointing(meant.request.entry):
        return meant.request
    short = detail_alone(said, preferred)
    if short is not None and fits_alone(spoken_of, short):
        return short
    return _time_alone(spoken_of, said, preferred)


def _command(text: str, preferred: str) -> Command | None:
    parsed = command(text, preferred)
    return None if parsed is None else parsed.command


def _corrected(context: TurnContext, text: str, preferred: str) -> MeantDate | TwoWishes | None:
    """Return what a correction of what was just spoken of means: “sorry, I meant 4pm”, “same time on Friday”."""
    said, further = without_correction(text), without_joined(text)
    if not context.shown or len(text) > LONGEST or is_question(text):
        return None
    for rest in (said, further):
        found = None if rest is None else _uncorrected(context, rest, preferred, _command(rest, preferred))
        if isinstance(found, (MeantDate, TwoWishes)):
            return found
    if said is None and without_same_time(text) is None:
        return None
    there = shown_date(context)
    request = None if there is None else _time_alone(context, said or text, preferred)
    return None if there is None or request is None else MeantDate(request, there)


def _time_alone(context: TurnContext, text: str, preferred: str) -> DateRequest | None:
    """Return the request for which a time or a length alone stands."""
    read = read_time(context, text)
    if isinstance(read, Unsure) and read.doubt is Doubt.WHICH_MONTH:
        return None  # “…, the 8 and 9”: which days these are has to be said with the whole
    if date_moves.is_moment(context, text):
        return DateRequest(Wish.MOVED, "", text, preferred)
    if read_span(text) is not None:
        return DateRequest(Wish.LASTS, "", text, preferred)
    return None


def names_two(context: TurnContext, names: list[str]) -> SeveralDates | None:
    """Return the dates that the parts of a name mean, where these are different ones: “the café and the webinar”."""
    if len(names) < 2:
        return None
    found = [found_date(context, name) for name in names]
    named = [one for one in found if isinstance(one, NamedDate)]
    keys = {one.entry.key for one in named}
    return SeveralDates(tuple(named)) if len(named) == len(names) == len(keys) else None
