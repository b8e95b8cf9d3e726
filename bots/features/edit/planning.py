"""Setting an event or a deadline in chat: what is missing or unsure is asked, one question at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bots.context.short_words import Word, short_word
from bots.features.edit.command_parser import command, field_and_value, is_bare, is_question
from bots.features.edit.commands import PlanDate
from bots.features.edit.confirmation import show, with_key
from bots.features.edit.date_audience import named_alone, unknown_whom, whom_in, whom_named, with_asker
from bots.features.edit.date_detail_values import planned_detail
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import TIMES, is_day_alone, read_time, time_fields
from bots.features.edit.date_phrases import number_chosen, without_correction, without_same_time
from bots.features.edit.date_requests import detail_and_value
from bots.features.edit.date_words import means_all_day, without_for
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import Turn
from bots.features.edit.planned_time import (
    day_said,
    details_of_it,
    is_without_day,
    shifted_start,
    with_its_clock,
)
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.plain_text import listed, one_line
from community.core.words import stems
from community.description.when import When
from community.directory.entry import CALENDAR_KINDS, CalendarKind, EntryChange
from community.search.when.doubts import SENTENCES, Doubt
from community.search.when.reader import Unsure, WhenRead, read_length

WHEN, CLOCK, TITLE, WHOM = "when", "clock", "title", "whom"
"""What is asked, in this order."""
_AT_A_TIME = ("meeting", "training")
"""Kinds of events of which the time of day is asked where a day alone was said."""
_HOW = msg("You can also say: cancel.")
BUSY = msg("One thing at a time: finish this first, or say “cancel”.")
_LONGEST_TITLE = 200
_NOT_REPEATED = msg("A deadline is not repeated: on which day and at what time is it?")


def is_calendar(draft: EditDraft) -> bool:
    """Whether a draft sets an event or a deadline."""
    return draft.kind in CALENDAR_KINDS and draft.purpose in (Purpose.ADD, Purpose.CHANGE)


def begin(context: TurnContext, said: PlanDate) -> Turn:
    """Begin an event or a deadline with what the command says of it."""
    fields: dict[str, object] = {"added_by": context.person.username}
    if said.what is not None and said.what != "meeting":
        fields["kind"] = said.what
    draft = EditDraft(
        *(context.person.user_id, Purpose.ADD, said.kind, "", context.language, context.now), fields=fields
    )
    read = read_time(context, said.rest)
    return _timed(context, _described(context, draft, said.rest, read), said.rest, read)


def _described(
    context: TurnContext, draft: EditDraft, text: str, read: WhenRead | Unsure | None
) -> EditDraft:
    """Return a draft with the title and the audience that a text has besides its time."""
    title, audience = whom_in(context, _without_time(text, read))
    title = without_for(title, context.language)
    if draft.kind == "event":
        audience = with_asker(context, audience)
    found = {"title": _capital(title), "audience": audience}
    return draft.with_fields({name: value for name, value in found.items() if value})


def _without_time(text: str, read: WhenRead | Unsure | None) -> str:
    title = text if read is None else read.title
    return one_line(title, longest=_LONGEST_TITLE).strip(" ,،;:.–-")


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


def _timed(context: TurnContext, draft: EditDraft, text: str, read: WhenRead | Unsure | None) -> Turn:
    """Go on with the time that a text says, or ask about it."""
    kind = _kind(draft)
    match read:
        case None:
            return go_on(context, draft)
        case Unsure():
            said = " ".join(text[start:end] for start, end in read.used)
            offered = tuple(time_fields(kind, one) for one in read.readings if _fits(kind, one))
            draft = replace(draft, said=said, offered=offered)
            return _ask_when(context, draft, read.question, read.readings)
        case WhenRead(when) if kind == "deadline" and (when.repeat is not None or when.also):
            return _ask_when(context, draft, _NOT_REPEATED)
        case WhenRead(when) if kind == "event" and when.is_due:
            return _ask_when(context, draft, SENTENCES[Doubt.WHICH_DAY])
        case WhenRead(when):
            done = (*draft.done, CLOCK) if read.says_all_day else draft.done
            draft = replace(draft, done=done)
            return go_on(context, with_time(draft, time_fields(kind, when, _lasted(draft))))


def _lasted(draft: EditDraft) -> str | None:
    """Return how long a draft's event lasts, where it has a time of day: that stays where another one is said."""
    lasts = draft.fields.get("lasts")
    return str(lasts) if lasts and "T" in str(draft.fields.get("start", "")) else None


