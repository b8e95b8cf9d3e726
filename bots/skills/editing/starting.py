"""From a command to its draft: what is to be added, changed, confirmed, removed or taken back. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bots.skills.editing import guided
from bots.skills.editing.confirming import show
from bots.skills.editing.draft import Draft, Purpose
from bots.skills.editing.effects import Records, Turn
from bots.skills.editing.meant import ALL_KINDS, lines_of, meant, mine
from bots.skills.editing.scene import Scene
from bots.skills.editing.understanding import links_in
from bots.skills.editing.values import file_of
from bots.skills.editing.words import Word, short_word
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.directory.changes import all_values, as_values, freshness
from community.directory.entry import Entry, EntryKind, HistoryRow, kind_of

_KINDS_WITH: Mapping[str, tuple[EntryKind, ...]] = {
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
"""Fields that “none” takes away."""
_LONGEST_SUMMARY = 2000


def add(scene: Scene, kind: EntryKind, what: str | None, rest: str) -> Turn:
    """Begin a new entry."""
    fields = scene.house.understanding.described(kind, rest, what)
    file = file_of(scene.quoted)
    if kind == "resource" and file is not None:
        fields = {"title": _bare_name(file), **fields, "file": file}
    return guided.begin(scene, kind, fields)


def save(scene: Scene, kind: EntryKind | None, what: str | None, rest: str) -> Turn:
    """Begin an entry from the message that this one replies to: its file, its link, or else its words as advice."""
    if scene.quoted is None:
        return scene.turn([msg("Reply “save this” to the message that you want to keep.")])
    body = " ".join(lines_of(scene.quoted))
    if kind in ("contact", "project"):
        return guided.begin(scene, kind, scene.house.understanding.described(kind, f"{rest} {body}", what))
    return guided.begin(scene, "resource", _saved(scene, body, what, rest))


def _saved(scene: Scene, body: str, what: str | None, rest: str) -> dict[str, object]:
    """Return the fields of a resource that keeps a message."""
    understanding, file = scene.house.understanding, file_of(scene.quoted)
    said: dict[str, object] = understanding.details("resource", rest) | understanding.quoted_title(rest)
    if what is not None:
        said["kind"] = what
    if file is not None:
        described = understanding.details("resource", str(file["name"]))
        return {"title": _bare_name(file), **described, **said, "file": file}
    text = one_line(body, longest=_LONGEST_SUMMARY)
    if links_in(body):
        return {**understanding.described("resource", body), **said}
    if not text:
        return said
    return {"kind": "advice", **understanding.details("resource", body), **said, "summary": text}


def _bare_name(file: Mapping[str, object]) -> str:
    """Return a file's name as a title: without its ending, without underscores."""
    name = str(file["name"])
    bare, dot, ending = name.rpartition(".")
    return " ".join((bare if dot and len(ending) <= 5 else name).replace("_", " ").split()) or name


def remove(scene: Scene, name: str) -> Turn:
    """Begin to remove an entry."""
    entry = meant(scene, name)
    if isinstance(entry, Message):
        return scene.turn([entry])
    return show(scene, _draft(scene, Purpose.REMOVE, entry))


def confirm(scene: Scene, name: str) -> Turn:
    """Begin to say that an entry is still right."""
    entry = meant(scene, name)
    if isinstance(entry, Message):
        return scene.turn([entry])
    today = scene.now.date().isoformat()
    return show(scene, _draft(scene, Purpose.CONFIRM, entry, {freshness(kind_of(entry)): today}))


def change(scene: Scene, field: str, readings: Collection[tuple[str, str]]) -> Turn:
    """Begin to give a field another value."""
    kinds = _KINDS_WITH.get(field, ALL_KINDS)
    sentence: Message = msg("Which entry do you mean? Say its name.")
    for number, (name, value) in enumerate(readings):
        entry = meant(scene, name, kinds) if name else mine(scene, ("contact",))
        if not isinstance(entry, Message):
            return _changed(scene, entry, field, value)
        if number == 0:
            sentence = entry
    return scene.turn([sentence])


def stage(scene: Scene, name: str, to: str) -> Turn:
    """Begin to put a project in another stage."""
    entry = meant(scene, name, ("project",)) if name else mine(scene, ("project",))
    return scene.turn([entry]) if isinstance(entry, Message) else _change(scene, entry, {"stage": to})


def deputy(scene: Scene, name: str, of: str) -> Turn:
    """Begin to name who stands in for a contact."""
    entry, other = meant(scene, of, ("contact",)), meant(scene, name, ("contact",))
    wrong = [one for one in (entry, other) if isinstance(one, Message)]
    if wrong or isinstance(entry, Message) or isinstance(other, Message):
        return scene.turn(wrong)
    if entry.key == other.key:
        return scene.turn([msg("Nobody is their own deputy.")])
    return _change(scene, entry, {"deputy": other.key})


def _changed(scene: Scene, entry: Entry, field: str, text: str) -> Turn:
    kind = kind_of(entry)
    name = _NAMED_SO.get((kind, field), field)
    if name in _MAY_BE_EMPTY and short_word(text) is Word.SKIP:
        return _change(scene, entry, {name: None})
    fields = scene.values.fields(kind, name, text, as_values(entry).get(name))
    return scene.turn([fields]) if isinstance(fields, Message) else _change(scene, entry, fields)


def _change(scene: Scene, entry: Entry, fields: Mapping[str, object]) -> Turn:
    """Show a change; who changes an entry knows it, so that it counts as confirmed."""
    current: dict[str, Any] = all_values(entry)
    if all(current.get(name) == value for name, value in fields.items()):
        return scene.turn([msg("That is what it says already: {name}", name=scene.reading.name(entry))])
    today = scene.now.date().isoformat()
    return show(scene, _draft(scene, Purpose.CHANGE, entry, {**fields, freshness(kind_of(entry)): today}))


def _draft(scene: Scene, purpose: Purpose, entry: Entry, fields: Mapping[str, object] | None = None) -> Draft:
    return Draft(
        scene.person.user_id,
        purpose,
        kind_of(entry),
        entry.key,
        scene.language,
        scene.now,
        fields=fields or {},
        before=entry,
    )


def undo(scene: Scene, records: Records, number: int | None) -> Turn:
    """Begin to take back a change: the speaker's last that is not taken back, or the one of that number."""
    taken_back = {row.undoes for row in records.history}
    rows = (row for row in records.history if row.undoes is None and row.id not in taken_back)
    wanted = (
        row for row in rows if (row.actor == scene.person.user_id if number is None else row.id == number)
    )
    row = next(wanted, None)
    if row is None:
        nothing = msg("You have changed nothing that could be taken back.")
        return scene.turn(
            [nothing if number is None else msg("There is no change #{number}.", number=number)]
        )
    return _undo(scene, row)


def _undo(scene: Scene, row: HistoryRow) -> Turn:
    now = scene.house.known.entry(row.kind, row.key)
    if now != row.after:
        return scene.turn(
            [msg("It was changed again after #{number}: take back the later change first.", number=row.id)]
        )
    fields = {} if row.before is None else all_values(row.before)
    draft = Draft(
        scene.person.user_id,
        Purpose.UNDO,
        row.kind,
        row.key,
        scene.language,
        scene.now,
        fields=fields,
        before=now,
        undoes=row.id,
    )
    return show(scene, draft)
