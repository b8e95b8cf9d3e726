"""Moving and calling off what is in the calendar: one occurrence or all of it, asked where that is not said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bots.context.phrases import folded
from bots.features.edit.command_parser import QUESTION_MARKS, command
from bots.features.edit.confirmation import show
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import length_text, read_time, writer_zone
from bots.features.edit.date_lookup import NamedDate, local, named_date, zone_of
from bots.features.edit.date_shift import Fields, called_off, moved_one, moved_whole
from bots.features.edit.date_words import means_all_of_them, means_one_of_them, moved_to
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import Turn
from bots.features.edit.planning import BUSY, not_understood
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.when import When, aware
from community.directory.entry import kind_of
from community.search.when.doubts import SENTENCES, Doubt
from community.search.when.reader import Unsure, WhenRead

WHICH, WHEN = "which", "when"
"""What is asked: one of a series or all of it; which of several times."""
_HOUR = timedelta(hours=1)
_BY_NUMBER = msg("Answer with the number, or “cancel”.")
_WHICH = msg("It is repeated. Which do you mean?")
_NEW_TIME = msg("When is it to be instead? Say it once more with the day and the time.")
_RULE = msg(
    "All of it cannot be moved so, for it is repeated by a rule: move one of them, or cancel all and plan it anew."
)


def cancel(context: TurnContext, rest: str) -> Turn:
    """Ask to confirm that an entry or an occurrence is called off."""
    named = named_date(context, rest)
    if isinstance(named, Message):
        return context.turn([named])
    whole: Fields = {"cancelled": True}
    if not isinstance(named.entry, Event) or named.whole:
        return show(context, _draft(context, named, whole))
    one = called_off(named.entry, named.occurrence)
    return _one_or_all(context, named, one, whole)


def move(context: TurnContext, rest: str) -> Turn:
    """Ask to confirm that an entry or an occurrence takes place at another time."""
    divided = _divided(context, rest)
    if divided is None:
        return context.turn([_NEW_TIME])
    named = named_date(context, divided[0])
    if isinstance(named, Message):
        return context.turn([named])
    read = _new_time(context, named, divided[1])
    match read:
        case None:
            return context.turn([_NEW_TIME])
        case WhenRead(when):
            return _moved(context, named, when)
        case Unsure():
            return _ask_when(context, named, read)


def _divided(context: TurnContext, rest: str) -> tuple[str, str] | None:
    """Return what is moved and to when: the first way to divide a text whose end is a time and no more."""
    for left, right in moved_to(rest):
        read = read_time(context, right) if left else None
        if read is not None and len(folded(read.title).text.strip()) <= len("à"):
            return left, right
    return None


def _new_time(context: TurnContext, named: NamedDate, text: str) -> WhenRead | Unsure | None:
    """Return when it is to be; a time of day alone is of the day on which it was to take place."""
    day = named.occurrence.start.astimezone(ZoneInfo(writer_zone(context))).date()
    together = read_time(context, f"{writer(context).day(day)} {text}")
    if isinstance(together, WhenRead) and not together.when.is_all_day and together.when.start.day == day.day:
        same_day = together.when.moment.astimezone(ZoneInfo(writer_zone(context))).date()
        if same_day == day and read_time(context, text) is not None:
            return together
    return read_time(context, text)


def _moved(context: TurnContext, named: NamedDate, when: When) -> Turn:
    """Show what a new time makes of an entry, or ask whether one or all is meant."""
    if when.repeat is not None or when.also:
        return context.turn([SENTENCES[Doubt.SEVERAL_DAYS], _NEW_TIME])
    start = _start(context, named, when)
    if start is None:
        return context.turn([SENTENCES[Doubt.TWICE], _NEW_TIME])
    if aware(start, zone_of(context, named.entry)) <= context.now:
        return context.turn([SENTENCES[Doubt.PASSED], _NEW_TIME])
    if aware(start, zone_of(context, named.entry)) == named.occurrence.start:
        return context.turn([msg("That is when it is already.")])
    one, whole = _both(context, named, start, when)
    if isinstance(named.entry, Deadline) or named.whole:
        return context.turn([_RULE]) if whole is None else show(context, _draft(context, named, whole))
    return _one_or_all(context, named, one, whole)


def _both(
    context: TurnContext, named: NamedDate, start: date | datetime, when: When
) -> tuple[Fields, Fields | None]:
    """Return the fields of moving one occurrence, and of moving all."""
    lasts = None if when.lasts is None else length_text(when.lasts)
    if lasts is None and named.occurrence.is_all_day and isinstance(start, datetime):
        lasts = length_text(_HOUR)
    whole = moved_whole(named.entry, named.occurrence, start, lasts, context.now)
    if not isinstance(named.entry, Event):
        return {}, whole
    return moved_one(named.entry, named.occurrence, start, lasts), whole


def _start(context: TurnContext, named: NamedDate, when: When) -> date | datetime | None:
    """Return a new start on the clock of the entry's zone; None where that clock shows it twice and means the second.

    A day alone keeps the time of day.
    """
    if not isinstance(when.start, datetime):
        if named.occurrence.is_all_day:
            return when.start
        return datetime.combine(when.start, local(named.occurrence.start).time())
    zone = zone_of(context, named.entry)
    start = local(when.moment.astimezone(ZoneInfo(zone)))
    return start if aware(start, zone) == when.moment else None


def _one_or_all(context: TurnContext, named: NamedDate, one: Fields, whole: Fields | None) -> Turn:
    if named.whole is False:
        return show(context, _draft(context, named, one))
    if whole is None:
        return show(context, _draft(context, named, one), [_RULE])
    day = writer(context).day(named.occurrence.start.date())
    lines = [context.translate(msg("only that of {day}", day=day)), context.translate(msg("all of them"))]
    return _ask(context, replace(_draft(context, named, {}), asking=WHICH), _WHICH, lines, (one, whole))


def _ask_when(context: TurnContext, named: NamedDate, unsure: Unsure) -> Turn:
    """Ask which time is meant; where it is open too whether all is, that is said once more as a whole."""
    lines, offered = [], []
    for when in unsure.readings:
        start = _start(context, named, when)
        if start is None or named.whole is None or when.repeat is not None:
            continue
        one, whole = _both(context, named, start, when)
        fields = whole if named.whole else one
        if fields is not None:
            lines.append(writer(context).in_one_line(when))
            offered.append(fields)
    if not offered:
        return context.turn([unsure.question, _NEW_TIME])
    return _ask(
        context, replace(_draft(context, named, {}), asking=WHEN), unsure.question, lines, tuple(offered)
    )


def _ask(
    context: TurnContext,
    draft: EditDraft,
    question: Message,
    lines: Sequence[str],
    offered: tuple[Fields, ...],
) -> Turn:
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    asked = "\n".join((context.translate(question), *numbered))
    return again(context, replace(draft, said=asked, offered=offered))


def _draft(context: TurnContext, named: NamedDate, fields: Fields) -> EditDraft:
    return EditDraft(
        context.person.user_id,
        Purpose.CHANGE,
        kind_of(named.entry),
        named.entry.key,
        context.language,
        context.now,
        fields=fields,
        before=named.entry,
    )


def again(context: TurnContext, draft: EditDraft, sentences: Sequence[Message] = ()) -> Turn:
    """Ask once more which is meant, or show the change."""
    if draft.asking is None:
        return show(context, draft, sentences)
    question, *lines = draft.said.split("\n")
    draft = replace(draft, heard_at=context.now)
    return context.turn([*sentences, question], lines, [_BY_NUMBER], draft=draft)


def answer(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    """Return the turn for what is said to a move; None for a question, which other features answer."""
    if text.rstrip().endswith(QUESTION_MARKS):
        return None
    if command(text, context.language) is not None:
        return again(context, draft, [BUSY])
    chosen = None if draft.asking is None else _chosen(draft, text)
    if chosen is None:
        return again(context, draft, [not_understood(text)])
    return show(context, replace(draft, fields=chosen, asking=None, said="", offered=()))


def _chosen(draft: EditDraft, text: str) -> Fields | None:
    number = text.strip(" .)")
    if number.isdecimal() and len(number) == 1 and 0 < int(number) <= len(draft.offered):
        return dict(draft.offered[int(number) - 1])
    if draft.asking != WHICH:
        return None
    if means_one_of_them(text):
        return dict(draft.offered[0])
    return dict(draft.offered[1]) if means_all_of_them(text) else None
