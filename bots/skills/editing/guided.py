"""One thing at a time: from what was said so far to the next question, and at last to what is to be confirmed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bots.skills.editing.commands import QUESTION_MARKS, command, field_and_value, is_bare
from bots.skills.editing.confirming import carry_out, show, with_key
from bots.skills.editing.draft import Draft, Purpose
from bots.skills.editing.effects import Turn
from bots.skills.editing.scene import Scene
from bots.skills.editing.steps import Step, next_step, skipped, step_named
from bots.skills.editing.values import file_of
from bots.skills.editing.vocabulary import SAYABLE
from bots.skills.editing.words import Word, short_word
from community.core.messages import Message, msg
from community.core.plain_text import one_line
from community.directory.changes import as_values
from community.directory.entry import MODELS, EntryKind

_HOW = msg("You can also say: skip, back, that is all, cancel.")
_NEEDED = msg("This is needed and can't be skipped.")
_BUSY = msg("One thing at a time: finish this first, or say “cancel”.")
CANCELLED = msg("Cancelled: nothing was changed.")
NEEDS_THE_WORD = msg("A removal needs the word.")


def begin(scene: Scene, kind: EntryKind, fields: Mapping[str, object]) -> Turn:
    """Begin a new entry with what was said at once."""
    draft = Draft(scene.person.user_id, Purpose.ADD, kind, "", scene.language, scene.now)
    return take(scene, draft, fields, first=True)


def take(scene: Scene, draft: Draft, fields: Mapping[str, object], *, first: bool = False) -> Turn:
    """Take fields into a draft, echo them, and go on. What is wrong with one is said, and it is left out."""
    wrong = {name: scene.values.refusal(draft.kind, {name: value}) for name, value in fields.items()}
    good = {name: value for name, value in fields.items() if wrong[name] is None}
    draft = draft.with_fields(good)
    sentences = [what for what in wrong.values() if what is not None]
    return go_on(scene, draft, good, sentences, first=first)


def go_on(
    scene: Scene,
    draft: Draft,
    noted: Mapping[str, object],
    sentences: Iterable[Message] = (),
    *,
    first: bool = False,
) -> Turn:
    """Ask for the next thing that is missing; show the whole where nothing is."""
    step = next_step(draft)
    if step is None:
        return show(scene, completed(scene, draft), sentences)
    draft = replace(draft, asking=step.name, heard_at=scene.now)
    head = [*sentences, *([msg("Noted:")] if noted else [])]
    tail = [_question(scene, step), *([_HOW] if first or sentences else [])]
    return scene.turn(head, scene.reading.said(noted), tail, draft=draft)


def _question(scene: Scene, step: Step) -> Message:
    """Return a step's question, with what one can choose from."""
    if step.name != "themes":
        return step.ask
    names = [scene.reading.value("themes", [theme.key]) for theme in scene.house.community.themes]
    return msg("{question} There are: {names}.", question=step.ask, names=", ".join(names))


def completed(scene: Scene, draft: Draft) -> Draft:
    """Return a draft of a new entry with what nobody is asked for: key, day, who added it."""
    today = scene.now.date().isoformat()
    own: dict[EntryKind, dict[str, object]] = {
        "contact": {"confirmed": today},
        "resource": {"date": today, "added_by": scene.person.username},
        "project": {"updated": today},
    }
    draft = draft.with_fields(own[draft.kind])
    return replace(with_key(scene, draft), asking=None, heard_at=scene.now)


def answer(scene: Scene, draft: Draft, text: str) -> Turn | None:
    """Go on with a draft after its person has said something. None: that was a question for somebody else."""
    step = None if draft.asking is None else step_named(draft.kind, draft.asking)
    match short_word(text):
        case Word.CANCEL:
            return scene.turn([CANCELLED])
        case Word.BACK if draft.purpose is Purpose.ADD:
            return _back(scene, draft)
        case Word.HELP:
            return _again(scene, draft, [])
        case word if step is None:
            return _confirming(scene, draft, text, word)
        case Word.SKIP:
            return _skip(scene, draft, step)
        case Word.ALL:
            return _skip_the_rest(scene, draft, step)
        case Word.NO if not step.needed:
            return _skip(scene, draft, step)
        case Word.YES | Word.NO | Word.REMOVE:
            return _again(scene, draft, [])
        case _:
            return _step_answer(scene, draft, step, text)


def _again(scene: Scene, draft: Draft, sentences: Sequence[Message]) -> Turn:
    """Ask the same again, after saying something."""
    if draft.asking is None:
        return show(scene, draft, sentences)
    question = _question(scene, step_named(draft.kind, draft.asking))
    return scene.turn(sentences, (), [question, _HOW], draft=replace(draft, heard_at=scene.now))


