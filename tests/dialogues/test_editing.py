"""Guided edits, say → reply, without a server: each dialogue of the YAML files beside this one is a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.features.edit import EditDraft, Turn
from community.description.yaml_text import parse
from community.directory.changes import as_values
from community.directory.entry import EntryKind
from tests.lib.asking import visible
from tests.lib.editing import Stage, quoted_message
from tests.lib.keys import keys_in

HERE = Path(__file__).parent
SAID = {"TENK": "palabre " * 1250, "HOSTILE": "<b onclick=x>Eve</b> @room \u202edrow\u0007"}


def dialogues() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted(
        (*HERE.glob("editing.*.yaml"), *HERE.glob("planning.*.yaml"), *HERE.glob("changing.*.yaml"))
    ):
        name, language = path.name, path.suffixes[0].removeprefix(".")
        parsed = parse((HERE / name).read_bytes(), name)
        assert not parsed.problems
        found += [(language, dialogue) for dialogue in parsed.value]
    return found


@pytest.mark.parametrize(
    ("language", "dialogue"), dialogues(), ids=lambda x: x if isinstance(x, str) else x["about"]
)
def test_dialogue(language: str, dialogue: dict[str, Any]) -> None:
    stage = Stage()
    for line in dialogue["lines"]:
        if "wait" in line:
            stage.wait(hours=line["wait"])
        elif "entry" in line:
            check_entry(stage, line)
        else:
            check_turn(line, turn_of(stage, line, dialogue["who"], language))


def turn_of(stage: Stage, line: dict[str, Any], who: str, language: str) -> Turn | None:
    by = line.get("by", who)
    if "react" in line:
        return stage.react(by, line["react"], on=who)
    if "react_to" in line:
        return stage.react_to_proposal(by, line["react_to"], line["key"])
    quoted = quoted_message("@peter.lindqvist:example.org", line["quoted"]) if "quoted" in line else None
    readers = frozenset(line["readers"]) if "readers" in line else None
    said = with_number(line["say"], stage.draft(by))
    theme = line.get("theme")
    return stage.say(
        by,
        SAID.get(said, said),
        quoted=quoted,
        languages=(language, "en"),
        readers=readers,
        theme=theme,
        shown=tuple(line.get("shown", ())),
    )


def with_number(text: str, draft: EditDraft | None) -> str:
    """Return a line of a dialogue with the number of the draft at that moment."""
    return text if draft is None else text.replace("{number}", str(draft.number))


def check_turn(line: dict[str, Any], turn: Turn | None) -> None:
    if line.get("nothing"):
        assert turn is None
        return
    assert turn is not None
    text = visible(turn.reply.text)
    for part in line.get("has", ()):
        assert with_number(part, turn.draft) in text
    for part in line.get("hasnt", ()):
        assert part not in text
    assert turn.reply.html.startswith("<p>")
    assert keys_in(turn.reply.text) == keys_in(turn.reply.html) == []
    assert "<b " not in turn.reply.html
    assert not {"\u202e", "\u0007"} & set(turn.reply.text + turn.reply.html)
    assert "@room" not in turn.reply.text + turn.reply.html
    assert [type(effect).__name__.lower() for effect in turn.effects] == line.get("does", [])
    assert (turn.draft is not None) is line.get("goes_on", "does" not in line)


def check_entry(stage: Stage, line: dict[str, Any]) -> None:
    kind, _, key = line["entry"].partition("/")
    known: EntryKind = kind
    entry = stage.known.entry(known, key)
    if line.get("gone"):
        assert entry is None
        return
    assert entry is not None
    values = as_values(entry)
    assert {name: values.get(name) for name in line["is"]} == line["is"]
