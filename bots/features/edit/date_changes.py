"""Carries out what is wanted of a date in the calendar, by the module of its kind; asks which date is meant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, assert_never

from bots.features.edit import date_details, date_moves, date_rules
from bots.features.edit.command_parser import command, is_question
from bots.features.edit.commands import CancelDate, MoveDate
from bots.features.edit.confirmation import show
from bots.features.edit.date_choice import ENTRY, again, ask_date, chosen, with_choice
from bots.features.edit.date_lookup import AHEAD, NamedDate, SeveralDates, date_of_key, not_found, zone_of
from bots.features.edit.date_meant import WHICH_DATE_NAMED, MeantDate, found_for
from bots.features.edit.date_phrases import joined_names, without_correction
from bots.features.edit.date_requests import DateRequest, Wish, is_date_request
from bots.features.edit.date_whom import change_whom
from bots.features.edit.date_wishes import TwoWishes, names_two, second_wish
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import Turn
from bots.features.edit.planning import BUSY, not_understood
from bots.features.edit.turn_context import TurnContext
from community.agenda.occurrences import occurrence_of, occurrences
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline
from community.directory.entry import CalendarEntry

_REACH = timedelta(hours=3)
_WHICH_FIRST = msg("That is more than one date: say one after the other. Which one first?")


def change(context: TurnContext, meant: MeantDate | TwoWishes | Message) -> Turn:
    """Return the turn for what is wanted, or ask which date is meant."""
    match meant:
        case Message():
            return context.turn([meant])
        case TwoWishes(first, second, said):
            return _both(context, first, second, said)
        case MeantDate(request, NamedDate()) if two := names_two(context, joined_names(request.entry)):
            return ask_date(context, request, two, _WHICH_FIRST)
        case MeantDate(request, SeveralDates() as several):
            return ask_date(context, request, several)
        case MeantDate(request, NamedDate() as named):
            return _carry_out(context, request, named)
        case _:
            raise AssertionError(meant)


def _both(context: TurnContext, first: MeantDate, second: DateRequest, said: str) -> Turn:
    """Show what two wishes make of a date together; where the first is asked about, the second is for later."""
    turn, named = change(context, first), first.found
    if turn.draft is None:
        return turn
    if turn.draft.asking is not None or isinstance(named, SeveralDates):
        return again(
            context,
            turn.draft,
            [msg("First this. Then say once more: “{text}”.", text=one_line(said, longest=60))],
        )
    return _with_second(context, turn.draft, named, second, said)


def _with_second(
    context: TurnContext, draft: EditDraft, named: NamedDate, second: DateRequest, said: str
) -> Turn:
    """Show a change with another one of the same date."""
    then = _after(context, draft, named)
    turn = None if then is None else _carry_out(context, second, then)
    more = None if turn is None else turn.draft
    if more is None or draft.purpose is not Purpose.CHANGE or more.purpose is not Purpose.CHANGE:
        return show(
            context,
            draft,
            [msg("“{text}” was left out: it does not go together.", text=one_line(said, longest=60))],
        )
    together = replace(
        more,
        before=draft.before,
        fields={**draft.fields, **more.fields},
        offered=tuple({**draft.fields, **each} for each in more.offered),
    )
    return again(context, together)


def _after(context: TurnContext, draft: EditDraft, named: NamedDate) -> NamedDate | None:
    """Return a date as it is once a draft is saved; None where it is none to come any more."""
    entry = draft.result()
    if not isinstance(entry, CalendarEntry):
        return None
    zone = ZoneInfo(zone_of(context, entry))
    if "changes" in draft.fields and named.whole is not True:
        one = occurrence_of(entry, zone, named.occurrence.original, _REACH)
        return (
            None
            if one is None or one.is_cancelled
            else replace(named, entry=entry, occurrence=one, whole=False)
        )
    coming = (
        one for one in occurrences(entry, zone, context.now, context.now + AHEAD) if not one.is_cancelled
    )
    one = next((one for one in coming if one.start > context.now), None)
    return None if one is None else replace(named, entry=entry, occurrence=one)


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
    found = found_for(context, request)
    return change(context, not_found(request.entry) if found is None else MeantDate(request, found))


def answer(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    """Return the turn for what is said to a change of a date; None for a question, which other features answer."""
    if is_question(text):
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
        return context.turn([WHICH_DATE_NAMED])
    return _carry_out(context, request, replace(named, is_shown=False))


def _corrected(context: TurnContext, draft: EditDraft, text: str) -> Turn:
    """Show a change once more: with another time, where one is said of what moves."""
    key = f"{draft.kind}/{draft.key}"
    named = date_of_key(context, key)
    said = without_correction(text) or text
    is_move = bool({"start", "due", "changes"} & draft.fields.keys())
    if named is not None and named.whole is True and is_move and date_moves.is_time(context, said):
        return _moved_again(context, draft, named, said)
    second = None if named is None else second_wish(context, named, said, context.language)
    if named is not None and second is not None and draft.purpose is Purpose.CHANGE:
        return _with_second(context, draft, named, second, said)
    return again(context, draft, [_not_now(context, text)])


def _moved_again(context: TurnContext, draft: EditDraft, named: NamedDate, text: str) -> Turn:
    """Show a change with another time: what else was wanted stays."""
    turn = date_moves.move(context, named, text)
    if turn.draft is None or turn.draft.asking is not None:
        return turn
    return show(context, replace(turn.draft, fields={**draft.fields, **turn.draft.fields}))


def _not_now(context: TurnContext, text: str) -> Message:
    """Return the sentence for what is no answer: another thing that is wanted, or what is not understood."""
    is_other = command(text, context.language) is not None or is_date_request(text)
    return BUSY if is_other else not_understood(text)


def _carry_out(context: TurnContext, request: DateRequest, named: NamedDate) -> Turn:
    match request.wish:
        case Wish.DETAILS:
            return _named_detail(context, request, named)
        case Wish.DETAILS_OUT:
            return date_details.drop_detail(context, named, request.field)
        case Wish.ALSO_FOR | Wish.ONLY_FOR | Wish.NOT_FOR | Wish.FOR_WHOM as wish:
            return change_whom(context, named, wish, request.value)
        case Wish.UNTIL if isinstance(named.entry, Deadline):
            return date_moves.move(context, named, request.value)
        case Wish.PLACED | Wish.ONLINE | Wish.RENAMED | Wish.LASTS as wish:
            return date_details.change_detail(context, named, _FIELDS[wish], request.value)
        case wish if wish in _BY_SIGN:
            change, sign = _BY_SIGN[wish]
            return change(context, named, request.value, sign=sign)
        case wish if wish in _WITHOUT_VALUE:
            return _WITHOUT_VALUE[wish](context, named)
        case wish:
            return _WITH_VALUE[wish](context, named, request.value)


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


class _BySign(Protocol):
    def __call__(self, context: TurnContext, named: NamedDate, text: str, *, sign: int) -> Turn: ...


_FIELDS: Mapping[Wish, str] = {
    Wish.PLACED: "place",
    Wish.ONLINE: "place",
    Wish.RENAMED: "title",
    Wish.LASTS: "lasts",
}
_BY_SIGN: Mapping[Wish, tuple[_BySign, int]] = {
    Wish.LATER: (date_moves.shift, 1),
    Wish.EARLIER: (date_moves.shift, -1),
    Wish.SHIFTED: (date_moves.shift, 0),
    Wish.LONGER: (date_details.lengthen, 1),
    Wish.SHORTER: (date_details.lengthen, -1),
}
_WITHOUT_VALUE: Mapping[Wish, Callable[[TurnContext, NamedDate], Turn]] = {
    Wish.CANCELLED: date_moves.cancel,
    Wish.RESTORED: date_moves.restore,
    Wish.REMOVED: date_moves.remove,
    Wish.ONCE: date_rules.once,
    Wish.NO_REMINDERS: date_details.no_reminders,
    Wish.USUAL_REMINDERS: date_details.usual_reminders,
}
_WITH_VALUE: Mapping[Wish, Callable[[TurnContext, NamedDate, str], Turn]] = {
    Wish.MOVED: date_moves.move,
    Wish.MADE: date_moves.move,
    Wish.STATED: date_moves.move,
    Wish.REPEATED: date_rules.repeat,
    Wish.UNTIL: date_rules.until,
    Wish.SKIPPED: date_rules.skip,
    Wish.ALSO_ON: date_rules.add_day,
    Wish.ENDS: date_details.end_at,
    Wish.REMIND: date_details.remind,
}
"""What carries each of the others out."""