def _fits(kind: CalendarKind, when: When) -> bool:
    return kind == "event" or (when.repeat is None and not when.also)


def _kind(draft: EditDraft) -> CalendarKind:
    return "deadline" if draft.kind == "deadline" else "event"


def with_time(draft: EditDraft, fields: Mapping[str, object]) -> EditDraft:
    """Return a draft with another time, about which nothing is asked any more."""
    kept = {name: value for name, value in draft.fields.items() if name not in TIMES}
    return replace(draft, fields={**kept, **fields}, said="", offered=(), number=None)


def go_on(context: TurnContext, draft: EditDraft, sentences: Iterable[Message] = ()) -> Turn:
    """Ask for what is missing; show the whole where nothing is."""
    asking = _missing(draft)
    if asking is None:
        return show(context, replace(with_key(context, draft), asking=None), sentences)
    draft = replace(draft, asking=asking, heard_at=context.now)
    return context.turn(sentences, (), [_question(context, draft), _HOW], draft=draft)


def _missing(draft: EditDraft) -> str | None:
    fields = draft.fields
    if "start" not in fields and "due" not in fields:
        return WHEN
    if CLOCK not in draft.done and fields.get("kind", "meeting") in _AT_A_TIME and is_day_alone(fields):
        return CLOCK
    if not fields.get("title"):
        return TITLE
    return None if fields.get("audience") or fields.get("rooms") else WHOM


def _question(context: TurnContext, draft: EditDraft) -> Message:
    match draft.asking:
        case "clock":
            return msg("At what time? Or say: all day.")
        case "title":
            return msg("What is it called?")
        case "whom":
            community = context.knowledge.community
            names = listed(
                (theme.name.text(context.language) for theme in community.themes), context.language
            )
            return msg(
                "Who is it for? Name {places}, a role or themes ({names}), or say: everyone.", names=names
            )
        case _ if draft.kind == "deadline":
            return msg("When is it due? Say the day and the time.")
        case _:
            return msg("When is it? Say the day, the time and how long it lasts.")


def _ask_when(
    context: TurnContext,
    draft: EditDraft,
    question: Message,
    readings: Iterable[When] = (),
    sentences: Iterable[Message] = (),
) -> Turn:
    """Ask about a time, with the readings that are possible, numbered."""
    fitting = [one for one in readings if _fits(_kind(draft), one)]
    lines = [f"{number}. {writer(context).in_one_line(one)}" for number, one in enumerate(fitting, 1)]
    how = [msg("Answer with the number, or in other words.")] if lines else [_HOW]
    draft = replace(draft, asking=WHEN, heard_at=context.now)
    return context.turn([*sentences, question], lines, how, draft=draft)


