"""Begins the draft of a command: add, save, remove, confirm, change, undo. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.incoming import IncomingMessage
from bots.context.nothing_open import NOTHING_OPEN
from bots.context.short_words import Word, short_word
from bots.features.edit import guided
from bots.features.edit.confirmation import show
from bots.features.edit.draft import EditDraft, Purpose
from bots.features.edit.effects import AskAuthor, Records, Turn
from bots.features.edit.entry_lookup import lines_of, named_entry, own_entry
from bots.features.edit.text_reader import links_in
from bots.features.edit.turn_context import TurnContext
from bots.features.edit.values import file_of
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.directory.changes import all_values, as_values, freshness
from community.directory.entry import (
    DIRECTORY_KINDS,
    DirectoryKind,
    Entry,
    EntryKind,
    HistoryRow,
    kind_of,
)

_KINDS_WITH: Mapping[str, tuple[DirectoryKind, ...]] = {
    "phone": ("contact",),
    "email": ("contact",),
    "hours": ("contact",),
    "function": ("contact",),
    "deputy": ("contact",),
    "link": ("resource", "project"),
    "stage": ("project",),
    "lead": ("project",),
    "results": ("project",),
    "partners": ("project",),
    "summary": ("resource", "project"),
    "languages": ("contact", "resource"),
    "kind": ("contact", "resource"),
}
_NAMED_SO: Mapping[tuple[EntryKind, str], str] = {
    ("project", "link"): "links",
    ("project", "title"): "name",
    ("contact", "title"): "name",
    ("resource", "name"): "title",
}
_MAY_BE_EMPTY = frozenset({"phone", "email", "hours", "deputy", "lead", "results", "link"})
"""Fields that the answer “none” removes."""
_LONGEST_SUMMARY = 2000
HIDDEN = msg("I do not show you that message: it was said before you could read here, or I cannot tell.")


def add(context: TurnContext, kind: EntryKind, what: str | None, rest: str) -> Turn:
    """Begin a guided edit that adds an entry."""
    fields = context.knowledge.text_reader.described(kind, rest, what)
    file = file_of(context.quoted)
    if kind == "resource" and file is not None:
        if not context.may_keep_quoted:
            return context.turn([guided.SAVE_FIRST])
        fields = {"title": _bare_name(file), **fields, "file": file}
    return guided.begin(context, kind, fields)


def save(context: TurnContext, kind: EntryKind | None, what: str | None, rest: str) -> Turn:
    """Begin an entry from the message replied to: from its file, its link, or else its text as advice."""
    if context.hides_quoted:
        return context.turn([HIDDEN])
    if context.quoted is None:
        return context.turn([msg("Reply “save this” to the message that you want to keep.")])
    if not context.may_keep_quoted:
        return _asked_for(context, context.quoted)
    body = " ".join(lines_of(context.quoted))
    if kind in ("contact", "project"):
        described = context.knowledge.text_reader.described(kind, f"{rest} {body}", what)
        return guided.begin(context, kind, described, is_quoting=True)
    return guided.begin(context, "resource", _saved(context, body, what, rest), is_quoting=True)


def _asked_for(context: TurnContext, quoted: IncomingMessage) -> Turn:
    """Return the turn that asks the author of a message before any of it is kept."""
    asking = msg("It is not you who wrote this message. I ask who did, and tell you what they say.")
    effect = AskAuthor(quoted.sender, quoted.room_id, quoted.event_id)
    return context.turn([asking], effects=(effect,))


def _saved(context: TurnContext, body: str, what: str | None, rest: str) -> dict[str, object]:
    """Return the fields of a resource that keeps a message."""
    text_reader, file = context.knowledge.text_reader, file_of(context.quoted)
    said: dict[str, object] = text_reader.details("resource", rest) | text_reader.quoted_title(rest)
    if what is not None:
        said["kind"] = what
    if file is not None:
        described = text_reader.details("resource", str(file["name"]))
        return {"title": _bare_name(file), **described, **said, "file": file}
    text = one_line(body, longest=_LONGEST_SUMMARY)
    if links_in(body):
        return {**text_reader.described("resource", body), **said}
    if not text:
        return said
    return {"kind": "advice", **text_reader.details("resource", body), **said, "summary": text}


def _bare_name(file: Mapping[str, object]) -> str:
    """Return a file's name as a title, without extension and underscores."""
    name = str(file["name"])
    bare, dot, ending = name.rpartition(".")
    return " ".join((bare if dot and len(ending) <= 5 else name).replace("_", " ").split()) or name


def remove(context: TurnContext, name: str) -> Turn:
    """Ask to confirm that an entry is removed."""
    entry = named_entry(context, name)
    if isinstance(entry, Message):
        return context.turn([entry])
    return show(context, _draft(context, Purpose.REMOVE, entry))


def confirm(context: TurnContext, name: str) -> Turn:
    """Ask to confirm that an entry is still right."""
    entry = named_entry(context, name)
    if isinstance(entry, Message):
        return context.turn([entry])
    return show(context, _draft(context, Purpose.CONFIRM, entry, _confirmed_today(context, entry)))


def _confirmed_today(context: TurnContext, entry: Entry) -> dict[str, object]:
    """Return the field that says when an entry was last confirmed, of those that have one, with today."""
    name = freshness(kind_of(entry))
    return {} if name is None else {name: context.now.date().isoformat()}


