"""Shows a change that is to be confirmed, and makes or proposes it once it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from bots.context.shown_dates import dates_mark
from bots.features.edit.date_echo import echo, echo_change, is_called_off
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import Apply, Propose, Turn
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.directory.changes import Refusal, cities_of, new_key
from community.directory.differences import FIELDS, FieldChange
from community.directory.duplicates import Double, Sign, likely_doubles
from community.directory.entry import (
    CALENDAR_KINDS,
    CalendarEntry,
    DirectoryEntry,
    Entry,
    EntryChange,
    directory_entries,
    name_field,
)
from community.directory.permissions import OWN_FIELDS, Action, Verdict, may


def show(context: TurnContext, draft: EditDraft, sentences: Iterable[Message] = ()) -> Turn:
    """Return the turn that shows the change of a draft, likely duplicates, and how to confirm it."""
    sentences = tuple(sentences)
    change = draft.change()
    if not isinstance(change, EntryChange):
        return context.turn([*sentences, *_refusals(change)], draft=replace(draft, heard_at=context.now))
    verdict = verdict_on(context, draft, change)
    if verdict is Verdict.REFUSED:
        return context.turn([*sentences, msg("You may not do that.")])
    draft = replace(draft, asking=None, heard_at=context.now)
    if draft.needs_number() and draft.number is None:
        return context.unnumbered(lambda number: show(context, replace(draft, number=number), sentences))
    head = [*sentences, _heading(context, draft, change)]
    tail = [*_doubles(context, draft, change), *_how(context, draft, change, verdict)]
    return context.turn(head, list(_lines(context, draft, change)), tail, draft=draft)


def _lines(context: TurnContext, draft: EditDraft, change: EntryChange) -> Iterable[str]:
    """Yield what is shown of a change: of a new date all that will be known of it, of anything else what differs."""
    if draft.purpose is Purpose.ADD and isinstance(change.after, CalendarEntry):
        return echo(context, change.after)
    lines = map(context.reading.line, _differences(context, draft, change))
    moved = () if draft.purpose is not Purpose.CHANGE else _moved(context, change)
    return (*lines, *moved)


def _moved(context: TurnContext, change: EntryChange) -> Iterable[str]:
    if not isinstance(change.before, CalendarEntry) or not isinstance(change.after, CalendarEntry):
        return ()
    return echo_change(context, change.before, change.after)


def _differences(context: TurnContext, draft: EditDraft, change: EntryChange) -> tuple[FieldChange, ...]:
    """Return the fields to show: all of an entry that is removed or confirmed, else those that differ."""
    if draft.removes() or draft.purpose is Purpose.CONFIRM:
        return context.reading.differences(None, change.before, hidden=context.hidden(change.before))
    if draft.purpose is Purpose.UNDO:
        return context.reading.differences(change.before, change.after, hidden=context.hidden_in(change))
    hidden = context.hidden(change.before)
    # Of single dates all are in one field, also what nobody has just given.
    given = draft.fields.keys() - {"changes"}
    return context.reading.differences(change.before, change.after, hidden=hidden, given=given)


def verdict_on(context: TurnContext, draft: EditDraft, change: EntryChange) -> Verdict:
    """Return whether the person may make that change at once, may only propose it, or neither."""
    action = _action(draft.purpose)
    # A hidden field that was given counts as changed even if it stays as it was, so that nobody learns that. Some
    # fields only who keeps the entry may change at once: who may remove it.
    if action is Action.CHANGE and context.hidden(change.before) & draft.fields.keys() - OWN_FIELDS:
        action = Action.REMOVE
    return may(
        context.person,
        action,
        change.before,
        context.knowledge.community,
        after=change.after,
        contact=context.knowledge.known.contact,
    )


def _action(purpose: Purpose) -> Action:
    match purpose:
        case Purpose.ADD:
            return Action.ADD
        case Purpose.CHANGE:
            return Action.CHANGE
        case Purpose.CONFIRM:
            return Action.CONFIRM
        case Purpose.REMOVE:
            return Action.REMOVE
        case Purpose.UNDO:
            return Action.UNDO
        case _:
            assert_never(purpose)


def entry_of(change: EntryChange) -> Entry:
    """Return the entry that a change is about: as it will be, or as it was where it is removed."""
    entry = change.after if change.after is not None else change.before
    assert entry is not None  # noqa: S101 - a change has one of them
    return entry


def _heading(context: TurnContext, draft: EditDraft, change: EntryChange) -> Message:
    name = context.reading.name(entry_of(change))
    match draft.purpose:
        case Purpose.ADD:
            return msg("To be added: {name}", name=name)
        case Purpose.CHANGE if _calls_off(change):
            return msg("To be called off: {name}", name=name)
        case Purpose.CHANGE:
            return msg("To be changed: {name}", name=name)
        case Purpose.CONFIRM:
            return msg("Is everything still right? {name}", name=name)
        case Purpose.REMOVE:
            return msg("To be removed: {name}", name=name)
        case Purpose.UNDO:
            return msg("Change to be taken back: {name}", name=name)
        case _:
            assert_never(draft.purpose)


def _calls_off(change: EntryChange) -> bool:
    before, after = change.before, change.after
    if not isinstance(before, CalendarEntry) or not isinstance(after, CalendarEntry):
        return False
    return is_called_off(before, after)


def _doubles(context: TurnContext, draft: EditDraft, change: EntryChange) -> Iterable[Message]:
    if draft.purpose is not Purpose.ADD or not isinstance(change.after, DirectoryEntry):
        return
    # A duplicate found by a hidden field is not shown: it would reveal, for example, whose number that is.
    there = directory_entries(context.knowledge.known)
    for double in likely_doubles(change.after, there, unseen=context.hidden):
        yield msg(
            "Careful: “{name}” is in the directory already ({sign}).",
            name=context.reading.name(double.entry),
            sign=_sign(double),
        )


def _sign(double: Double) -> Message:
    match double.sign:
        case Sign.LINK:
            return msg("the same link")
        case Sign.FILE:
            return msg("the same file")
        case Sign.MEMBER:
            return msg("the same account")
        case Sign.EMAIL:
            return msg("the same e-mail address")
        case Sign.PHONE:
            return msg("the same phone number")
        case Sign.NAME:
            return msg("nearly the same name")
        case _:
            assert_never(double.sign)


def _how(context: TurnContext, draft: EditDraft, change: EntryChange, verdict: Verdict) -> Iterable[Message]:
    if draft.number is not None:
        yield _how_by_number(context, draft.number, change, verdict)
    elif verdict is Verdict.PROPOSE:
        yield msg(
            "✅ 👍 ✔ or “yes” proposes it to {whom}; ❌ 👎 ✖ or “cancel” drops it.",
            whom=whom(context, change),
        )
    else:
        yield msg("✅ 👍 ✔ or “yes” saves it; ❌ 👎 ✖ or “cancel” drops it.")
    if draft.kind in CALENDAR_KINDS and draft.purpose is Purpose.ADD:
        yield msg(
            "To correct something, say another time, or for example “{field}: …”.", field=FIELDS["title"]
        )
    elif draft.kind not in CALENDAR_KINDS and draft.purpose in (Purpose.ADD, Purpose.CHANGE):
        yield msg("To correct something, say for example “{field}: …”.", field=FIELDS["cities"])


def _how_by_number(context: TurnContext, number: int, change: EntryChange, verdict: Verdict) -> Message:
    if verdict is Verdict.PROPOSE:
        return msg(
            "Say “yes {number}” to propose it to {whom}, or ❌ 👎 ✖ or “cancel” to drop it. A reaction is not enough "
            "here.",
            number=number,
            whom=whom(context, change),
        )
    if change.after is None:
        return msg(
            "Say “yes {number}” to remove it, or ❌ 👎 ✖ or “cancel” to leave it. A reaction does not remove anything.",
            number=number,
        )
    return msg(
        "Say “yes {number}” to save it, or ❌ 👎 ✖ or “cancel” to drop it. A reaction is not enough here.",
        number=number,
    )


def whom(context: TurnContext, change: EntryChange) -> Message:
    """Return who may approve a change."""
    cities = cities_of([change])
    if len(cities) == 1:
        return msg("the lead of {city} and the coordinators", city=context.reading.city(cities[0]))
    return msg("the coordinators")


def _refusals(refusals: Iterable[Refusal]) -> Iterable[Message]:
    for refusal in refusals:
        if refusal.field in FIELDS:
            yield msg("{field}: {what}", field=FIELDS[refusal.field], what=refusal.what)
        else:
            yield refusal.what


def with_key(context: TurnContext, draft: EditDraft) -> EditDraft:
    """Return a draft of a new entry with a key that is not in use."""
    name = draft.fields.get(name_field(draft.kind), "")
    title = str(next(iter(name.values()))) if isinstance(name, dict) and name else str(name)
    return replace(draft, key=new_key(draft.kind, title, context.knowledge.known.keys(draft.kind)))


def carry_out(context: TurnContext, draft: EditDraft) -> Turn:
    """Return the turn that makes the change of a confirmed draft, or proposes it.

    An entry that was changed since the draft began is not overwritten.
    """
    if draft.purpose is Purpose.ADD:
        draft = with_key(context, draft)  # another entry may have taken the key since it was shown
    if context.knowledge.known.entry(draft.kind, draft.key) != draft.before:
        return context.turn([CHANGED_MEANWHILE])
    change = draft.change()
    if not isinstance(change, EntryChange):
        return context.turn([*_refusals(change)], draft=draft)
    match verdict_on(context, draft, change):
        case Verdict.ALLOWED:
            done = context.turn([_done(context, change)], effects=(Apply((change,), draft.undoes),))
            return replace(done, reply=replace(done.reply, marks=_mark(change)))
        case Verdict.PROPOSE:
            sent = msg("Proposed to {whom}. You will hear of it.", whom=whom(context, change))
            return context.turn([sent], effects=(Propose((change,), cities_of([change]), draft.undoes),))
        case Verdict.REFUSED:
            return context.turn([msg("You may not do that.")])
        case verdict:
            assert_never(verdict)


def _mark(change: EntryChange) -> dict[str, str]:
    """Return the mark of what is there now, so that it can be spoken of as "it"."""
    is_there = isinstance(change.after, CalendarEntry)
    return dates_mark([f"{change.kind}/{change.key}"]) if is_there else {}


CHANGED_MEANWHILE = msg("Somebody else has changed this meanwhile: nothing was saved. Please begin again.")


def _done(context: TurnContext, change: EntryChange) -> Message:
    name = context.reading.name(entry_of(change))
    if change.after is None:
        return msg("Removed: {name}. “undo” brings it back.", name=name)
    return msg("Saved: {name}. “undo” takes it back.", name=name)