def step_answer(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    """Return the turn for an answer to what is asked; None for a question, which other features answer."""
    if draft.asking != TITLE and is_question(text):
        return None
    parsed = command(text, context.language)
    said = None if parsed is None or draft.asking != WHEN else parsed.command
    if isinstance(said, PlanDate) and _is_said_anew(context, draft, said):
        return begin(context, said)
    is_other = is_bare(parsed) if draft.asking == TITLE else parsed is not None
    if is_other:
        return again(context, draft, [BUSY])
    match draft.asking:
        case "title":
            title = one_line(text, longest=_LONGEST_TITLE)
            return go_on(context, draft.with_fields({"title": _capital(title)} if title else {}))
        case "whom":
            return _whom_answer(context, draft, text)
        case "clock" if means_all_day(text) or short_word(text) is Word.SKIP:
            return go_on(context, replace(draft, done=(*draft.done, CLOCK)))
        case "clock":
            return _time_answer(context, draft, text, day_said(context, draft))
        case _:
            return _when_answer(context, draft, text)


def _is_said_anew(context: TurnContext, draft: EditDraft, said: PlanDate) -> bool:
    """Whether a whole request is the one whose time was not clear, in other words: of the same name."""
    title = _without_time(said.rest, read_time(context, said.rest))
    return said.kind == draft.kind and not set(stems(title)).isdisjoint(
        stems(str(draft.fields.get("title", "")))
    )


def _whom_answer(context: TurnContext, draft: EditDraft, text: str) -> Turn:
    audience = whom_named(context, text) or whom_in(context, f"– {text}")[1]
    if draft.kind == "event":
        audience = with_asker(context, audience)
    if audience:
        return go_on(context, draft.with_fields({"audience": audience}))
    return again(context, draft, [not_understood(text)])


def _when_answer(context: TurnContext, draft: EditDraft, text: str) -> Turn:
    if not draft.said and not draft.fields.get("title"):
        draft = _described(context, draft, text, read_time(context, text))
    return _time_answer(context, draft, text, (draft.said,) if draft.said else ())


def _time_answer(context: TurnContext, draft: EditDraft, text: str, before: tuple[str, ...]) -> Turn:
    """Take an answer about a time: a number, or words that go with those said ``before`` or stand alone."""
    number = number_chosen(text, len(draft.offered))
    if number is not None:
        return go_on(context, with_time(draft, draft.offered[number - 1]))
    together = [
        (said, read_time(context, said, draft.heard_at)) for one in before if (said := f"{one} {text}")
    ]
    sure = next(((said, read) for said, read in together if isinstance(read, WhenRead)), None)
    if sure is not None:
        return _timed(context, draft, *(with_its_clock(context, draft, *sure) or sure))
    alone, lasts = read_time(context, text), read_length(text)
    if lasts is not None and "T" in str(draft.fields.get("start", "")):
        return go_on(context, draft.with_fields({"lasts": f"{lasts}min"}))
    if alone is None:
        return again(context, draft, [not_understood(text)])
    if before and is_without_day(context, text):
        # The day was said before: it is not today's.
        return again(context, draft, [not_understood(text)])
    same = with_its_clock(context, draft, text, alone)
    return _timed(context, draft, *(same or (text, alone)))


def _with_detail(context: TurnContext, draft: EditDraft, field: str, text: str) -> Turn:
    """Show a date with another detail; what is wrong with that is said, and the date stays as it was."""
    said = planned_detail(context, _kind(draft), field, text)
    if isinstance(said, Message):
        return show(context, draft, [said])
    changed = draft.with_fields(said)
    turn = show(context, changed)
    is_valid = isinstance(changed.change(), EntryChange)
    return turn if is_valid else replace(turn, draft=replace(draft, heard_at=context.now))


def again(context: TurnContext, draft: EditDraft, sentences: Iterable[Message] = ()) -> Turn:
    """Ask the same once more, or show the whole."""
    if draft.asking is None:
        return show(context, draft, sentences)
    read = read_time(context, draft.said, draft.heard_at) if draft.asking == WHEN and draft.said else None
    if isinstance(read, Unsure):
        return _ask_when(context, draft, read.question, read.readings, sentences)
    return go_on(context, draft, sentences)


def not_understood(text: str) -> Message:
    """Return the sentence for what was not understood."""
    return msg("I did not understand “{text}”.", text=one_line(text, longest=60))


def corrected(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    """Return the turn for what is said to a date that is shown: another time, title or audience.

    None for a question, which other features answer.
    """
    detail = detail_and_value(text, context.language)
    if detail is None and is_question(text):
        return None
    text = text if detail is not None else without_correction(text) or text
    text = without_same_time(text) or text
    later = shifted_start(context, draft, text)
    if later is not None:
        name = "due" if draft.kind == "deadline" else "start"
        return show(context, draft.with_fields({name: later}))
    detail = detail or next(details_of_it(context, text), None)
    if detail is not None and detail[0] not in ("when", "audience"):
        return _with_detail(context, draft, *detail)
    named = field_and_value(text, context.language, context.knowledge.text_reader.place_names)
    is_whom = detail is not None and detail[0] == "audience"
    audience = whom_named(context, text if detail is None else detail[1])
    if named is not None and named[0] in ("cities", "themes"):
        is_whom, audience = True, named_alone(context, named[1])
    if audience and (named is None or is_whom):
        return show(context, draft.with_fields({"audience": audience}))
    if is_whom:
        return show(context, draft, [unknown_whom(text if detail is None else detail[1])])
    if detail is not None:
        text = detail[1]
    if command(text, context.language) is not None:
        return show(context, draft, [BUSY])
    if read_time(context, text) is None and read_length(text) is None:
        return show(context, draft, [not_understood(text)])
    return _time_answer(context, draft, text, day_said(context, draft))
