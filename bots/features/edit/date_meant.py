"""Which change of the calendar a text means, of those as which it can be read: one about a date that is there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bots.context.short_words import Word, short_word
from bots.features.edit import date_details, date_moves, date_rules
from bots.features.edit.commands import (
    Add,
    CancelDate,
    Change,
    ChangeStage,
    Command,
    Confirm,
    MoveDate,
    PlanDate,
    Remove,
    Save,
)
from bots.features.edit.date_audience import whom_named
from bots.features.edit.date_fields import read_time
from bots.features.edit.date_lookup import Found, NamedDate, SeveralDates, found_date, is_title, names_all
from bots.features.edit.date_phrases import is_online
from bots.features.edit.date_reminders import reminders_in
from bots.features.edit.date_requests import DateRequest, Wish, date_requests, is_pointing
from bots.features.edit.date_words import names_date
from bots.features.edit.entry_lookup import named_entry
from bots.features.edit.text_reader import links_in
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.description.calendar_model import Deadline
from community.search.when.reader import WhenRead, read_months, read_span

WHICH_DATE_NAMED = msg("Which event or deadline do you mean? Say its name or its day.")
_CLEAR = frozenset((Wish.ALSO_FOR, Wish.ONLY_FOR, Wish.NOT_FOR, Wish.SKIPPED, Wish.UNTIL, Wish.REMIND))
"""What is wanted for sure by its words, also where its value is not understood: that is said."""
_REMARKS = frozenset((Wish.PLACED, Wish.FOR_WHOM))
"""What is said of much else in the same words: "the compost is in Kigali"."""
_SAID_OF_MUCH = frozenset((Wish.STATED, Wish.MADE))
"""What is said of much else in the same words: of what is named for sure alone."""
_POINTED = frozenset(
    (Wish.CANCELLED, Wish.MOVED, Wish.RESTORED, Wish.LATER, Wish.EARLIER, Wish.SHIFTED, Wish.DETAILS)
)
"""Of these it is asked what "it" means where nothing was shown."""


@dataclass(frozen=True, slots=True)
class MeantDate:
    """A request and what it is about."""

    request: DateRequest
    found: NamedDate | SeveralDates


def meant_date(
    context: TurnContext, text: str, preferred: str, parsed: Command | None
) -> MeantDate | Message | None:
    """Return what a text wants changed in the calendar, None where it is about something else.

    ``parsed``: the command that it would be besides. A sentence: it wants something, and it is open of what.
    """
    known: dict[tuple[str, bool], Found] = {}
    doubtful: MeantDate | None = None
    nothing: Message | None = None
    if short_word(text) is Word.CANCEL and not (context.quoted is not None and context.shown):
        return None  # it drops what is open, or nothing: only in reply to a post it means what that shows
    for request in date_requests(text, preferred):
        if not _goes_before(context, request, parsed):
            continue
        asked = request.entry, request.wish is Wish.RESTORED
        if asked not in known:
            known[asked] = found_for(context, request)
        found = known[asked]
        if found is None:
            is_free = parsed is None or isinstance(parsed, (MoveDate, CancelDate))
            nothing = nothing or (_nothing(context, request) if is_free else None)
        elif _fits(context, request, found):
            return MeantDate(request, found)
        elif request.wish in _CLEAR and isinstance(found, NamedDate):
            is_longer = doubtful is None or len(request.entry) > len(doubtful.request.entry)
            doubtful = MeantDate(request, found) if is_longer else doubtful
    return doubtful or nothing


def _nothing(context: TurnContext, request: DateRequest) -> Message | None:
    """Return what is said where a request is about nothing: what "it" means is open, or it is so already."""
    if is_pointing(request.entry) and not context.shown:
        is_open = request.wish in _POINTED and (bool(request.entry) or request.wish is not Wish.DETAILS)
        return WHICH_DATE_NAMED if is_open and fits_alone(context, request) else None
    if request.wish not in (Wish.CANCELLED, Wish.RESTORED):
        return None
    there = found_date(context, request.entry, cancelled=request.wish is Wish.CANCELLED)
    if not isinstance(there, NamedDate):
        return None
    name = context.reading.name(there.entry)
    if request.wish is Wish.CANCELLED:
        return msg("It is cancelled already: {name}", name=name)
    return msg("It is not cancelled: {name}", name=name)


def found_for(context: TurnContext, request: DateRequest) -> Found:
    """Return what a request is about, None where that is nothing."""
    return found_date(context, request.entry, cancelled=request.wish is Wish.RESTORED)


def _goes_before(context: TurnContext, request: DateRequest, parsed: Command | None) -> bool:
    """Whether a request may be meant beside a command that the text also is."""
    is_named = names_date(request.entry)
    match parsed:
        case None | MoveDate() | CancelDate():
            return True
        case PlanDate():
            return request.wish is Wish.ALSO_ON and bool(request.entry)
        case Change(_field, readings) if not is_named:
            return all(isinstance(named_entry(context, name), Message) for name, _value in readings if name)
        case Remove(name) if not is_named:
            return isinstance(named_entry(context, name), Message)
        case Change() | Remove():
            return True
        case Add() | Save():
            # “Add a contact …” is for a date only where it names that date.
            is_for = request.wish is Wish.ALSO_FOR and bool(request.entry)
            return is_for or request.wish in (Wish.DETAILS, Wish.ALSO_ON)
        case ChangeStage() | Confirm():
            return is_named and request.wish is not Wish.PLACED
        case _:
            return False


def _fits(context: TurnContext, request: DateRequest, found: NamedDate | SeveralDates) -> bool:
    """Whether the value of a request can be what the wish needs."""
    named = found if isinstance(found, NamedDate) else found.dates[0]
    if request.wish in _SAID_OF_MUCH and not (
        is_pointing(request.entry) or names_all(named.entry, request.entry)
    ):
        return False
    if request.wish in _REMARKS and not _is_surely_named(request.entry, named):
        return False
    match request.wish:
        case Wish.REPEATED:
            return date_rules.is_rule(context, named, request.value)
        case Wish.ENDS:
            return date_details.is_end(context, named, request.value)
        case Wish.UNTIL if isinstance(named.entry, Deadline):
            return date_moves.is_moment(context, request.value)
        case Wish.UNTIL:
            return date_rules.last_said(context, named, request.value) is not None
        case Wish.RENAMED:
            return bool(request.entry) or bool(context.shown)
        case _:
            return fits_alone(context, request)


def _is_surely_named(text: str, named: NamedDate) -> bool:
    """Whether a text names a date by more than a part of its title."""
    return is_pointing(text) or names_date(text) or is_title(named.entry, text)


def fits_alone(context: TurnContext, request: DateRequest) -> bool:
    """Whether the value of a request is what the wish needs, whatever it is about."""
    needs = _NEEDS.get(request.field) if request.wish is Wish.DETAILS else _VALUES.get(request.wish)
    return needs is None or needs(context, request.value)


def _is_span(_context: TurnContext, text: str) -> bool:
    return read_span(text) is not None


def _is_way(_context: TurnContext, text: str) -> bool:
    return read_span(text) is not None or read_months(text) is not None


def _is_online(_context: TurnContext, text: str) -> bool:
    return is_online(text)


def _are_reminders(_context: TurnContext, text: str) -> bool:
    return reminders_in(text) is not None


def _has_link(_context: TurnContext, text: str) -> bool:
    return bool(links_in(text))


def _is_whom(context: TurnContext, text: str) -> bool:
    return bool(whom_named(context, text))


def _is_place(context: TurnContext, text: str) -> bool:
    """Whether a text may be a place, and says no time of day besides."""
    read = read_time(context, text)
    times = () if read is None else (read.when,) if isinstance(read, WhenRead) else read.readings
    return not date_moves.is_time(context, text) and all(when.is_all_day for when in times)


_Needs = Callable[[TurnContext, str], bool]
_NEEDS: Mapping[str, _Needs] = {
    "when": date_moves.is_time,
    "audience": _is_whom,
    "remind": _are_reminders,
    "link": _has_link,
    "lasts": _is_span,
}
_VALUES: Mapping[Wish, _Needs] = {
    Wish.MOVED: date_moves.is_moment,
    Wish.MADE: date_moves.is_moment,
    Wish.STATED: date_moves.is_moment,
    Wish.ONLINE: _is_online,
    Wish.SKIPPED: date_rules.are_days,
    Wish.ALSO_ON: date_rules.are_days,
    Wish.REMIND: _are_reminders,
    Wish.PLACED: _is_place,
    **dict.fromkeys((Wish.LASTS, Wish.LONGER, Wish.SHORTER), _is_span),
    **dict.fromkeys((Wish.LATER, Wish.EARLIER, Wish.SHIFTED), _is_way),
    **dict.fromkeys((Wish.ALSO_FOR, Wish.ONLY_FOR, Wish.NOT_FOR, Wish.FOR_WHOM), _is_whom),
}
"""What the value of each has to be, by the detail and by the wish."""
