"""Asks what is meant of a change in the calendar: one occurrence or all, which reading, which date. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bots.features.edit.confirmation import show
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import read_time, when_of
from bots.features.edit.date_lookup import NamedDate, SeveralDates
from bots.features.edit.date_phrases import number_chosen
from bots.features.edit.date_requests import DateRequest
from bots.features.edit.date_shift import Fields
from bots.features.edit.date_words import means_all_of_them, means_one_of_them, small_words
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import Turn
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.words import stems
from community.description.calendar_model import Event
from community.description.when import When
from community.directory.entry import EntryChange, kind_of, name_of

WHICH, WHEN, ENTRY = "which", "when", "entry"
"""What is asked: one of a series or all of it; which of several readings; which of several dates."""
REMOVED = "removed"
"""Stands among the fields of a draft that takes the whole entry out."""
SAME = msg("That is what it says already.")
_LONGEST_ANSWER = 6
"""Words of an answer that all of a series is meant."""
_MOST = 6
"""Dates of which it is asked which is meant."""
_BY_NUMBER = msg("Answer with the number, or “cancel”.")
_WHICH = msg("It is repeated. Which do you mean?")
WHICH_DATE = msg("Which one do you mean?")


def draft_of(context: TurnContext, named: NamedDate, fields: Fields) -> EditDraft:
    """Return the draft of a change of a date. ``said``: what another time said to it would move."""
    draft = EditDraft(
        context.person.user_id,
        Purpose.CHANGE,
        kind_of(named.entry),
        named.entry.key,
        context.language,
        context.now,
        before=named.entry,
    )
    return _with(draft, fields)


def _with(draft: EditDraft, fields: Fields) -> EditDraft:
    if fields.get(REMOVED):
        return replace(draft, purpose=Purpose.REMOVE, fields={})
    return replace(draft, fields=fields)


def offer(
    context: TurnContext,
    named: NamedDate,
    one: Fields | None,
    whole: Fields | None,
    sentences: Sequence[Message] = (),
) -> Turn:
    """Show the change of one occurrence or of all; ask which where that was not said and both can be."""
    if not isinstance(named.entry, Event) or named.whole or one is None:
        return _changed(context, draft_of(context, named, whole or {}), sentences)
    if named.whole is False or whole is None:
        return _changed(context, draft_of(context, named, one), sentences)
    day = writer(context).day(named.occurrence.start.date())
    lines = [context.translate(msg("only that of {day}", day=day)), context.translate(msg("all of them"))]
    return ask(context, replace(draft_of(context, named, {}), asking=WHICH), _WHICH, lines, (one, whole))


def _changed(context: TurnContext, draft: EditDraft, sentences: Sequence[Message]) -> Turn:
    """Show a change, or say that it is none."""
    change = draft.change()
    # Of what is hidden nobody is told that it is what they have said.
    is_shown = context.hidden(draft.before).isdisjoint(draft.fields)
    if is_shown and isinstance(change, EntryChange) and change.before == change.after:
        return context.turn([SAME])
    return show(context, draft, sentences)


def ask_reading(
    context: TurnContext, named: NamedDate, question: Message, readings: Iterable[tuple[str, Fields]]
) -> Turn:
    """Ask which of several readings is meant, each a line and the fields that it makes."""
    lines, offered = zip(*readings, strict=True)
    return ask(context, replace(draft_of(context, named, {}), asking=WHEN), question, lines, offered)


def ask_date(
    context: TurnContext, request: DateRequest, several: SeveralDates, question: Message = WHICH_DATE
) -> Turn:
    """Ask which of several dates is meant; the answer carries the request out."""
    dates = several.dates[:_MOST]
    first = dates[0].entry
    draft = EditDraft(
        context.person.user_id,
        Purpose.CHANGE,
        kind_of(first),
        "",
        context.language,
        context.now,
        asking=ENTRY,
    )
    lines = [f"{context.reading.name(one.entry)} – {_when(context, one)}" for one in dates]
    offered = tuple({"date": one.key, **_written(request)} for one in dates)
    return ask(context, draft, question, lines, offered)


def _when(context: TurnContext, named: NamedDate) -> str:
    when = when_of(named.entry, context)
    if when.is_all_day:
        return writer(context).day(named.occurrence.start.date())
    local = named.occurrence.start.replace(tzinfo=None)
    return writer(context).in_one_line(When(local, when.zone))


def _written(request: DateRequest) -> Fields:
    return {
        "wish": request.wish.value,
        "value": request.value,
        "field": request.field,
        "language": request.language,
    }


def ask(
    context: TurnContext,
    draft: EditDraft,
    question: Message,
    lines: Sequence[str],
    offered: tuple[Fields, ...],
) -> Turn:
    """Ask with numbered lines, of which each stands for one of the fields offered."""
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    asked = "\n".join((context.translate(question), *numbered))
    return again(context, replace(draft, said=asked, offered=offered))


def again(context: TurnContext, draft: EditDraft, sentences: Sequence[Message] = ()) -> Turn:
    """Ask once more which is meant, or show the change."""
    if draft.asking is None:
        return show(context, draft, sentences)
    question, *lines = draft.said.split("\n")
    draft = replace(draft, heard_at=context.now)
    return context.turn([*sentences, question], lines, [_BY_NUMBER], draft=draft)


def with_choice(draft: EditDraft, chosen: Fields) -> EditDraft:
    """Return a draft with what was chosen."""
    return replace(_with(draft, chosen), asking=None, said="", offered=())


def chosen(context: TurnContext, draft: EditDraft, text: str) -> Fields | None:
    """Return what of the offered an answer means, None where that is not clear: by number, or in words."""
    number = number_chosen(text, len(draft.offered))
    if number is not None and (draft.asking != WHICH or not means_one_of_them(text)):
        return dict(draft.offered[number - 1])
    match draft.asking:
        case "which" if means_one_of_them(text):
            return dict(draft.offered[0])
        case "which" if means_all_of_them(text) and _is_short(context, text):
            return dict(draft.offered[1])
        case "entry":
            return _by_name(context, draft, text)
        case _:
            return None


def _is_short(context: TurnContext, text: str) -> bool:
    """Whether a text may be just an answer: “all of them” also stands in “a clinic on all Tuesdays at 14:00”."""
    return len(text.split()) <= _LONGEST_ANSWER and read_time(context, text) is None


def _by_name(context: TurnContext, draft: EditDraft, text: str) -> Fields | None:
    """Return what is offered of the one entry whose title has the most of the words of an answer."""
    said, scores = {word for word in stems(text) if word not in small_words()}, []
    for offered in draft.offered:
        kind, _, rest = str(offered["date"]).partition("/")
        entry = context.knowledge.known.entry(
            "deadline" if kind == "deadline" else "event", rest.partition("/")[0]
        )
        names = (
            {word for _language, name in name_of(entry) for word in stems(name)}
            if entry is not None
            else set()
        )
        scores.append(len(said) if said <= names else 0)
    best = max(scores, default=0)
    if not best or scores.count(best) > 1:
        return None
    return dict(draft.offered[scores.index(best)])