def _skip(scene: Scene, draft: Draft, step: Step) -> Turn:
    if step.needed:
        return _again(scene, draft, [_NEEDED])
    filled = skipped(step, draft)
    draft = replace(draft.with_fields(filled), done=(*draft.done, step.name))
    return go_on(scene, draft, filled)


def _skip_the_rest(scene: Scene, draft: Draft, step: Step) -> Turn:
    """Skip all that is not needed; ask for what is."""
    filled: dict[str, object] = {}
    asked: Step | None = step
    while asked is not None and not asked.needed:
        filled |= skipped(asked, draft)
        draft = replace(draft.with_fields(filled), done=(*draft.done, asked.name))
        asked = next_step(draft)
    if asked is step:
        return _again(scene, draft, [_NEEDED])
    return go_on(scene, draft, filled)


def _back(scene: Scene, draft: Draft) -> Turn:
    """Ask once more for the last thing that was answered or skipped."""
    if not draft.done:
        return _again(scene, draft, [msg("There is nothing before this.")])
    earlier = step_named(draft.kind, draft.done[-1])
    fields = {name: value for name, value in draft.fields.items() if name not in earlier.fields}
    return go_on(scene, replace(draft, fields=fields, done=draft.done[:-1]), {})


def _step_answer(scene: Scene, draft: Draft, step: Step, text: str) -> Turn | None:
    file = file_of(scene.quoted)
    if step.name == "link" and file is not None:
        return take(scene, draft, {"file": file})
    if step.is_text and is_bare(command(text, scene.language)):
        return _again(scene, draft, [_BUSY])
    if not step.is_text:
        aside = _aside(scene, draft, text)
        if aside is not None:
            return aside[0]
    found = scene.values.fields(draft.kind, step.name, text)
    if isinstance(found, Message):
        return _again(scene, draft, [found])
    # An empty list is an answer too: all cities.
    draft = replace(draft, done=(*draft.done, step.name))
    return take(scene, draft, {**_in_passing(scene, draft, step, text), **found})


def _in_passing(scene: Scene, draft: Draft, step: Step, text: str) -> dict[str, object]:
    """Return what an answer says besides, of what was not settled yet: "waste, in Kigali, in French"."""
    if step.is_text or step.name in ("lead", "deputy"):
        return {}
    found = scene.house.understanding.details(draft.kind, text)
    return {name: value for name, value in found.items() if name not in draft.fields}


def _aside(scene: Scene, draft: Draft, text: str) -> tuple[Turn | None] | None:
    """Return the turn where something else was said than an answer; a turn of None leaves it to other skills."""
    correction = field_and_value(text, scene.language)
    if correction is not None and correction[0] in _sayable(draft):
        return (_correct(scene, draft, *correction),)
    if text.rstrip().endswith(QUESTION_MARKS):
        return (None,)
    if command(text, scene.language) is not None:
        return (_again(scene, draft, [_BUSY]),)
    return None


def _sayable(draft: Draft) -> frozenset[str]:
    """Return the fields that may be said as “city: Kigali” in a draft."""
    return frozenset(MODELS[draft.kind].model_fields) & SAYABLE


def _correct(scene: Scene, draft: Draft, name: str, text: str) -> Turn:
    old = draft.fields.get(name)
    if old is None and draft.before is not None:
        old = as_values(draft.before).get(name)
    found = scene.values.fields(draft.kind, name, text, old)
    if isinstance(found, Message):
        return _again(scene, draft, [found])
    draft = draft.with_fields(found)
    if draft.purpose is Purpose.ADD:
        return go_on(scene, draft, found)
    if draft.purpose is Purpose.CONFIRM:
        # More people may confirm an entry than may change it.
        draft = replace(draft, purpose=Purpose.CHANGE)
    return show(scene, draft)


def _confirming(scene: Scene, draft: Draft, text: str, word: Word | None) -> Turn | None:
    removing = draft.removes()
    if word is Word.REMOVE and removing:
        return carry_out(scene, draft)
    if word is Word.YES:
        return show(scene, draft, [NEEDS_THE_WORD]) if removing else carry_out(scene, draft)
    if word is Word.NO:
        return show(scene, draft, [msg("Say what is different, such as “city: Kigali”, or “cancel”.")])
    aside = _aside(scene, draft, text)
    if aside is not None:
        return aside[0]
    shown = one_line(text, longest=60)
    return show(scene, draft, [msg("I did not understand “{text}”.", text=shown)])
