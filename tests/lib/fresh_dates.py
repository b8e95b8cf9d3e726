"""Sentences about dates as people type them, what is right for each, and how what is made of them is counted.

Two files a round: ``NAME.txt``, phrases for the reader of times alone (in the form of `tests/lib/when_phrases.py`), and
``NAME.yaml``, whole commands that are said to the editing skill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from re import sub
from typing import Any, Literal

from bots.features.edit import EditDraft, Turn
from community.description.yaml_text import parse
from community.directory.changes import as_values
from tests.lib.editing import Stage
from tests.lib.when_phrases import read_as, setting

FOLDER = Path(__file__).parent.parent / "data" / "when_fresh"
WHO = "mariam.coulibaly"
Outcome = Literal["right", "asked", "wrong", "not understood"]
"""``asked``: where a reading was expected. ``wrong``: another reading is shown, or one where it must be asked."""


@dataclass(frozen=True)
class Judged:
    """What was said, what came of it, and how that counts."""

    said: str
    outcome: Outcome
    got: str
    expected: str
    wanted: Outcome = "right"


def fresh_phrases(name: str) -> list[str]:
    """Return the lines of the phrases of a round."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def judged_phrase(line: str) -> Judged:
    """Return how the phrase of a line is read."""
    said, _arrow, right = line.partition(" => ")
    _language, now, zone, text = said.split(" ", 3)
    expected = right.partition(" | ")[0].strip()
    got = read_as(text, setting(datetime.fromisoformat(now), zone))
    return Judged(said, _phrase_outcome(got, expected), got, expected)


def _phrase_outcome(got: str, expected: str) -> Outcome:
    reading, may_ask, _rest = expected.partition(" or ask")
    if got == "none":
        return "right" if reading == "none" else "not understood"
    if got.startswith("unsure"):
        return "right" if may_ask or reading.startswith("unsure") else "asked"
    return "right" if got == reading else "wrong"


def fresh_messages(name: str) -> list[dict[str, Any]]:
    """Return the messages of a round, each with what was said before it."""
    path = FOLDER / f"{name}.yaml"
    parsed = parse(path.read_bytes(), path.name)
    assert not parsed.problems
    before = parsed.value["before"]
    return [{**line, "before": before.get(line.get("given"), [])} for line in parsed.value["said"]]


def judged_message(line: Mapping[str, Any]) -> Judged:
    """Return what is made of a message."""
    stage = Stage()
    languages = (line["in"], "en")
    for text in line["before"]:
        stage.say(WHO, text, languages=languages)
    turn = stage.say(WHO, line["say"], languages=languages)
    said = " / ".join((*line["before"], line["say"]))
    known = ("in", "say", "given", "before")
    expected = str({name: value for name, value in line.items() if name not in known})
    return Judged(said, _outcome(line, turn), _shown(turn), expected, line.get("left", "right"))


def _outcome(line: Mapping[str, Any], turn: Turn | None) -> Outcome:
    if turn is None:
        return "not understood"
    draft = turn.draft
    if draft is None or not _is_settled(draft):
        return "right" if line.get("ask") or line.get("may_ask") else "asked"
    return "right" if not line.get("ask") and _is_as_said(draft, line) else "wrong"


def _is_settled(draft: EditDraft) -> bool:
    """Whether nothing is asked of when it is: for whom it is, or what it is called, may be."""
    return draft.asking in (None, "whom", "title", "hand_in") and not draft.offered


def _is_as_said(draft: EditDraft, line: Mapping[str, Any]) -> bool:
    values = {**({} if draft.before is None else as_values(draft.before)), **draft.fields}
    texts = {name: str(values.get(name, "")).lower() for name in ("title", "place")}
    key = line.get("key")
    return (
        (draft.before is None if key is None else draft.key == key)
        and all(_alike(values.get(name)) == _alike(right) for name, right in line["is"].items())
        and all(line.get(name, "").lower() in texts[name] for name in texts)
    )


def _alike(value: object) -> str:
    """Return a value as it is compared: times to the minute, in no order."""
    text = sub(r"(T\d\d:\d\d):00", r"\1", str(value))
    return str(sorted(value, key=str)) if isinstance(value, list) and "T" not in text else text


def _shown(turn: Turn | None) -> str:
    if turn is None:
        return "nothing"
    fields = (
        ""
        if turn.draft is None
        else f"{turn.draft.key} asking={turn.draft.asking} {dict(turn.draft.fields)} "
    )
    return fields + " / ".join(turn.reply.text.splitlines()[:6])
