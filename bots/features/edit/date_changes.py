"""Carries out what is wanted of a date in the calendar: finds what is meant, and hands it to the module of its kind. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from bots.features.edit import date_details, date_moves, date_rules
from bots.features.edit.command_parser import QUESTION_MARKS, command
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
from bots.features.edit.date_choice import ENTRY, again, ask_date, chosen, with_choice
from bots.features.edit.date_lookup import (
    Found,
    NamedDate,
    SeveralDates,
    date_of_key,
    found_date,
    is_pointing,
    not_found,
)
from bots.features.edit.date_reminders import reminders_in
from bots.features.edit.date_requests import DateRequest, Wish, date_requests, is_date_request
from bots.features.edit.date_whom import change_whom
from bots.features.edit.date_words import names_date
from bots.features.edit.draft import EditDraft
from bots.features.edit.effects import Turn
from bots.features.edit.entry_lookup import named_entry
from bots.features.edit.planning import BUSY, not_understood
from bots.features.edit.confirmation import show
from bots.features.edit.text_reader import links_in
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.search.when.reader import read_span

_WHICH = msg("Which event or deadline do you mean? Say its name or its day.")
_LENGTHS = frozenset((Wish.LASTS, Wish.LONGER, Wish.SHORTER, Wish.LATER, Wish.EARLIER, Wish.SHIFTED))
_WHOM = frozenset((Wish.ALSO_FOR, Wish.ONLY_FOR, Wish.NOT_FOR, Wish.FOR_WHOM))
_CLEAR = frozenset((Wish.ALSO_FOR, Wish.ONLY_FOR, Wish.NOT_FOR, Wish.SKIPPED, Wish.UNTIL, Wish.REMIND))
"""What is wanted for sure by its words, also where its value is not understood: that is said."""
_POINTED = frozenset((Wish.CANCELLED, Wish.MOVED, Wish.RESTORED, Wish.LATER, Wish.EARLIER, Wish.SHIFTED, Wish.DETAILS))
"""Of these it is asked what "it" means where nothing was shown."""


@dataclass(frozen=True, slots=True)
class MeantDate:
    """A request and what it is about."""

    request: DateRequest
    found: NamedDate | SeveralDates


def meant_date(context: TurnContext, text: str, preferred: str, parsed: Command | None) -> MeantDate | Message | None:
    """Return what a text wants changed in the calendar, None where it is about something else.

    ``parsed``: the command that it would be besides. A sentence: it wants something, and it is open of what.
    """
    known: dict[tuple[str, bool], Found] = {}
    doubtful: MeantDate | None = None
    nothing: Message | None = None
    for request in date_requests(text, preferred):
        if not _goes_before(context, request, parsed):
            continue
        asked = request.entry, request.wish is Wish.RESTORED
        if asked not in known:
            known[asked] = _found(context, request)
        found = known[asked]
        if found is None:
            is_open = is_pointing(request.entry) and request.entry and request.wish in _POINTED and parsed is None
            nothing = nothing or (_WHICH if is_open and _fits_alone(context, request) else None)
        elif _fits(context, request, found):
            return MeantDate(request, found)
        elif doubtful is None and request.wish in _CLEAR:
            doubtful = MeantDate(request, found)
    return doubtful or nothing


def _found(context: TurnContext, request: DateRequest) -> Found:
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
            return request.wish in (Wish.DETAILS, Wish.ALSO_FOR, Wish.ALSO_ON)
        case ChangeStage() | Confirm():
            return is_named and request.wish is not Wish.PLACED
        case _:
            return False


def _fits(context: TurnContext, request: DateRequest, found: NamedDate | SeveralDates) -> bool:
    """Whether the value of a request can be what the wish needs."""
    named = found if isinstance(found, NamedDate) else found.dates[0]
    match request.wish:
        case Wish.REPEATED:
            return date_rules.is_rule(context, named, request.value)
        case Wish.ENDS:
            return date_details.is_end(context, named, request.value)
        case Wish.UNTIL:
            return date_rules.last_said(context, named, request.value) is not None
        case Wish.DETAILS if request.field == "lasts":
            return read_span(request.value) is not None
        case Wish.RENAMED:
            return bool(request.entry) or bool(context.shown)
        case _:
            return _fits_alone(context, request)


def _fits_alone(context: TurnContext, request: DateRequest) -> bool:
    value = request.value
    match request.wish:
        case Wish.MOVED:
            return date_moves.is_moment(context, value)
        case Wish.SKIPPED | Wish.ALSO_ON:
            return date_rules.are_days(context, value)
        case Wish.REMIND:
            return reminders_in(value) is not None
        case Wish.DETAILS if request.field == "when":
            return date_moves.is_time(context, value)
        case Wish.DETAILS if request.field == "audience":
            return bool(whom_named(context, value))
        case Wish.DETAILS if request.field == "remind":
            return reminders_in(value) is not None
        case Wish.DETAILS if request.field == "link":
            return bool(links_in(value))
        case Wish.PLACED:
            return not date_moves.is_time(context, value)
        case wish if wish in _LENGTHS:
            return read_span(value) is not None
        case wish if wish in _WHOM:
            return bool(whom_named(context, value))
        case _:
            return True


def change(context: TurnContext, meant: MeantDate | Message) -> Turn:
    """Return the turn for what is wanted, or ask which date is meant."""
    match meant:
        case Message():
            return context.turn([meant])
        case MeantDate(request, SeveralDates() as several):
            return ask_date(context, request, several)
        case MeantDate(request, NamedDate() as named):
            return _carry_out(context, request, named)
        case _:
            raise AssertionError(meant)


def plainly(context: TurnContext, said: MoveDate | CancelDate) -> Turn:
    """Return the turn for a text that begins as a command about a date, and is not one that was understood."""
    match said:
        case MoveDate(rest):
            parts = date_moves.divided(context, rest)
            if parts is None:
                return context.turn([date_moves.NEW_TIME])
            request = DateRequest(Wish.MOVED, *parts, context.language)
        case CancelDate(rest):
            request = DateRequest(Wish.CANCELLED, rest, "", context.language)
        case _:
            assert_never(said)
    found = _found(context, request)
    return change(context, not_found(request.entry) if found is None else MeantDate(request, found))


def answer(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    """Return the turn for what is said to a change of a date; None for a question, which other features answer."""
    if text.rstrip().endswith(QUESTION_MARKS):
        return None
    if draft.asking is None:
        return _corrected(context, draft, text)
    picked = chosen(context, draft, text)
    if picked is None:
        return again(context, draft, [_not_now(context, text)])
    if draft.asking == ENTRY:
        return _picked(context, picked)
    return show(context, with_choice(draft, picked))


def _picked(context: TurnContext, picked: dict[str, object]) -> Turn:
    """Carry a request out for the date that was chosen."""
    request = DateRequest(
        Wish(str(picked["wish"])), "", str(picked["value"]), str(picked["language"]), str(picked["field"])
    )
    named = date_of_key(context, str(picked["date"]), cancelled=request.wish is Wish.RESTORED)
    if named is None:
        return context.turn([_WHICH])
    return _carry_out(context, request, replace(named, is_shown=False))


def _corrected(context: TurnContext, draft: EditDraft, text: str) -> Turn:
    """Show a change once more: with another time, where one is said of what moves."""
    key = f"{draft.kind}/{draft.key}"
    named = date_of_key(context, key)
    is_move = bool({"start", "due", "changes"} & draft.fields.keys())
    if named is not None and named.whole is True and is_move and date_moves.is_time(context, text):
        return date_moves.move(context, named, text)
    return again(context, draft, [_not_now(context, text)])


def _not_now(context: TurnContext, text: str) -> Message:
    """Return the sentence for what is no answer: another thing that is wanted, or what is not understood."""
    is_other = command(text, context.language) is not None or is_date_request(text)
    return BUSY if is_other else not_understood(text)


def _carry_out(context: TurnContext, request: DateRequest, named: NamedDate) -> Turn:
    value = request.value
    match request.wish:
        case Wish.CANCELLED:
            return date_moves.cancel(context, named)
        case Wish.RESTORED:
            return date_moves.restore(context, named)
        case Wish.REMOVED:
            return date_moves.remove(context, named)
        case Wish.MOVED:
            return date_moves.move(context, named, value)
        case Wish.LATER:
            return date_moves.shift(context, named, value, sign=1)
        case Wish.EARLIER:
            return date_moves.shift(context, named, value, sign=-1)
        case Wish.SHIFTED:
            return date_moves.shift(context, named, value, sign=0)
        case Wish.ALSO_FOR | Wish.ONLY_FOR | Wish.NOT_FOR | Wish.FOR_WHOM as wish:
            return change_whom(context, named, wish, value)
        case _:
            return _detail(context, request, named)


def _detail(context: TurnContext, request: DateRequest, named: NamedDate) -> Turn:
    value = request.value
    match request.wish:
        case Wish.DETAILS:
            return _named_detail(context, request, named)
        case Wish.DETAILS_OUT:
            return date_details.drop_detail(context, named, request.field)
        case Wish.PLACED:
            return date_details.change_detail(context, named, "place", value)
        case Wish.RENAMED:
            return date_details.change_detail(context, named, "title", value)
        case Wish.LASTS:
            return date_details.change_detail(context, named, "lasts", value)
        case Wish.ENDS:
            return date_details.end_at(context, named, value)
        case Wish.LONGER:
            return date_details.lengthen(context, named, value, sign=1)
        case Wish.SHORTER:
            return date_details.lengthen(context, named, value, sign=-1)
        case Wish.REMIND:
            return date_details.remind(context, named, value)
        case Wish.NO_REMINDERS:
            return date_details.no_reminders(context, named)
        case Wish.USUAL_REMINDERS:
            return date_details.usual_reminders(context, named)
        case _:
            return _rule(context, request, named)


def _named_detail(context: TurnContext, request: DateRequest, named: NamedDate) -> Turn:
    match request.field:
        case "when":
            return date_moves.move(context, named, request.value)
        case "audience":
            return change_whom(context, named, Wish.FOR_WHOM, request.value)
        case "remind":
            return date_details.remind(context, named, request.value)
        case field:
            return date_details.change_detail(context, named, field, request.value)


def _rule(context: TurnContext, request: DateRequest, named: NamedDate) -> Turn:
    match request.wish:
        case Wish.REPEATED:
            return date_rules.repeat(context, named, request.value)
        case Wish.ONCE:
            return date_rules.once(context, named)
        case Wish.UNTIL:
            return date_rules.until(context, named, request.value)
        case Wish.SKIPPED:
            return date_rules.skip(context, named, request.value)
        case Wish.ALSO_ON:
            return date_rules.add_day(context, named, request.value)
        case wish:
            raise AssertionError(wish)
