"""The dialogue of a guided edit: asks for one step after the other, then shows the change to confirm. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bots.context.numbered import confirmed_number
from bots.context.short_words import Word, short_word
from bots.context.shown_dates import dates_mark
from bots.features.edit import date_changes, date_choice, planning
from bots.features.edit.command_parser import QUESTION_MARKS, command, field_and_value, is_bare, is_question
from bots.features.edit.confirmation import carry_out, show, with_key
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import Turn
from bots.features.edit.steps import Step, next_step, skipped, step_named
from bots.features.edit.turn_context import TurnContext
from bots.features.edit.values import file_of
from community.core.messages import Message, msg
from community.core.plain_text import listed, one_line
from community.directory.changes import as_values
from community.directory.entry import MODELS, CalendarEntry, EntryKind
from community.search.word_file_tables import FIELDS

_HOW = msg("You can also say: skip, back, that is all, cancel.")
_NEEDED = msg("This is needed and can't be skipped.")
SAVE_FIRST = msg("This file is somebody else's. Reply “save this” to it, and I ask them first.")
CANCELLED = msg("Cancelled: nothing was changed.")
_NEEDS_THE_NUMBER = msg("This needs “yes” and the number.")


def begin(
    context: TurnContext, kind: EntryKind, fields: Mapping[str, object], *, is_quoting: bool = False
) -> Turn:
    """Begin a new entry with the fields that the command gave. ``is_quoting``: they are another message's words."""
    draft = EditDraft(
        context.person.user_id, Purpose.ADD, kind, "", context.language, context.now, is_quoting=is_quoting
    )
    return take(context, draft, fields, first=True)


def take(
    context: TurnContext, draft: EditDraft, fields: Mapping[str, object], *, first: bool = False
) -> Turn:
    """Add fields to a draft, repeat them to the person, and go on. An invalid one is left out, and the reason said."""
    wrong = {name: context.values.refusal(draft.kind, {name: value}) for name, value in fields.items()}
    good = {name: value for name, value in fields.items() if wrong[name] is None}
    draft = draft.with_fields(good)
    sentences = [what for what in wrong.values() if what is not None]
    return go_on(context, draft, good, sentences, first=first)


def go_on(
    context: TurnContext,
    draft: EditDraft,
    noted: Mapping[str, object],
    sentences: Iterable[Message] = (),
    *,
    first: bool = False,
) -> Turn:
    """Ask for the next step that is not settled; show the whole change where all are."""
    step = next_step(draft)
    if step is None:
        return show(context, completed(context, draft), sentences)
    draft = replace(draft, asking=step.name, heard_at=context.now)
    head = [*sentences, *([msg("Noted:")] if noted else [])]
    tail = [_question(context, step), *([_HOW] if first or sentences else [])]
    return context.turn(head, context.reading.said(noted), tail, draft=draft)


def _question(context: TurnContext, step: Step) -> Message:
    """Return the question of a step; for themes with their names."""
    if step.name != "themes":
        return step.ask
    names = [context.reading.value("themes", [theme.key]) for theme in context.knowledge.community.themes]
    return msg("{question} Choose from: {names}.", question=step.ask, names=listed(names, context.language))


def completed(context: TurnContext, draft: EditDraft) -> EditDraft:
    """Return a draft of a new entry with the fields that nobody is asked for: key, date, who added it."""
    today = context.now.date().isoformat()
    own: dict[EntryKind, dict[str, object]] = {
        "contact": {"confirmed": today},
        "resource": {"date": today, "added_by": context.person.username},
        "project": {"updated": today},
    }
    draft = draft.with_fields(own[draft.kind])
    return replace(with_key(context, draft), asking=None, heard_at=context.now)


