"""Showing what is to be confirmed, and what becomes of it once it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from bots.skills.editing.draft import Draft, Purpose
from bots.skills.editing.effects import Apply, Propose, Turn
from bots.skills.editing.scene import Scene
from community.core.messages import Message, msg
from community.directory.changes import Refusal, cities_of, new_key
from community.directory.differences import FIELDS, FieldChange
from community.directory.duplicates import Double, Sign, likely_doubles
from community.directory.entry import Entry, EntryChange
from community.directory.permissions import Action, Verdict, may


def show(scene: Scene, draft: Draft, sentences: Iterable[Message] = ()) -> Turn:
    """Show the change that a draft makes, likely doubles, and what a reaction does."""
    change = draft.change()
    if not isinstance(change, EntryChange):
        return scene.turn([*sentences, *_refusals(change)], draft=replace(draft, heard_at=scene.now))
    verdict = verdict_on(scene, draft, change)
    if verdict is Verdict.REFUSED:
        return scene.turn([*sentences, msg("You may not do that.")])
    head = [*sentences, _heading(scene, draft, change)]
    differences = _differences(scene, draft, change)
    tail = [*_doubles(scene, draft, change), *_how(scene, draft, change, verdict)]
    draft = replace(draft, asking=None, heard_at=scene.now)
    return scene.turn(head, [scene.reading.line(one) for one in differences], tail, draft=draft)


def _differences(scene: Scene, draft: Draft, change: EntryChange) -> tuple[FieldChange, ...]:
    """Return what is shown of a change: the entry as it is where it is removed or confirmed, else what differs."""
    if draft.removes() or draft.purpose is Purpose.CONFIRM:
        return scene.reading.differences(None, change.before, hidden=scene.hidden(change.before))
    if draft.purpose is Purpose.UNDO:
        return scene.reading.differences(change.before, change.after, hidden=scene.hidden_in(change))
    hidden = scene.hidden(change.before)
    return scene.reading.differences(change.before, change.after, hidden=hidden, shows_new=True)


def verdict_on(scene: Scene, draft: Draft, change: EntryChange) -> Verdict:
    """Return whether the drafter may make that change at once."""
    return may(
        scene.person,
        _action(draft.purpose),
        change.before,
        scene.house.community,
        after=change.after,
        contact=scene.house.known.contact,
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


def _heading(scene: Scene, draft: Draft, change: EntryChange) -> Message:
    name = scene.reading.name(entry_of(change))
    match draft.purpose:
        case Purpose.ADD:
            return msg("To be added: {name}", name=name)
        case Purpose.CHANGE:
            return msg("To be changed: {name}", name=name)
        case Purpose.CONFIRM:
            return msg("Is everything still right? {name}", name=name)
        case Purpose.REMOVE:
            return msg("To be removed: {name}", name=name)
        case Purpose.UNDO:
            return msg("To be taken back: the change of {name}", name=name)
        case _:
            assert_never(draft.purpose)


def _doubles(scene: Scene, draft: Draft, change: EntryChange) -> Iterable[Message]:
    if draft.purpose is not Purpose.ADD or change.after is None:
        return
    # That a number is somebody's must not be found out by saying it, where it would not be shown.
    for double in likely_doubles(change.after, scene.house.known, unseen=scene.hidden):
        yield msg(
            "Careful: “{name}” is in the directory already ({sign}).",
            name=scene.reading.name(double.entry),
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


def _how(scene: Scene, draft: Draft, change: EntryChange, verdict: Verdict) -> Iterable[Message]:
    if draft.removes():
        if verdict is Verdict.PROPOSE:
            yield msg(
                "Say “remove” to propose it to {whom}, or ❌ or “cancel” to leave it. "
                "A reaction does not remove anything.",
                whom=whom(scene, change),
            )
        else:
            yield msg(
                "Say “remove” to remove it, or ❌ or “cancel” to leave it. A reaction does not remove anything."
            )
    elif verdict is Verdict.PROPOSE:
        yield msg("✅ or “yes” proposes it to {whom}; ❌ or “cancel” drops it.", whom=whom(scene, change))
    else:
        yield msg("✅ or “yes” saves it; ❌ or “cancel” drops it.")
    if draft.purpose in (Purpose.ADD, Purpose.CHANGE):
        yield msg("To correct something, say for example “{field}: …”.", field=FIELDS["cities"])


def whom(scene: Scene, change: EntryChange) -> Message:
    """Return who may approve a change."""
    cities = cities_of([change])
    if len(cities) == 1:
        return msg("the lead of {city} and the coordinators", city=scene.reading.city(cities[0]))
    return msg("the coordinators")


def _refusals(refusals: Iterable[Refusal]) -> Iterable[Message]:
    for refusal in refusals:
        if refusal.field in FIELDS:
            yield msg("{field}: {what}", field=FIELDS[refusal.field], what=refusal.what)
        else:
            yield refusal.what


def with_key(scene: Scene, draft: Draft) -> Draft:
    """Return a draft of a new entry with a key that is not in use."""
    name = draft.fields.get("title" if draft.kind == "resource" else "name", "")
    title = str(next(iter(name.values()))) if isinstance(name, dict) and name else str(name)
    return replace(draft, key=new_key(draft.kind, title, scene.house.known.keys(draft.kind)))


def carry_out(scene: Scene, draft: Draft) -> Turn:
    """Make the change of a confirmed draft, or propose it. What has changed meanwhile is not overwritten."""
    if draft.purpose is Purpose.ADD:
        draft = with_key(scene, draft)  # the one it was shown with may be another's by now
    if scene.house.known.entry(draft.kind, draft.key) != draft.before:
        return scene.turn([CHANGED_MEANWHILE])
    change = draft.change()
    if not isinstance(change, EntryChange):
        return scene.turn([*_refusals(change)], draft=draft)
    match verdict_on(scene, draft, change):
        case Verdict.ALLOWED:
            return scene.turn([_done(scene, change)], effects=(Apply((change,), draft.undoes),))
        case Verdict.PROPOSE:
            sent = msg("Proposed to {whom}. You will hear of it.", whom=whom(scene, change))
            return scene.turn([sent], effects=(Propose((change,), cities_of([change]), draft.undoes),))
        case Verdict.REFUSED:
            return scene.turn([msg("You may not do that.")])
        case verdict:
            assert_never(verdict)


CHANGED_MEANWHILE = msg("Somebody else has changed this meanwhile: nothing was saved. Please begin again.")


def _done(scene: Scene, change: EntryChange) -> Message:
    name = scene.reading.name(entry_of(change))
    if change.after is None:
        return msg("Removed: {name}. “undo” brings it back.", name=name)
    return msg("Saved: {name}. “undo” takes it back.", name=name)