def change(context: TurnContext, field: str, readings: Collection[tuple[str, str]]) -> Turn:
    """Ask to confirm a field's new value. Of the readings the first counts whose name is an entry's."""
    kinds = _KINDS_WITH.get(field, DIRECTORY_KINDS)
    sentence: Message = msg("Which entry do you mean? Say its name.")
    for number, (name, value) in enumerate(readings):
        entry = named_entry(context, name, kinds) if name else own_entry(context, ("contact",))
        if not isinstance(entry, Message):
            return _changed(context, entry, field, value)
        if number == 0:
            sentence = entry
    return context.turn([sentence])


def stage(context: TurnContext, name: str, to: str) -> Turn:
    """Ask to confirm a project's new stage."""
    entry = named_entry(context, name, ("project",)) if name else own_entry(context, ("project",))
    return context.turn([entry]) if isinstance(entry, Message) else _change(context, entry, {"stage": to})


def deputy(context: TurnContext, name: str, of: str) -> Turn:
    """Ask to confirm a contact's new deputy."""
    entry, other = named_entry(context, of, ("contact",)), named_entry(context, name, ("contact",))
    wrong = [one for one in (entry, other) if isinstance(one, Message)]
    if wrong or isinstance(entry, Message) or isinstance(other, Message):
        return context.turn(wrong)
    if entry.key == other.key:
        return context.turn([msg("Nobody is their own deputy.")])
    return _change(context, entry, {"deputy": other.key})


def _changed(context: TurnContext, entry: Entry, field: str, text: str) -> Turn:
    kind = kind_of(entry)
    name = _NAMED_SO.get((kind, field), field)
    if name in _MAY_BE_EMPTY and short_word(text) is Word.SKIP:
        return _change(context, entry, {name: None})
    fields = context.values.fields(kind, name, text, as_values(entry).get(name))
    return context.turn([fields]) if isinstance(fields, Message) else _change(context, entry, fields)


def _change(context: TurnContext, entry: Entry, fields: Mapping[str, object]) -> Turn:
    """Ask to confirm changed fields. Whoever changes an entry knows it, so its date of confirmation is today."""
    current: dict[str, Any] = all_values(entry)
    # Of a field that is hidden nobody is told that it has the value which they have said.
    is_shown = context.hidden(entry).isdisjoint(fields)
    if is_shown and all(current.get(name) == value for name, value in fields.items()):
        return context.turn([msg("That is what it says already: {name}", name=context.reading.name(entry))])
    changed = {**fields, **_confirmed_today(context, entry)}
    return show(context, _draft(context, Purpose.CHANGE, entry, changed))


def _draft(
    context: TurnContext, purpose: Purpose, entry: Entry, fields: Mapping[str, object] | None = None
) -> EditDraft:
    return EditDraft(
        context.person.user_id,
        purpose,
        kind_of(entry),
        entry.key,
        context.language,
        context.now,
        fields=fields or {},
        before=entry,
    )


def undo(context: TurnContext, records: Records, number: int | None) -> Turn:
    """Ask to confirm that a change is taken back: that of ``number``, without one the sender's last.

    A change that was taken back already, or that takes one back, is not considered.
    """
    row = _to_take_back(context, records, number)
    if row is None:
        nothing = msg("You have changed nothing that could be taken back.")
        return context.turn(
            [nothing if number is None else msg("There is no change #{number}.", number=number)]
        )
    return _undo(context, row)


def just_changed(context: TurnContext, records: Records) -> Turn | None:
    """Return the turn that says with “cancel” that nothing is open, and how the sender's last change is taken back.

    None where that was more than an hour ago, or the entry was changed again since.
    """
    row = _to_take_back(context, records, None)
    if row is None or context.now - row.at > REMEMBERED_FOR:
        return None
    entry = row.before if row.after is None else row.after
    if entry is None or context.knowledge.known.entry(row.kind, row.key) != row.after:
        return None
    changed = msg("You have just changed {name}: “undo” takes that back.", name=context.reading.name(entry))
    return context.turn([NOTHING_OPEN, changed])


def _to_take_back(context: TurnContext, records: Records, number: int | None) -> HistoryRow | None:
    """Return the change of that number, without one the sender's last, that is not taken back and takes none back."""
    taken_back = {row.undoes for row in records.history}
    told = (row for row in records.history if context.may_tell_of(row.before, row.after))
    rows = (row for row in told if row.undoes is None and row.id not in taken_back)
    wanted = (
        row for row in rows if (row.actor == context.person.user_id if number is None else row.id == number)
    )
    return next(wanted, None)


def _undo(context: TurnContext, row: HistoryRow) -> Turn:
    now = context.knowledge.known.entry(row.kind, row.key)
    if now != row.after:
        return context.turn(
            [msg("It was changed again after #{number}: take back the later change first.", number=row.id)]
        )
    fields = {} if row.before is None else all_values(row.before)
    draft = EditDraft(
        context.person.user_id,
        Purpose.UNDO,
        row.kind,
        row.key,
        context.language,
        context.now,
        fields=fields,
        before=now,
        undoes=row.id,
    )
    return show(context, draft)