def answer(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    """Return the turn for the next message to a draft; None for a question, which other features answer."""
    if planning.is_calendar(draft):
        return _date_answer(context, draft, text)
    step = None if draft.asking is None else step_named(draft.kind, draft.asking)
    match short_word(text):
        case Word.CANCEL:
            return context.turn([CANCELLED])
        case Word.BACK if draft.purpose is Purpose.ADD:
            return _back(context, draft)
        case Word.HELP:
            return _again(context, draft, [])
        case word if step is None:
            return _confirming(context, draft, text, word)
        case Word.SKIP:
            return _skip(context, draft, step)
        case Word.ALL:
            return _skip_the_rest(context, draft, step)
        case Word.NO if not step.needed:
            return _skip(context, draft, step)
        case Word.YES | Word.NO | Word.REMOVE:
            return _again(context, draft, [])
        case _:
            return _step_answer(context, draft, step, text)


def _date_answer(context: TurnContext, draft: EditDraft, text: str) -> Turn | None:
    word, is_new = short_word(text), draft.purpose is Purpose.ADD
    if word is Word.CANCEL:
        return dropped(context, draft)
    if draft.asking is None and confirmed_number(text) is not None:
        return None  # it names something else
    if draft.asking is None and word is Word.YES:
        return agreed(context, draft)
    if word in (Word.YES, Word.NO, Word.HELP, Word.BACK, Word.REMOVE):
        return planning.again(context, draft) if is_new else date_choice.again(context, draft)
    if not is_new:
        return date_changes.answer(context, draft, text)
    return (planning.corrected if draft.asking is None else planning.step_answer)(context, draft, text)


def dropped(context: TurnContext, draft: EditDraft) -> Turn:
    """Return the turn that drops a draft. A date that it was to change can still be spoken of."""
    turn = context.turn([CANCELLED])
    is_there = isinstance(draft.before, CalendarEntry)
    marks = dates_mark([f"{draft.kind}/{draft.key}"]) if is_there else {}
    return replace(turn, reply=replace(turn.reply, marks=marks))


def _again(context: TurnContext, draft: EditDraft, sentences: Sequence[Message]) -> Turn:
    """Say ``sentences`` and ask for the same step again."""
    if draft.asking is None:
        return show(context, draft, sentences)
    question = _question(context, step_named(draft.kind, draft.asking))
    return context.turn(sentences, (), [question, _HOW], draft=replace(draft, heard_at=context.now))


def _skip(context: TurnContext, draft: EditDraft, step: Step) -> Turn:
    if step.needed:
        return _again(context, draft, [_NEEDED])
    filled = skipped(step, draft)
    draft = replace(draft.with_fields(filled), done=(*draft.done, step.name))
    return go_on(context, draft, filled)


def _skip_the_rest(context: TurnContext, draft: EditDraft, step: Step) -> Turn:
    """Skip all steps up to the next that cannot be skipped, and ask for that one."""
    filled: dict[str, object] = {}
    message: Step | None = step
    while message is not None and not message.needed:
        filled |= skipped(message, draft)
        draft = replace(draft.with_fields(filled), done=(*draft.done, message.name))
        message = next_step(draft)
    if message is step:
        return _again(context, draft, [_NEEDED])
    return go_on(context, draft, filled)


def _back(context: TurnContext, draft: EditDraft) -> Turn:
    """Ask again for the last step that was answered or skipped."""
    if not draft.done:
        return _again(context, draft, [msg("This is the first question: there is nothing before it.")])
    earlier = step_named(draft.kind, draft.done[-1])
    fields = {name: value for name, value in draft.fields.items() if name not in earlier.fields}
    return go_on(context, replace(draft, fields=fields, done=draft.done[:-1], number=None), {})


def _step_answer(context: TurnContext, draft: EditDraft, step: Step, text: str) -> Turn | None:
    file = file_of(context.quoted)
    if step.name == "link" and file is not None and not context.may_keep_quoted:
        return _again(context, draft, [SAVE_FIRST])
    if step.name == "link" and file is not None:
        return take(context, draft, {"file": file})
    if step.is_text and is_bare(command(text, context.language)):
        return _again(context, draft, [planning.BUSY])
    if not step.is_text:
        aside = _aside(context, draft, text)
        if aside is not None:
            return aside[0]
    found = context.values.fields(draft.kind, step.name, text)
    if isinstance(found, Message):
        return _again(context, draft, [found])
    # An empty list counts as answered: it means all cities.
    draft = replace(draft, done=(*draft.done, step.name))
    return take(context, draft, {**_in_passing(context, draft, step, text), **found})


def _in_passing(context: TurnContext, draft: EditDraft, step: Step, text: str) -> dict[str, object]:
    """Return the other fields that an answer gives, if not settled yet: "waste, in Kigali, in French"."""
    if step.is_text or step.name in ("lead", "deputy"):
        return {}
    found = context.knowledge.text_reader.details(draft.kind, text)
    return {name: value for name, value in found.items() if name not in draft.fields}


def _aside(context: TurnContext, draft: EditDraft, text: str) -> tuple[Turn | None] | None:
    """Return None for an answer. For anything else a tuple of its turn; ``(None,)``: other features answer it."""
    correction = field_and_value(text, context.language, context.knowledge.text_reader.place_names)
    if correction is not None and correction[0] in _sayable(draft):
        return (_correct(context, draft, *correction),)
    if is_question(text) if draft.asking is None else text.rstrip().endswith(QUESTION_MARKS):
        return (None,)
    if command(text, context.language) is not None:
        return (_again(context, draft, [planning.BUSY]),)
    return None


def _sayable(draft: EditDraft) -> frozenset[str]:
    """Return the fields that may be set by “city: Kigali” in a draft; none where it removes or takes back a change."""
    if draft.purpose in (Purpose.REMOVE, Purpose.UNDO):
        return frozenset()
    return frozenset(MODELS[draft.kind].model_fields) & {*FIELDS}


def _correct(context: TurnContext, draft: EditDraft, name: str, text: str) -> Turn:
    old = draft.fields.get(name)
    if old is None and draft.before is not None:
        old = as_values(draft.before).get(name)
    found = context.values.fields(draft.kind, name, text, old)
    if isinstance(found, Message):
        return _again(context, draft, [found])
    draft = draft.with_fields(found)
    if draft.purpose is Purpose.ADD:
        return go_on(context, draft, found)
    if draft.purpose is Purpose.CONFIRM:
        # More people may confirm an entry than may change it.
        draft = replace(draft, purpose=Purpose.CHANGE)
    return show(context, draft)


def _confirming(context: TurnContext, draft: EditDraft, text: str, word: Word | None) -> Turn | None:
    number = confirmed_number(text)
    if number is not None and not draft.needs_number():
        return None  # it names something else
    if number is not None or word is Word.YES or (word is Word.REMOVE and draft.removes()):
        return agreed(context, draft, number)
    if word is Word.NO:
        return show(context, draft, [msg("Say what is different, such as “{place}: …”, or “cancel”.")])
    aside = _aside(context, draft, text)
    if aside is not None:
        return aside[0]
    shown = one_line(text, longest=60)
    return show(context, draft, [msg("I did not understand “{text}”.", text=shown)])


def agreed(context: TurnContext, draft: EditDraft, number: int | None = None) -> Turn:
    """Return the turn for a “yes” or a reaction that agrees, with the number that was said after it."""
    if draft.is_confirmed_by(number):
        return carry_out(context, draft)
    return show(context, draft, [_NEEDS_THE_NUMBER])
